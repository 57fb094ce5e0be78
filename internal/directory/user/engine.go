package user

import (
	"bytes"
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/userpool"
)

// Store keeps users and groups: one small interface for each noun. Every method
// is one transaction.
type Store interface {
	UserStore
	GroupStore
	IdentityStore
}

// Config is what an [Engine] needs. Every field without a comment must be set.
type Config struct {
	Store Store
	Now   func() time.Time
	// Gained is told of the factors that a user has now and had not before. nil:
	// nobody is told.
	Gained func(ctx context.Context, u *User, factors []string)
	// Readdressed is told of the verified e-mail address that a user had until now and
	// has no more. nil: nobody is.
	Readdressed func(ctx context.Context, u *User, former string)
}

// Engine finds, lists and changes users and groups. Safe for concurrent use. Its
// store is out of reach, so that no caller can go past the rules.
type Engine struct {
	store  Store
	clock  func() time.Time
	gained func(ctx context.Context, u *User, factors []string)

	readdressed func(ctx context.Context, u *User, former string)
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{store: c.Store, clock: c.Now, gained: c.Gained, readdressed: c.Readdressed}
}

// now returns the time of one operation, in the precision that the store keeps.
func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }

// Find returns the user whom a name means in a pool: its username, an alias or
// its sub. ErrUserNotFound.
func (e *Engine) Find(ctx context.Context, p *userpool.Pool, name string) (*User, error) {
	return e.store.UserByKey(ctx, p.ID, p.Case(name))
}

// User returns the user with a sub. ErrUserNotFound.
func (e *Engine) User(ctx context.Context, pool userpool.PoolID, sub Sub) (*User, error) {
	return e.store.User(ctx, pool, sub)
}

// List returns a page of the users that q asks for, and the value of After with
// which q asks for the next page: "" after the last page. A Limit of 0 means
// [userpool.MaxPage], which is also the most.
func (e *Engine) List(ctx context.Context, pool userpool.PoolID, q Query) (users []*User, next string, err error) {
	q.Limit = userpool.PageSize(q.Limit, userpool.MaxPage)
	return e.store.Users(ctx, pool, q)
}

// Count returns how many users a pool has. The number may be out of date by some
// minutes.
func (e *Engine) Count(ctx context.Context, pool userpool.PoolID) (int, error) {
	return e.store.CountUsers(ctx, pool)
}

// Create saves a drafted user. If takeAliases is true, a user who has one of its
// aliases loses that alias. ErrUsernameExists, ErrAliasExists.
func (e *Engine) Create(ctx context.Context, p *userpool.Pool, u *User, takeAliases bool) error {
	u.index(p)
	return NameClash(p, e.store.CreateUser(ctx, u, takeAliases))
}

// Update changes a user. ErrUserNotFound, ErrAliasExists, and the errors that
// change returns.
func (e *Engine) Update(ctx context.Context, p *userpool.Pool, sub Sub, change Change) (*User, error) {
	return e.update(ctx, p.ID, sub, e.Indexed(p, change))
}

// update saves a change, and tells what the user has gained, and the address that is given up.
func (e *Engine) update(ctx context.Context, pool userpool.PoolID, sub Sub, change Change) (*User, error) {
	var before Security
	var address string
	apply := change.Apply
	change.Apply = func(u *User) error {
		before, address = u.Security, ""
		if u.Verified("email") {
			address = u.Attributes["email"]
		}
		return apply(u)
	}
	u, err := e.store.UpdateUser(ctx, pool, sub, change)
	if err != nil {
		return nil, err
	}
	if factors := u.Security.beyond(before); e.gained != nil && len(factors) > 0 {
		e.gained(ctx, u, factors)
	}
	if e.readdressed != nil && address != "" && u.Attributes["email"] != address {
		e.readdressed(ctx, u, address)
	}
	return u, nil
}

// UpdateSecurity changes what the pool keeps of u to sign it in, and nothing else:
// not even the time of the last change, since the owner of the user has changed
// nothing. change may run more than once. ErrUserNotFound, and the errors that
// change returns.
func (e *Engine) UpdateSecurity(ctx context.Context, u *User, change func(*Security) error) error {
	_, err := e.update(ctx, u.Pool, u.Sub, Change{Apply: func(u *User) error { return change(&u.Security) }})
	return err
}

// ReplaceForeign calls change with u as the store has it, if u has still the password
// that it had, in a form that is no verifier: change puts a verifier in its place. Then
// *u is what the store has. If another call was first, change is not called. It returns
// false if the user has another password by now, or is gone. Like UpdateSecurity, it is
// no change of the user's owner.
func (e *Engine) ReplaceForeign(ctx context.Context, u *User, change func(*User)) (same bool, err error) {
	now, err := e.store.UpdateUser(ctx, u.Pool, u.Sub, Change{Apply: func(now *User) error {
		if now.Password == nil || !bytes.Equal(now.Password.Salt, u.Password.Salt) {
			return errOvertaken
		}
		if now.Password.Form != FormSRP {
			change(now)
		}
		return nil
	}})
	if errors.Is(err, errOvertaken) || errors.Is(err, ErrUserNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now.Identities = u.Identities
	*u = *now
	return true, nil
}

// errOvertaken ends a change of a user who has another password by now.
var errOvertaken = errors.New("the user has another password by now")

// Delete removes a user with its memberships, codes, tokens and browser
// sessions. ErrUserNotFound.
func (e *Engine) Delete(ctx context.Context, pool userpool.PoolID, sub Sub) error {
	return e.store.DeleteUser(ctx, pool, sub)
}

// Indexed returns change with what must follow every change of a user: it sets
// the names, the search values and the time. Another engine that saves a user
// with its own store method wraps its change with Indexed.
func (e *Engine) Indexed(p *userpool.Pool, change Change) Change {
	apply := change.Apply
	change.Apply = func(u *User) error {
		if err := apply(u); err != nil {
			return err
		}
		u.Modified = e.now()
		u.index(p)
		return nil
	}
	return change
}

// NameClash returns the error that a new user gets for an error of the store:
// ErrUsernameExists for a clash of the attribute that is the username in the pool.
func NameClash(p *userpool.Pool, err error) error {
	if errors.Is(err, ErrAliasExists) && len(p.Settings.UsernameAttributes) > 0 {
		return ErrUsernameExists.Because(err)
	}
	return err
}
