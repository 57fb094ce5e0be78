package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrSessionUnknown says that a browser is not signed in, or not any more.
var ErrSessionUnknown = fault.New(fault.NotFound, "browser_session_unknown", "There is no such session.")

// sessionLife is how long a browser stays signed in, counted from the sign-in
// and not extended by use. Cognito: the cookie of managed login, 1 hour.
const sessionLife = time.Hour

// BrowserSession is a browser in which a user has signed in to a pool. It
// signs the user in to any app client of the pool.
type BrowserSession struct {
	Hash     []byte // seal.Hash of the handle in the cookie
	Pool     userpool.PoolID
	Sub      user.Sub
	Provider string // who proved the identity: userpool.ProviderCognito, or an identity provider
	AuthTime time.Time
	Created  time.Time
	Expires  time.Time
}

// SignedIn is a user who proved who they are, and when.
type SignedIn struct {
	User     *user.User
	AuthTime time.Time
	Provider string    // userpool.ProviderCognito, or an identity provider
	Expires  time.Time // of the browser session; zero: there is none
}

// StartSession remembers that the user signed in with this browser just now,
// at provider. The handle is for the browser's cookie.
func (e *Engine) StartSession(ctx context.Context, pool *userpool.Pool, u *user.User, provider string) (handle seal.Secret, who SignedIn, err error) {
	now := e.now()
	handle = seal.Secret(ids.Token())
	s := &BrowserSession{
		Hash: seal.Hash(handle.Reveal()), Pool: pool.ID, Sub: u.Sub, Provider: provider,
		AuthTime: now, Created: now, Expires: now.Add(sessionLife),
	}
	if err := e.store.CreateBrowserSession(ctx, s); err != nil {
		return "", SignedIn{}, fmt.Errorf("save browser session: %w", err)
	}
	return handle, SignedIn{User: u, AuthTime: now, Provider: provider, Expires: s.Expires}, nil
}

// Session returns who is signed in to pool with this browser, or
// ErrSessionUnknown: also for a user who was disabled or deleted meanwhile.
func (e *Engine) Session(ctx context.Context, pool *userpool.Pool, handle seal.Secret) (*SignedIn, error) {
	if handle == "" {
		return nil, ErrSessionUnknown
	}
	s, err := e.store.BrowserSession(ctx, seal.Hash(handle.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("load browser session: %w", err)
	}
	if s.Pool != pool.ID || !e.now().Before(s.Expires) {
		return nil, ErrSessionUnknown
	}
	u, err := e.Users.User(ctx, pool.ID, s.Sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return nil, ErrSessionUnknown.Because(errUserGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load user: %w", err)
	}
	if !u.Enabled {
		return nil, ErrSessionUnknown.Because(errUserDisabled)
	}
	return &SignedIn{User: u, AuthTime: s.AuthTime, Provider: s.Provider, Expires: s.Expires}, nil
}

// EndSession signs the browser out. An unknown handle is no error.
func (e *Engine) EndSession(ctx context.Context, handle seal.Secret) error {
	return e.store.DeleteBrowserSession(ctx, seal.Hash(handle.Reveal()))
}

// EndSessionsOf signs the user out of every browser: for a user who is
// disabled, or whose password was reset.
func (e *Engine) EndSessionsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error {
	return e.store.DeleteBrowserSessionsOf(ctx, pool, sub)
}
