package token

import (
	"errors"
	"time"

	"gatehouse/internal/directory/user"
)

// ErrUnsettled means that wrong proofs were counted while a sign-in was under way:
// what is to follow from its right proof must be settled first. The store returns it,
// and package signin acts on it.
var ErrUnsettled = errors.New("wrong proofs were counted during the sign-in")

// Completion is what is decided, and used up, in the write that saves a grant.
type Completion struct {
	// Check is called with the user. For it, nothing counts but whether the user is
	// enabled, the status, and the password.
	Check UserCheck
	// User is the user as the sign-in knows them. If nothing of that has changed, the
	// store checks this one, and need not load the user again. nil: it loads the user.
	User  *user.User
	Proof Leftover
}

// Leftover is what a right proof has left to be done with the grant. The zero value
// is nothing.
type Leftover struct {
	// Once is used up: of several grants with the same one, one is saved. nil: none.
	Once *Once
	// Guesser is the name under which wrong proofs are counted (credential.Guesser). If
	// there are any, nothing is saved, and the error is ErrUnsettled. "": none counts.
	Guesser string
	// Secure changes what the pool keeps of the user to sign it in. If it fails,
	// nothing is saved and its error is returned. It may run more than once. nil:
	// nothing changes.
	Secure func(*user.Security) error
}

// Once names what can be used once.
type Once struct {
	ID    string
	Until time.Time // until then its use is remembered
	Used  error     // the error if it was used before
}
