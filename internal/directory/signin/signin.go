// Package signin signs users in to a pool. It is one state machine with two
// faces: the user pools API and the managed login pages call the same methods.
//
// A sign-in begins with a flow, takes any number of challenges, and ends with
// tokens:
//
//	USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, the sign-in page
//	    │ wrong password: counted, refused
//	    ▼
//	   next ───▶ the user may not sign in: refused
//	  ▲   ├────▶ no challenge is due: complete, tokens are issued
//	  │   ▼
//	  │  ask ◀── USER_SRP_AUTH chooses PASSWORD_VERIFIER
//	  │   │ the client gets the question, and the state sealed
//	  │   ▼
//	  │ answer ─▶ wrong: counted; the same state can be answered again
//	  └───┘ right: the state is used up
//
//	USER_AUTH chooses SELECT_CHALLENGE, or the first factor that the client prefers.
//	REFRESH_TOKEN_AUTH is left to package token. CUSTOM_AUTH is decided by the
//	pool's functions: custom.go.
//
// The challenges follow each other in this order. In a pool without
// multi-factor authentication the second line is never due:
//
//	SELECT_CHALLENGE ─▶ PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN, or PASSWORD_SRP ─▶ PASSWORD_VERIFIER
//
//	PASSWORD_VERIFIER ─▶ NEW_PASSWORD_REQUIRED ─┐
//	┌───────────────────────────────────────────┘
//	└▶ SMS_MFA, SOFTWARE_TOKEN_MFA or EMAIL_OTP ─▶ complete
//	   SELECT_MFA_TYPE ─▶ one of the three
//	   MFA_SETUP ─▶ EMAIL_OTP, SMS_MFA, or complete after an app was verified
//
// A [challenge] is a line in the table [challenges] and a file of its own. It
// has four small hooks: its rules, whether it is due, what it asks, and whether
// an answer is right. The engine does the rest, in the same order for each:
//
//	answer   open       the state is sealed for this pool, client and challenge, and has not ended
//	         identify   USERNAME is the user of the state, who is enabled and has the same password
//	         check      unless the factor is locked: the challenge's own check, then the state is
//	                    used up; a wrong answer is counted in the database, per user and factor
//	                    (a right answer that completes the sign-in is used up in the write that
//	                    saves the grant: leftover.go)
//	next     admit      at least one factor is proved, and the user's status allows signing in
//	         due        the first challenge of the table that is due is asked
//	ask      the challenge's own question; the state is sealed and given to the client
//
// Between two steps the state travels with the client. Nothing is stored for a
// sign-in that is never finished, and any node can take the next step.
//
// An error that shows whether a user exists, is disabled or is unconfirmed is
// returned only after a factor is proved, or to a client that allows it.
package signin

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
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
	ErrNoPassword       = fault.New(fault.Unauthenticated, "user_without_password", "User is not authorized to get auth details.")
	ErrTemporaryExpired = fault.New(fault.Expired, "temporary_password_expired", "Temporary password has expired and must be reset by an administrator.")
	ErrSessionInvalid   = fault.New(fault.Unauthenticated, "challenge_session_invalid", "Invalid session for the user.")
	ErrSessionExpired   = fault.New(fault.Expired, "challenge_session_expired", "Invalid session for the user, session is expired.")
	ErrSessionUsed      = fault.New(fault.Unauthenticated, "challenge_session_used", "Invalid session for the user, session can only be used once.")
)

// Config is what an [Engine] needs. Every field without a comment must be set.
type Config struct {
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
	Devices     *device.Engine
	Tokens      Issuer
	Triggers    *trigger.Engine
	Courier     Courier
	Migrator    Migrator
	Risks       *risk.Engine
	Spent       SpentStore
	Looks       LookStore
	Sealer      *seal.Sealer
	Now         func() time.Time
	// DomainSuffix is what follows the prefix in the host of a pool's prefix domain.
	// "": such domains have no host.
	DomainSuffix string
}

// Engine signs users in. Safe for concurrent use.
type Engine struct {
	pools       *userpool.Engine
	users       *user.Engine
	credentials *credential.Engine
	devices     *device.Engine
	tokens      Issuer
	triggers    *trigger.Engine
	courier     Courier
	migrator    Migrator
	risks       *risk.Engine
	spent       SpentStore
	looks       LookStore
	sealer      *seal.Sealer
	clock       func() time.Time

	domainSuffix string
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{pools: c.Pools, users: c.Users, credentials: c.Credentials, devices: c.Devices, tokens: c.Tokens, triggers: c.Triggers, courier: c.Courier, migrator: c.Migrator, risks: c.Risks, spent: c.Spent, looks: c.Looks, sealer: c.Sealer, clock: c.Now, domainSuffix: c.DomainSuffix}
}

// Issuer issues tokens; package token's engine does.
type Issuer interface {
	IssueForSignIn(ctx context.Context, in token.IssueInput) (*token.Tokens, error)
	Refresh(ctx context.Context, c *userpool.Client, in token.RefreshInput) (*token.Tokens, error)
	VerifyAccess(ctx context.Context, access seal.Secret, scope string) (*token.Access, error)
}

// SpentStore remembers which sealed states have been used.
type SpentStore interface {
	// Spend remembers id until the time given. If id is remembered already, it
	// returns ErrSessionUsed. When several callers, on any nodes, spend the same
	// id at once, exactly one gets nil.
	Spend(ctx context.Context, id string, until time.Time) error
}

// Outcome is the result of a step: a challenge, or the end of the sign-in.
type Outcome struct {
	Challenge *Challenge    // nil: the sign-in is complete
	User      *user.User    // who signs in; nil if the client must not learn that there is no such user
	AuthTime  time.Time     // when the sign-in was completed
	Proof     token.Proof   // how
	Tokens    *token.Tokens // from Initiate and Respond, when the sign-in is complete
	Device    device.Key    // on which the user signs in; "": none
	NewDevice bool          // Device is a new key, from Initiate and Respond

	// Resumed says that the sign-in went on from a browser's session: see
	// [Engine.StepUp].
	Resumed bool

	// Recoverable says that a recovery code of the user can answer the challenge.
	Recoverable bool

	answered string        // the challenge that completed the sign-in; "": none was asked
	left     leftover      // of the proof that completed the sign-in
	groups   []*user.Group // of the user; nil: not known
}

// Challenge is what the client must answer next.
type Challenge struct {
	Name       string
	Parameters map[string]string
	Available  []string    // the first factors among which the user can choose; nil: there is no choice
	Session    seal.Secret // "": the state travels in a parameter, as in the SECRET_BLOCK of SRP
}

func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }
