package credential

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrFormerAway means that the former pool could not say whether a password is right.
var ErrFormerAway = fault.New(fault.Unavailable, "former_pool_away", "The former user pool cannot be asked.")

// Former asks the pools that users came from about passwords; package formerpool's
// Asker does.
type Former interface {
	// Ask asks the former pool of p, which must have one, whether a password is right.
	// ErrFormerAway.
	Ask(ctx context.Context, p *userpool.Pool, q Question) (Answer, error)
}

// Question is about the password of one user.
type Question struct {
	Username string
	Sub      user.Sub // "": of nobody; no password is right
	Password seal.Secret
}

// AboutNobody returns a question about a name that no pool has.
func AboutNobody(password seal.Secret) Question {
	return Question{Username: ids.UUID(), Password: password}
}

// Answer is what a former pool says of a password. The zero value means that it is
// wrong.
type Answer struct {
	Right     bool
	Temporary bool     // the user must choose another one
	Factors   []string // the second factors that the former pool asks the user for
}

// KeepFormer returns what is kept of a password that only the former pool of the user
// knows: nothing but the salt of the verifier to come.
func (e *Engine) KeepFormer(p *userpool.Pool, u *user.User) (*user.Password, error) {
	salt, err := srp.NewSalt()
	if err != nil {
		return nil, err
	}
	sealed, err := e.Sealer.Seal(nil, PasswordContext(u))
	return &user.Password{Form: user.FormFormer, Name: p.Case(u.Username), Salt: salt, Sealed: sealed, Set: e.now()}, err
}

// matchesFormer is Matches for a password that the former pool of the user knows. About
// everybody else it asks the former pool as well, under a name that nobody has: the
// time, and what is answered while it is away, do not tell who has signed in already.
// ErrFormerAway, which counts as a wrong password, whoever it is about.
func (e *Engine) matchesFormer(ctx context.Context, p *userpool.Pool, u *user.User, password seal.Secret) (bool, error) {
	if p.Settings.Former == nil || e.former == nil {
		return false, nil
	}
	if u == nil || u.Password == nil || u.Password.Form != user.FormFormer {
		if _, err := e.former.Ask(ctx, p, AboutNobody(password)); err != nil {
			return false, wrongAnyway{err}
		}
		return false, nil
	}
	answer, err := e.former.Ask(ctx, p, Question{Username: u.Username, Sub: u.Sub, Password: password})
	switch {
	case err != nil: // counted as everybody else's, or the lock would tell who waits
		return false, wrongAnyway{err}
	case !answer.Right:
		return false, nil
	}
	return e.replaceForeign(ctx, p, u, password, func(u *user.User) { e.takeOver(p, u, answer) })
}

// takeOver changes a user as the former pool says: it may have given the user another
// status since. A second factor for which it asks must not get lost: codes to the
// user's contacts go on, and a user who had but an authenticator app, of which only the
// former pool has the key, proves a contact once, by choosing a password with a code,
// and then sets up a new app.
func (e *Engine) takeOver(p *userpool.Pool, u *user.User, answer Answer) {
	u.BringFactors(p, answer.Factors)
	switch {
	case u.Status == user.ResetRequired:
	case len(answer.Factors) > 0 && len(user.SecondFactors(p, u)) == 0:
		u.Status = user.ResetRequired
	case answer.Temporary:
		u.Status, u.Password.Expires = user.ForceChangePassword, e.now().Add(p.Settings.PasswordPolicy.TemporaryValidity())
	default:
		u.Status = user.Confirmed
	}
}

// wrongAnyway is the error of a proof that counts as wrong, although the caller is told
// something else.
type wrongAnyway struct{ error }

func (w wrongAnyway) Unwrap() error { return w.error }
