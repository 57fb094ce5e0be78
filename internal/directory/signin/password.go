package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Password signs a user in with name and password. acr are the levels of assurance
// that the client asks for, best first. It issues no tokens.
func (e *Engine) Password(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret, v risk.Visit, acr ...string) (*Outcome, error) {
	a := &attempt{pool: p, client: c, name: name, wanted: levels(p, acr), visit: v, now: e.now()}
	return e.recorded(ctx, a, func() (*Outcome, error) { return e.password(ctx, a, password) })
}

// AfterSignUp goes on with the sign-in of a user who has signed up. The user has
// proved to the caller the password or, having none, the address to which the code
// of the sign-up went. It issues no tokens.
func (e *Engine) AfterSignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, v risk.Visit, acr ...string) (*Outcome, error) {
	proved := credential.FactorPassword
	if u.Password == nil {
		proved = confirmedBy(u)
	}
	a := &attempt{pool: p, client: c, user: u, name: u.Username, wanted: levels(p, acr), visit: v, proved: []credential.Factor{proved}, now: e.now()}
	return e.recorded(ctx, a, func() (*Outcome, error) {
		if err := e.keepWatch(ctx, a); err != nil {
			return nil, err
		}
		return e.next(ctx, a)
	})
}

func (e *Engine) password(ctx context.Context, a *attempt, password seal.Secret) (*Outcome, error) {
	if err := e.begin(ctx, a, password); err != nil {
		return nil, err
	}
	if err := e.provePassword(ctx, a, password); err != nil {
		return nil, err
	}
	return e.next(ctx, a)
}

func (e *Engine) provePassword(ctx context.Context, a *attempt, password seal.Secret) error {
	return e.prove(ctx, a, credential.FactorPassword, ErrWrongPassword, func(bool) (bool, error) {
		return e.matches(ctx, a, password)
	})
}

// matches reports whether the password is the user's.
func (e *Engine) matches(ctx context.Context, a *attempt, password seal.Secret) (bool, error) {
	right, err := e.credentials.Matches(ctx, a.pool, a.user, a.name, password)
	if right {
		a.password = password
	}
	return right, err
}
