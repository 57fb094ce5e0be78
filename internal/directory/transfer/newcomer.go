package transfer

import (
	"context"
	"errors"
	"sync"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/foreignhash"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Newcomer is a user whom another system knew.
type Newcomer struct {
	Username   string
	Sub        user.Sub // "": a new one
	Attributes map[string]string
	Groups     []string
	Disabled   bool
	Hash       *foreignhash.Hash // nil: the user chooses a password with a code
}

// NewcomersConfig is what [Newcomers] need. Every field must be set.
type NewcomersConfig struct {
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
}

// Newcomers takes users of other systems into a pool, with the hashes of their
// passwords. Safe for concurrent use.
type Newcomers struct {
	cfg NewcomersConfig
	mu  sync.Mutex // of the change of a pool's forms
}

// NewNewcomers returns what takes users in.
func NewNewcomers(c NewcomersConfig) *Newcomers { return &Newcomers{cfg: c} }

// Add makes the user, in the groups, which must exist. If the same user was added
// before and has not signed in since, only groups that are missing are added. If Add fails, nothing was written, unless the database failed. userpool.ErrManyForms,
// user.ErrUsernameExists, user.ErrAliasExists, user.ErrAttributes, user.ErrUsername,
// user.ErrGroupNotFound.
func (e *Newcomers) Add(ctx context.Context, p *userpool.Pool, n Newcomer) error {
	u, err := e.draft(p, n)
	if err != nil {
		return err
	}
	for _, group := range n.Groups {
		_, err := e.cfg.Users.Group(ctx, p.ID, group)
		if errors.Is(err, user.ErrGroupNotFound) {
			err = user.ErrGroupNotFound.Saying("The pool has no group %q: make it first.", group)
		}
		if err != nil {
			return err
		}
	}
	if err := e.allow(ctx, p, n.Hash); err != nil {
		return err
	}
	err = e.cfg.Users.Create(ctx, p, u, false)
	if errors.Is(err, user.ErrUsernameExists) {
		u, err = e.same(ctx, p, n)
	}
	if err != nil {
		return err
	}
	for _, group := range n.Groups {
		if err := e.cfg.Users.AddMember(ctx, group, u); err != nil {
			return err
		}
	}
	return nil
}

func (e *Newcomers) draft(p *userpool.Pool, n Newcomer) (*user.User, error) {
	status := user.Confirmed
	if n.Hash == nil {
		status = user.ResetRequired
	}
	u, err := e.cfg.Users.Draft(p, user.NewUser{Username: n.Username, Sub: n.Sub, Attributes: n.Attributes, Status: status})
	if err != nil {
		return nil, err
	}
	u.Enabled = !n.Disabled
	if n.Hash != nil {
		u.Password, err = e.cfg.Credentials.KeepForeign(p, u, n.Hash)
	}
	return u, err
}

// allow lets the pool have the form of a hash, before a user has it.
func (e *Newcomers) allow(ctx context.Context, p *userpool.Pool, h *foreignhash.Hash) error {
	if h == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cfg.Pools.AllowForeignHash(ctx, p, h.Form())
}

// same returns the user with the newcomer's name, if it is this very newcomer, or
// user.ErrUsernameExists.
func (e *Newcomers) same(ctx context.Context, p *userpool.Pool, n Newcomer) (*user.User, error) {
	u, err := e.cfg.Users.Find(ctx, p, n.Username)
	if errors.Is(err, user.ErrUserNotFound) { // another user has the sub
		return nil, user.ErrUsernameExists
	}
	if err != nil {
		return nil, err
	}
	same, err := e.cfg.Credentials.SameForeign(u, n.Hash)
	if err != nil {
		return nil, err
	}
	if !same || n.Sub != "" && n.Sub != u.Sub {
		return nil, user.ErrUsernameExists
	}
	return u, nil
}
