package token

import (
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrGrantNotFound is for the store to say and the engine to translate.
var ErrGrantNotFound = fault.New(fault.NotFound, "grant_not_found", "There is no such sign-in.")

// GrantID is the origin_jti of every token of one sign-in.
type GrantID string

// Source says how a grant came to be; the tokens of the two differ in claims.
type Source string

// The sources of grants.
const (
	SourceAPI   Source = "api"
	SourceOAuth Source = "oauth"
)

// Grant is one sign-in of one user to one app client.
type Grant struct {
	ID          GrantID
	Pool        userpool.PoolID
	Client      userpool.ClientID
	Sub         user.Sub
	Source      Source
	Scopes      []string
	Resource    string    // the one API that the access tokens are for (RFC 8707); "": none named
	EventID     string    // of the authentication; in every token of the grant
	RefreshHash []byte    // seal.Hash of the refresh token; nil: none was given
	AuthTime    time.Time // when the person proved who they are
	Created     time.Time
	Expires     time.Time // of the refresh token, else of the access token
	Revoked     time.Time // zero: it stands
}

// Stands reports whether g is neither revoked nor expired.
func (g *Grant) Stands(now time.Time) bool { return g.Revoked.IsZero() && now.Before(g.Expires) }
