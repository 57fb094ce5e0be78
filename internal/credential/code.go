package credential

import (
	"context"
	"crypto/subtle"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/ids"
	"gatehouse/internal/seal"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// Errors of codes.
var (
	ErrCodeMismatch = fault.New(fault.Invalid, "code_mismatch", "Invalid verification code provided, please try again.")
	ErrCodeExpired  = fault.New(fault.Expired, "code_expired", "Invalid code provided, please request a code again.")
)

// maxWrong is how often a code may be guessed wrong before it is worth nothing.
const maxWrong = 15

// life is how long a code is good. Cognito: "Quotas", code validity.
func (p Purpose) life() time.Duration {
	if p == ForgotPassword {
		return time.Hour
	}
	return 24 * time.Hour
}

// NewCode makes a six-digit code for u, in place of an older one of the same
// purpose. attribute is where it will be sent.
func (e *Engine) NewCode(ctx context.Context, u *user.User, purpose Purpose, attribute string) (seal.Secret, error) {
	code := ids.Digits(6)
	now := e.now()
	err := e.Store.PutCode(ctx, &Code{
		Pool: u.Pool, Sub: u.Sub, Purpose: purpose, Attribute: attribute,
		MAC: e.mac(u.Pool, u.Sub, purpose, code), Sent: now, Expires: now.Add(purpose.life()),
	})
	return seal.Secret(code), err
}

// Redeem uses up a code and changes the user in one step. change is told the
// attribute that the code was sent to. ErrCodeMismatch, ErrCodeExpired (also
// when there is no code), ErrAttemptLimit, and what change returns.
func (e *Engine) Redeem(ctx context.Context, p *userpool.Pool, u *user.User, purpose Purpose, code seal.Secret, change user.Change, apply func(u *user.User, sentTo string) error) (*user.User, error) {
	if err := e.Hourly(ctx, p.ID, string(purpose)+":"+string(u.Sub), maxWrong); err != nil {
		return nil, err
	}
	var sentTo string
	check := func(c *Code) error {
		switch {
		case c == nil || !e.now().Before(c.Expires):
			return ErrCodeExpired
		case c.Wrong >= maxWrong:
			return ErrAttemptLimit
		case subtle.ConstantTimeCompare(c.MAC, e.mac(p.ID, u.Sub, purpose, code.Reveal())) != 1:
			c.Wrong++
			return ErrCodeMismatch
		}
		sentTo = c.Attribute
		return nil
	}
	change.Apply = func(u *user.User) error { return apply(u, sentTo) }
	return e.Store.RedeemCode(ctx, p.ID, u.Sub, purpose, check, e.Users.Indexed(p, change))
}

func (e *Engine) mac(pool userpool.PoolID, sub user.Sub, purpose Purpose, code string) []byte {
	return e.Sealer.MAC("code:"+string(pool)+":"+string(sub)+":"+string(purpose), code)
}
