package userpool

import (
	"context"
	"slices"

	"gatehouse/internal/base/fault"
)

// ErrManyForms is the error for a pool whose users would come with too many forms of
// hashes: each costs every sign-in with a wrong password its work.
var ErrManyForms = fault.New(fault.Invalid, "password_hash_forms", "The hashes of the pool's users have too many different algorithms and costs.")

// MaxForeignHashes is how many forms of hashes a pool may have.
const MaxForeignHashes = 4

// AllowForeignHash adds the form of a hash to those of the pool, before a user has it:
// from then on every check of a password does its work. p is changed too. ErrManyForms.
func (e *Engine) AllowForeignHash(ctx context.Context, p *Pool, form string) error {
	if slices.Contains(p.Settings.ForeignHashes, form) {
		return nil
	}
	next, err := e.UpdatePool(ctx, p.ID, func(p *Pool) error {
		switch {
		case slices.Contains(p.Settings.ForeignHashes, form):
			return nil
		case len(p.Settings.ForeignHashes) >= MaxForeignHashes:
			return ErrManyForms.Saying("The hashes of the pool's users have %d algorithms and costs already, and each costs every sign-in with a wrong password its work. Import the rest when most users have signed in once, after gatehouse import users --end.", MaxForeignHashes)
		}
		p.Settings.ForeignHashes = append(slices.Clip(p.Settings.ForeignHashes), form)
		return nil
	})
	if err != nil {
		return err
	}
	p.Settings.ForeignHashes = next.Settings.ForeignHashes
	return nil
}
