package credential

import (
	"context"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Purpose is what a code is for. A user has at most one live code a purpose.
type Purpose string

// The purposes. Attribute verification appends the attribute's name.
const (
	ConfirmSignUp  Purpose = "confirm_sign_up"
	ForgotPassword Purpose = "forgot_password"
	VerifyPrefix   Purpose = "verify:"
)

// Code is a code that was sent to a user. The code itself is not kept, only a
// keyed hash of it.
type Code struct {
	Pool          userpool.PoolID
	Sub           user.Sub
	Purpose       Purpose
	MAC           []byte
	Attribute     string // email or phone_number: where it was sent
	Sent, Expires time.Time
	Wrong         int // wrong guesses so far
}

// Attempts counts tries of one subject at one thing.
type Attempts struct {
	Count       int
	First, Last time.Time
	Locked      time.Time // until then every try is refused; zero: not locked
}

// Store keeps codes and counts. Every method is one transaction.
type Store interface {
	// PutCode replaces the user's code of the same purpose.
	PutCode(ctx context.Context, c *Code) error
	// RedeemCode asks check about the user's code of that purpose (nil: there
	// is none). If check fails, what it changed in the code is saved and its
	// error returned. Else the code is removed and change applied to the user.
	RedeemCode(ctx context.Context, pool userpool.PoolID, sub user.Sub, purpose Purpose, check func(*Code) error, change user.Change) (*user.User, error)
	DeleteCodes(ctx context.Context, pool userpool.PoolID, sub user.Sub) error

	// Attempts returns the count of a subject, zero when there is none.
	Attempts(ctx context.Context, pool userpool.PoolID, subject string) (Attempts, error)
	// Count loads a subject's count, changes and saves it. If change fails,
	// nothing is saved and its error returned.
	Count(ctx context.Context, pool userpool.PoolID, subject string, change func(*Attempts) error) (Attempts, error)
	// Forget removes a subject's count.
	Forget(ctx context.Context, pool userpool.PoolID, subject string) error
}
