package token

import (
	"bytes"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
)

// ErrOvertaken means that the user was disabled, must reset the password or got
// another one while the sign-in was under way. The text is what the sign-in would
// have got a moment later.
var ErrOvertaken = fault.New(fault.Unauthenticated, "sign_in_overtaken", "Incorrect username or password.")

// notOvertaken returns the check that a user may still sign in as they did. The
// store makes it while it holds the user, so that each sign-in comes either before
// a change, whose end of all sign-ins then finds it, or after the change, and is
// refused. Without it, somebody who knows the old password and signs in again and
// again would keep a sign-in.
func notOvertaken(signedIn *user.User) func(*user.User) error {
	return func(now *user.User) error {
		if !now.Enabled || now.Status == user.ResetRequired || !samePassword(now, signedIn) {
			return ErrOvertaken
		}
		return nil
	}
}

// completion returns what is decided with the grant of a sign-in.
func completion(signedIn *user.User, left Leftover) Completion {
	return Completion{Check: notOvertaken(signedIn), User: signedIn, Proof: left}
}

// samePassword compares salts: each password that is set has its own.
func samePassword(a, b *user.User) bool {
	if a.Password == nil || b.Password == nil {
		return a.Password == b.Password
	}
	return bytes.Equal(a.Password.Salt, b.Password.Salt)
}
