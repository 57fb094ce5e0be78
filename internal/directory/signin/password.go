package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/userpool"
)

// Password signs a user in with name and password: the first factor of the
// password flows and of the sign-in page.
func (e *Engine) Password(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret) (*Outcome, error) {
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return nil, err
	}
	err = e.try(ctx, p, credential.Guesser(p, u, name), func() (bool, error) {
		return e.Credentials.Matches(p, u, name, password)
	})
	if err != nil {
		return nil, err
	}
	return e.proved(p, c, u)
}

// try lets the guesser prove a password, unless it is locked. A wrong one is
// counted, and is ErrWrongPassword.
func (e *Engine) try(ctx context.Context, p *userpool.Pool, guesser string, prove func() (bool, error)) error {
	right, err := e.Credentials.Try(ctx, p.ID, guesser, prove)
	if err == nil && !right {
		err = ErrWrongPassword
	}
	return err
}
