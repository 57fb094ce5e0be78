// Package signin is the state machine of signing in to a pool: every flow, and
// every challenge between the first factor and the tokens. The API and the
// managed login pages are two faces of it.
//
//	USER_PASSWORD_AUTH ─────────────┐
//	ADMIN_USER_PASSWORD_AUTH ───────┤
//	the sign-in page (Password) ────┤ wrong: counted, ErrWrongPassword
//	USER_SRP_AUTH                   │
//	  └ PASSWORD_VERIFIER ──────────┤
//	                          proved the password
//	                                │ disabled, unconfirmed, to be reset: refused
//	                                ├─ temporary ─→ NEW_PASSWORD_REQUIRED ─┐
//	                                └──────────────── passed ←─────────────┘
//	REFRESH_TOKEN_AUTH ──────────────── (package token)
//
// Between two steps the state travels with the client, sealed, with its end
// and a name of its own: nothing is stored for a sign-in that is never
// finished, and any node can take the next step. A step that succeeded can't
// be taken again. Whatever tells whether a user exists, is disabled or is
// unconfirmed comes only after the password is proved, or where the client
// allows it.
package signin

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of signing in.
var (
	ErrFlowUnknown      = fault.New(fault.Invalid, "flow_unknown", "Initiate Auth method not supported")
	ErrFlowOff          = fault.New(fault.Invalid, "flow_off", "Auth flow not enabled for this client")
	ErrParameter        = fault.New(fault.Invalid, "auth_parameter", "A required parameter is missing.")
	ErrWrongPassword    = fault.New(fault.Unauthenticated, "sign_in_refused", "Incorrect username or password.")
	ErrDisabled         = fault.New(fault.Denied, "sign_in_disabled", "User is disabled.")
	ErrNotConfirmed     = fault.New(fault.Denied, "user_not_confirmed", "User is not confirmed.")
	ErrResetRequired    = fault.New(fault.Denied, "password_reset_required", "Password reset required for the user")
	ErrTemporaryExpired = fault.New(fault.Expired, "temporary_password_expired", "Temporary password has expired and must be reset by an administrator.")
	ErrSessionInvalid   = fault.New(fault.Unauthenticated, "challenge_session_invalid", "Invalid session for the user.")
	ErrSessionExpired   = fault.New(fault.Expired, "challenge_session_expired", "Invalid session for the user, session is expired.")
	ErrSessionUsed      = fault.New(fault.Unauthenticated, "challenge_session_used", "Invalid session for the user, session can only be used once.")
)

// The challenges that are given.
const (
	PasswordVerifier    = "PASSWORD_VERIFIER"
	NewPasswordRequired = "NEW_PASSWORD_REQUIRED"
)

// Engine signs users in. Safe for concurrent use.
type Engine struct {
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
	Tokens      Issuer
	Spent       SpentStore
	Sealer      *seal.Sealer
	Now         func() time.Time
}

// Issuer gives out tokens.
type Issuer interface {
	IssueForSignIn(ctx context.Context, in token.IssueInput) (*token.Tokens, error)
	Refresh(ctx context.Context, c *userpool.Client, refresh seal.Secret) (*token.Tokens, error)
}

// SpentStore remembers which sealed states have been used.
type SpentStore interface {
	// Spend remembers id until its end, and fails with ErrSessionUsed when it
	// is remembered already. Of all callers on all nodes one gets nil.
	Spend(ctx context.Context, id string, until time.Time) error
}

// Outcome is where a step led: to a challenge, or to the end.
type Outcome struct {
	Challenge *Challenge    // nil: passed
	User      *user.User    // who passed
	AuthTime  time.Time     // when
	Tokens    *token.Tokens // from Initiate and Respond, when passed
}

// Challenge is what must be answered next.
type Challenge struct {
	Name       string
	Parameters map[string]string
	Session    seal.Secret // "" for PASSWORD_VERIFIER, whose SECRET_BLOCK carries the state
}

// proved goes on after a user has proved the password.
func (e *Engine) proved(p *userpool.Pool, c *userpool.Client, u *user.User) (*Outcome, error) {
	now := e.now()
	switch {
	case !u.Enabled:
		return nil, ErrDisabled
	case u.Status == user.Unconfirmed:
		return nil, ErrNotConfirmed
	case u.Status == user.ResetRequired:
		return nil, ErrResetRequired
	case u.Status == user.ForceChangePassword && temporaryOver(u, now):
		return nil, ErrTemporaryExpired
	case u.Status == user.ForceChangePassword:
		return e.askNewPassword(p, c, u)
	case u.Status != user.Confirmed:
		return nil, ErrWrongPassword
	}
	return &Outcome{User: u, AuthTime: now}, nil
}

func temporaryOver(u *user.User, now time.Time) bool {
	return !u.Password.Expires.IsZero() && !now.Before(u.Password.Expires)
}

// find returns the named user, or nil when the client hides that nobody has
// the name. Else user.ErrUserNotFound.
func (e *Engine) find(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*user.User, error) {
	u, err := e.Users.Find(ctx, p, name)
	if errors.Is(err, user.ErrUserNotFound) && c.Settings.HideUserExistence {
		return nil, nil
	}
	return u, err
}

// sameUser returns the named user if it is the one that a state is about, else
// ErrSessionInvalid.
func (e *Engine) sameUser(ctx context.Context, p *userpool.Pool, name string, sub user.Sub) (*user.User, error) {
	u, err := e.Users.Find(ctx, p, name)
	switch {
	case errors.Is(err, user.ErrUserNotFound):
		return nil, ErrSessionInvalid
	case err != nil:
		return nil, err
	case u.Sub != sub:
		return nil, ErrSessionInvalid
	}
	return u, nil
}

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
