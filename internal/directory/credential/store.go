package credential

import (
	"context"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Purpose is what a code is for. A user has at most one code of each purpose.
type Purpose string

// The purposes. To verify an attribute, its name is appended to VerifyPrefix.
const (
	ConfirmSignUp  Purpose = "confirm_sign_up"
	ForgotPassword Purpose = "forgot_password"
	VerifyPrefix   Purpose = "verify:"
)

// Code is a code that was sent to a user. Only a keyed hash of the code itself is
// kept.
type Code struct {
	Pool          userpool.PoolID
	Sub           user.Sub
	Purpose       Purpose
	MAC           []byte
	Attribute     string // where it was sent: email or phone_number
	Sent, Expires time.Time
	Wrong         int // wrong guesses so far
}

// Attempts counts the tries of one subject at one thing.
type Attempts struct {
	Count       int
	First, Last time.Time
	Locked      time.Time // every try before then is refused; zero: not locked
	// Forgotten is up to when counts of the pool may have been deleted, since too
	// many names that no user has were tried. [Store.Count] reads it, and saves no
	// other value.
	Forgotten time.Time
}

// forgets reports whether a count of then, for a name that no user has, may have
// been deleted. What a user did then is treated alike, so that nobody can tell the
// two apart: a flood of names makes hourly limits begin anew, and ends no lock.
func (a *Attempts) forgets(then time.Time) bool { return forgets(a.Forgotten, then) }

func forgets(forgotten, then time.Time) bool { return !then.IsZero() && !then.After(forgotten) }

// Store keeps codes and counts. Every method is one transaction.
type Store interface {
	// PutCode replaces the user's code of the same purpose.
	PutCode(ctx context.Context, c *Code) error
	// RedeemCode calls check with the user's code of that purpose, or with nil
	// if there is none. If check fails, its changes to the code are saved and
	// its error is returned. Otherwise the code is deleted and change is applied
	// to the user.
	RedeemCode(ctx context.Context, pool userpool.PoolID, sub user.Sub, purpose Purpose, check func(*Code) error, change user.Change) (*user.User, error)

	// FormerPasswords returns the passwords that the user had before the present
	// one, newest first, as far as changes have kept them (user.Change).
	FormerPasswords(ctx context.Context, pool userpool.PoolID, sub user.Sub, limit int) ([]*user.Password, error)

	// Attempts returns the count of a subject; the zero value if there is none.
	Attempts(ctx context.Context, pool userpool.PoolID, subject string) (Attempts, error)
	// Count loads a subject's count, calls change and saves the count. If change
	// fails, nothing is saved and its error is returned.
	Count(ctx context.Context, pool userpool.PoolID, subject string, change func(*Attempts) error) (Attempts, error)
	// Forget deletes a subject's count.
	Forget(ctx context.Context, pool userpool.PoolID, subject string) error
}
