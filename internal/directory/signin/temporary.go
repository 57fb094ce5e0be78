package signin

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// CheckTemporary returns nil if the password is a temporary one that waits to be
// replaced, and otherwise the error that the sign-in would end with: [ErrSessionUsed] if
// the password is the user's own. It begins no sign-in, and calls no function of the
// pool. A wrong password is counted, and recorded, as in [Engine.Password].
func (e *Engine) CheckTemporary(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret, v risk.Visit) error {
	a := &attempt{pool: p, client: c, name: name, visit: v, now: e.now()}
	_, err := e.recorded(ctx, a, func() (*Outcome, error) { return e.checkTemporary(ctx, a, password) })
	return err
}

// checkTemporary returns the challenge that a sign-in would come to.
func (e *Engine) checkTemporary(ctx context.Context, a *attempt, password seal.Secret) (*Outcome, error) {
	err := e.findUser(ctx, a)
	if refused := e.keepWatch(ctx, a); refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	if err := e.provePassword(ctx, a, password); err != nil {
		return nil, err
	}
	if err := a.admit(); err != nil {
		return nil, err
	}
	if a.user.Status != user.ForceChangePassword {
		return nil, ErrSessionUsed
	}
	return &Outcome{User: a.user, Challenge: &Challenge{Name: NewPasswordRequired}}, nil
}
