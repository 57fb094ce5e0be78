// Package account changes the status of users in a pool: sign-up and
// confirmation, an administrator's invitation, a forgotten or changed password,
// disabling and deleting.
//
//	SignUp ──────────────→ UNCONFIRMED ──ConfirmSignUp──→ CONFIRMED
//	Invite ──→ FORCE_CHANGE_PASSWORD ──(package signin)──→ CONFIRMED
//	SetPassword ───────────────────────────────────────→ CONFIRMED or FORCE_CHANGE_PASSWORD
//	ResetPassword ─→ RESET_REQUIRED ─ConfirmForgotPassword─→ CONFIRMED
//
// Each step checks first, then changes the user in one transaction, which also
// uses up the code, then sends its message. If the message cannot be sent, the
// step returns an error, but the change stays: call the step again.
//
// A client can hide whether users exist (Client.Settings.HideUserExistence). It
// gets the same answer for a name that no user has, and it does not wait until a
// message to an existing user is sent.
package account

import (
	"bytes"
	"context"
	"errors"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
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
	ErrNotVerifiable  = fault.New(fault.Invalid, "contact_unknown", "Invalid attribute name. Only phone_number and email can be verified.")
	ErrNoContact      = fault.New(fault.Invalid, "no_contact", "The user has no such attribute.")
	ErrDelivery       = fault.New(fault.Unavailable, "code_delivery", "The message could not be delivered. Check the e-mail and SMS settings of this installation.")
)

// Engine changes the status of users. Safe for concurrent use.
type Engine struct {
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
	Tokens      Revoker
	Triggers    *trigger.Engine
	Messages    Messenger
	Risks       *risk.Engine
	Now         func() time.Time

	// ConfirmURL returns the address of the page at which a user confirms its
	// sign-up to the client with the code. Needed by pools that confirm with a link.
	ConfirmURL func(ctx context.Context, p *userpool.Pool, c userpool.ClientID, username string, code seal.Secret) (string, error)
}

// Messenger sends messages; package message's Courier does.
type Messenger interface {
	message.Sender
	// SendLater sends what write returns, in the background: the caller sees neither
	// the time that both take nor their errors. The draft stands for the message
	// where it was not written.
	SendLater(ctx context.Context, draft *message.Message, write message.Write)
}

// Revoker ends the tokens of a user; package token's engine does.
type Revoker interface {
	// RevokeAllOf revokes all tokens of the user.
	RevokeAllOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error
}

// find returns the user with that name. If there is none it returns
// user.ErrUserNotFound; for a client that hides whether users exist it returns
// nil without an error.
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

// hidesConfirmed reports whether confirming must not tell that a user exists: the
// client hides it, and signing up, which is closed, cannot tell it either.
func hidesConfirmed(p *userpool.Pool, c *userpool.Client) bool {
	return c.Settings.HideUserExistence && p.Settings.AdminCreateOnly
}

// errOvertaken is the error of a change of a password that another change has
// replaced since the new password was compared with it.
var errOvertaken = errors.New("the password was changed meanwhile")

// samePassword reports whether two users have the same password, or none.
func samePassword(a, b *user.User) bool {
	if a.Password == nil || b.Password == nil {
		return a.Password == b.Password
	}
	return bytes.Equal(a.Password.Salt, b.Password.Salt)
}

// changePassword is update for a change that sets a password.
func (e *Engine) changePassword(ctx context.Context, p *userpool.Pool, u *user.User, ends user.Ends, apply func(*user.User) error) error {
	_, err := e.Users.Update(ctx, p, u.Sub, user.Change{Apply: apply, KeepPasswords: p.Settings.PasswordPolicy.FormerPasswords(), Ends: ends})
	return err
}

func (e *Engine) update(ctx context.Context, p *userpool.Pool, u *user.User, apply func(*user.User) error) (*user.User, error) {
	return e.Users.Update(ctx, p, u.Sub, user.Change{Apply: apply})
}
