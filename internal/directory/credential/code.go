package credential

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of codes.
var (
	ErrCodeMismatch = fault.New(fault.Invalid, "code_mismatch", "Invalid verification code provided, please try again.")
	ErrCodeExpired  = fault.New(fault.Expired, "code_expired", "Invalid code provided, please request a code again.")
)

// maxWrong is how many wrong guesses make a code invalid, and how many codes a
// user may try in an hour.
const maxWrong = 15

// life returns how long a code is valid. Cognito: "Quotas", code validity.
func (p Purpose) life() time.Duration {
	if p == ForgotPassword {
		return time.Hour
	}
	return 24 * time.Hour
}

// Recipient returns the e-mail address or phone number of u to which a code of
// the purpose is sent.
func (p Purpose) Recipient(u *user.User, attribute string) string {
	if p == VerifyPrefix+Purpose(attribute) {
		return u.ToVerify(attribute)
	}
	return u.Attributes[attribute]
}

// NewCode makes a six-digit code for u, which replaces an older code of the same
// purpose. The code will be sent to the attribute. It proves the value that the
// attribute has now ([Purpose.Recipient]); if the value changes, the code becomes
// invalid.
func (e *Engine) NewCode(ctx context.Context, u *user.User, purpose Purpose, attribute string) (seal.Secret, error) {
	code := ids.Digits(6)
	now := e.now()
	err := e.store.PutCode(ctx, &Code{
		Pool: u.Pool, Sub: u.Sub, Purpose: purpose, Attribute: attribute,
		MAC: e.mac(u, purpose, attribute, code), Sent: now, Expires: now.Add(purpose.life()),
	})
	return seal.Secret(code), err
}

// Redeem uses up a code and changes the user, in one transaction. It calls apply
// with the user and the attribute that the code was sent to. Errors:
// ErrCodeMismatch; ErrCodeExpired, also if there is no code; ErrAttemptLimit; the
// errors of apply.
func (e *Engine) Redeem(ctx context.Context, p *userpool.Pool, u *user.User, purpose Purpose, code seal.Secret, change user.Change, apply func(u *user.User, sentTo string) error) (*user.User, error) {
	forgotten, err := e.hourly(ctx, p.ID, string(purpose)+":"+Subject(p, u, ""), maxWrong)
	if err != nil {
		return nil, err
	}
	var sentTo string
	check := func(c *Code) error {
		switch {
		case c == nil || !e.now().Before(c.Expires):
			return ErrCodeExpired
		case c.Wrong >= maxWrong:
			return unless(forgets(forgotten, c.Sent), ErrAttemptLimit)
		case subtle.ConstantTimeCompare(c.MAC, e.mac(u, purpose, c.Attribute, code.Reveal())) != 1:
			c.Wrong++
			return unless(forgets(forgotten, c.Sent), ErrCodeMismatch)
		}
		sentTo = c.Attribute
		return nil
	}
	change.Apply = func(current *user.User) error {
		if purpose.Recipient(current, sentTo) != purpose.Recipient(u, sentTo) {
			return ErrCodeExpired
		}
		return apply(current, sentTo)
	}
	return e.store.RedeemCode(ctx, p.ID, u.Sub, purpose, check, e.Users.Indexed(p, change))
}

// unless returns why a wrong code is refused; if codes of that time are forgotten for
// names that no user has, the same as for those. The right code stays right.
func unless(forgotten bool, refused error) error {
	if forgotten {
		return ErrCodeExpired
	}
	return refused
}

// mac returns the keyed hash of a code that was sent to an attribute of u.
func (e *Engine) mac(u *user.User, purpose Purpose, attribute, code string) []byte {
	to := []string{"code", string(u.Pool), string(u.Sub), string(purpose), attribute, purpose.Recipient(u, attribute)}
	return e.Sealer.MAC(strings.Join(to, ":"), code)
}

// PretendCode records that a code was asked for a name that no user has, for
// [Engine.PretendRedeem].
func (e *Engine) PretendCode(ctx context.Context, p *userpool.Pool, name string, purpose Purpose) error {
	now := e.now()
	_, err := e.store.Count(ctx, p.ID, pretended(p, name, purpose), func(a *Attempts) error {
		*a = Attempts{First: now, Last: now, Forgotten: a.Forgotten}
		return nil
	})
	return err
}

// PretendRedeem returns, for a name that no user has, the error that
// [Engine.Redeem] returns for a wrong code. It never returns nil.
func (e *Engine) PretendRedeem(ctx context.Context, p *userpool.Pool, name string, purpose Purpose) error {
	if err := e.Hourly(ctx, p.ID, string(purpose)+":"+Subject(p, nil, name), maxWrong); err != nil {
		return err
	}
	now := e.now()
	answer := ErrCodeExpired
	_, err := e.store.Count(ctx, p.ID, pretended(p, name, purpose), func(a *Attempts) error {
		switch {
		case a.First.IsZero() || now.Sub(a.First) >= purpose.life() || a.forgets(a.First):
			answer = ErrCodeExpired
		case a.Count >= maxWrong:
			answer = ErrAttemptLimit
		default:
			answer = ErrCodeMismatch
			a.Count++
		}
		return nil
	})
	if err != nil {
		return err
	}
	return answer
}

func pretended(p *userpool.Pool, name string, purpose Purpose) string {
	return "pretended:" + string(purpose) + ":" + Subject(p, nil, name)
}
