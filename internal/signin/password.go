package signin

import (
	"context"

	"gatehouse/internal/credential"
	"gatehouse/internal/seal"
	"gatehouse/internal/userpool"
)

// Password signs a user in with name and password: the first factor of the
// password flows and of the sign-in page.
func (e *Engine) Password(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret) (*Outcome, error) {
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return nil, err
	}
	guesser := credential.Guesser(p, u, name)
	if err := e.Credentials.MayTry(ctx, p.ID, guesser); err != nil {
		return nil, err
	}
	right, err := e.Credentials.Matches(p, u, name, password)
	if err != nil {
		return nil, err
	}
	if err := e.settle(ctx, p, guesser, right); err != nil {
		return nil, err
	}
	return e.proved(p, c, u)
}

// settle counts a wrong guess, or forgets those before a right one.
func (e *Engine) settle(ctx context.Context, p *userpool.Pool, guesser string, right bool) error {
	if right {
		return e.Credentials.Succeeded(ctx, p.ID, guesser)
	}
	if err := e.Credentials.Failed(ctx, p.ID, guesser); err != nil {
		return err
	}
	return ErrWrongPassword
}
