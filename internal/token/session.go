package token

import (
	"time"

	"gatehouse/internal/fault"
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
