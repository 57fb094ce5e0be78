package credential

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/foreignhash"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrPasswordReused is the error for a new password that the user has or had, in a
// pool that refuses those.
var ErrPasswordReused = fault.New(fault.Invalid, "password_reused", "Password has previously been used")

// CheckReuse returns ErrPasswordReused if the password is one of the last that the
// user had, as many as the pool's policy says, with the present one. Only a caller
// who has proved to be the user, or an administrator, may learn the answer: it
// tells what the user's passwords are. The work is the same for all users of the
// pool, and for a nil u.
func (e *Engine) CheckReuse(ctx context.Context, p *userpool.Pool, u *user.User, name string, password seal.Secret) error {
	size := p.Settings.PasswordPolicy.HistorySize
	if size == 0 {
		return nil
	}
	had, err := e.hadPasswords(ctx, p, u, size)
	if err != nil {
		return err
	}
	reused := false
	for i := range size {
		var of *user.User // nil: the same work for a password that is not there
		if i < len(had) {
			of = had[i]
		}
		matches, err := e.matchesVerifier(p, of, name, password)
		if err != nil {
			return err
		}
		reused = matches || reused
	}
	foreign, err := e.reusesForeign(ctx, p, had, password)
	if err != nil {
		return err
	}
	if reused || foreign {
		return ErrPasswordReused
	}
	return nil
}

// reusesForeign compares a password with those of which the hashes of another system
// are kept. A user has one at most, unless the same user came from files several
// times.
func (e *Engine) reusesForeign(ctx context.Context, p *userpool.Pool, had []*user.User, password seal.Secret) (bool, error) {
	var hashes []*foreignhash.Hash
	for _, u := range had {
		h, err := e.foreign(u)
		if err != nil {
			return false, err
		}
		hashes = append(hashes, h)
	}
	return e.checkForeign(ctx, p, password, hashes...)
}

// hadPasswords returns u once with each of its last passwords, newest first.
func (e *Engine) hadPasswords(ctx context.Context, p *userpool.Pool, u *user.User, size int) ([]*user.User, error) {
	sub := user.Sub("")
	if u != nil {
		sub = u.Sub
	}
	former, err := e.store.FormerPasswords(ctx, p.ID, sub, size-1)
	if err != nil || u == nil {
		return nil, err
	}
	had := []*user.User{u}
	for _, password := range former {
		before := *u
		before.Password = password
		had = append(had, &before)
	}
	return had, nil
}
