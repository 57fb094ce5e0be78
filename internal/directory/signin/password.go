package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Password signs a user in with name and password. It issues no tokens.
func (e *Engine) Password(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret) (*Outcome, error) {
	return e.password(ctx, &attempt{pool: p, client: c, name: name, now: e.now()}, password)
}

// AfterPassword goes on with the sign-in of a user who has proved the password to
// the caller, as a person does who signs up and then confirms the account. It issues
// no tokens.
func (e *Engine) AfterPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User) (*Outcome, error) {
	return e.next(ctx, &attempt{pool: p, client: c, user: u, name: u.Username, proved: []credential.Factor{credential.FactorPassword}, now: e.now()})
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
	return e.prove(ctx, a, credential.FactorPassword, ErrWrongPassword, func() (bool, error) {
		return e.credentials.Matches(a.pool, a.user, a.name, password)
	})
}
