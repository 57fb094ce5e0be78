package transfer

import (
	"context"
	"errors"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Waiting returns how many users of a pool have a password of that form still: it is
// not [user.FormSRP], so they have not signed in since they came.
func (e *Newcomers) Waiting(ctx context.Context, pool userpool.PoolID, form user.PasswordForm) (n int, err error) {
	p, err := e.cfg.Pools.Pool(ctx, pool)
	if err != nil {
		return 0, err
	}
	return n, e.each(ctx, p, form, func(*user.User) error { n++; return nil })
}

// End ends the time in which passwords of a form are taken. Users who have not signed
// in since they came have no password any more, and choose one with a code. It returns
// how many they are. It may run again.
func (e *Newcomers) End(ctx context.Context, pool userpool.PoolID, form user.PasswordForm) (left int, err error) {
	p, err := e.cfg.Pools.Pool(ctx, pool)
	if err != nil {
		return 0, err
	}
	err = e.each(ctx, p, form, func(u *user.User) error {
		forgot, err := e.forget(ctx, p, u, form)
		left += forgot
		return err
	})
	if err != nil {
		return left, err
	}
	_, err = e.cfg.Pools.UpdatePool(ctx, p.ID, func(p *userpool.Pool) error {
		switch form {
		case user.FormHash:
			p.Settings.ForeignHashes = nil
		case user.FormFormer:
			p.Settings.Former = nil
		}
		return nil
	})
	return left, err
}

// each calls f with each user whose password has the form.
func (e *Newcomers) each(ctx context.Context, p *userpool.Pool, form user.PasswordForm, f func(*user.User) error) error {
	for after := ""; ; {
		users, next, err := e.cfg.Users.List(ctx, p.ID, user.Query{After: after})
		if err != nil {
			return err
		}
		for _, u := range users {
			if u.Password == nil || u.Password.Form != form {
				continue
			}
			if err := f(u); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// forget takes a password of a form from a user, and returns 1 if there was one.
func (e *Newcomers) forget(ctx context.Context, p *userpool.Pool, u *user.User, form user.PasswordForm) (forgot int, err error) {
	_, err = e.cfg.Users.Update(ctx, p, u.Sub, user.Change{Ends: user.Ends{Tokens: true, Browsers: true}, Apply: func(u *user.User) error {
		forgot = 0
		if u.Password != nil && u.Password.Form == form { // else the user has signed in just now
			u.Password, u.Status, forgot = nil, user.ResetRequired, 1
		}
		return nil
	}})
	if errors.Is(err, user.ErrUserNotFound) {
		return 0, nil
	}
	return forgot, err
}
