// Package account is a user's way through its life in a pool: sign-up and
// confirmation, an administrator's invitation, a forgotten or changed password,
// being disabled, and the end.
//
//	SignUp ──────────────→ UNCONFIRMED ──ConfirmSignUp──→ CONFIRMED
//	Invite ──→ FORCE_CHANGE_PASSWORD ──(package signin)──→ CONFIRMED
//	SetPassword ───────────────────────────────────────→ CONFIRMED or FORCE_CHANGE_PASSWORD
//	ResetPassword ─→ RESET_REQUIRED ─ConfirmForgotPassword─→ CONFIRMED
//
// Each step checks first, then changes the user in one transaction (a code is
// used up in the same one), then sends its message. A message that can't be
// sent is an error, but what was changed stays: the step can be asked again.
//
// Clients that hide whether a user exists (Client.Settings.HideUserExistence)
// get the same answer for a name that nobody has, and do not wait for what is
// sent to one that somebody has.
package account

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// Errors of accounts.
var (
	ErrSignUpClosed   = fault.New(fault.Denied, "sign_up_closed", "SignUp is not permitted for this user pool")
	ErrStatus         = fault.New(fault.Denied, "user_status", "The user is not in a state for this.")
	ErrAlreadyActive  = fault.New(fault.Invalid, "already_confirmed", "User is already confirmed.")
	ErrNoVerification = fault.New(fault.Denied, "no_auto_verification", "Cannot resend codes. Auto verification not turned on.")
	ErrNoRecovery     = fault.New(fault.Invalid, "no_recovery", "Cannot reset password for the user as there is no registered/verified email or phone_number")
	ErrAdminRecovery  = fault.New(fault.Denied, "admin_recovery", "Contact administrator to reset password.")
	ErrDisabled       = fault.New(fault.Denied, "user_disabled", "User is disabled.")
	ErrWrongPassword  = fault.New(fault.Unauthenticated, "wrong_password", "Incorrect username or password.")
	ErrNotResendable  = fault.New(fault.Invalid, "not_resendable", "Resend not possible.")
	ErrDelivery       = fault.New(fault.Unavailable, "code_delivery", "The message could not be delivered. Check the e-mail and SMS settings of this installation.")
)

// Engine leads users through their lives. Safe for concurrent use.
type Engine struct {
	Users       *user.Engine
	Credentials *credential.Engine
	Tokens      Revoker
	Messages    message.Sender
	Now         func() time.Time

	// Later runs a send that no request waits for, with a context of its own;
	// its owner waits for the last of them. nil: at once, where the time that it
	// takes may tell.
	Later func(send func(context.Context))
	Log   *slog.Logger // learns of what was not delivered and could not be told; nil: nobody does
}

// Revoker ends what a user has been given.
type Revoker interface {
	// RevokeAllOf kills all tokens of the user.
	RevokeAllOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error
	// EndSessionsOf ends the user's browser sessions.
	EndSessionsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error
}

// find returns the named user, or nil without an error when the client hides
// that nobody has the name.
func (e *Engine) find(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*user.User, error) {
	u, err := e.Users.Find(ctx, p, name)
	switch {
	case errors.Is(err, user.ErrUserNotFound) && c.Settings.HideUserExistence:
		return nil, nil
	case errors.Is(err, user.ErrUserNotFound):
		return nil, user.ErrUserNotFound.Saying("Username/client id combination not found.")
	}
	return u, err
}

// silent reports whether even confirming must not tell that a user exists: the
// client hides it, and nobody can learn it by signing up.
func silent(p *userpool.Pool, c *userpool.Client) bool {
	return c.Settings.HideUserExistence && p.Settings.AdminCreateOnly
}

func (e *Engine) update(ctx context.Context, p *userpool.Pool, u *user.User, apply func(*user.User) error) (*user.User, error) {
	return e.Users.Update(ctx, p, u.Sub, user.Change{Apply: apply})
}
