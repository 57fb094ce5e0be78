package token

import (
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrGrantNotFound is an error of the store. The engine returns it to no caller.
var ErrGrantNotFound = fault.New(fault.NotFound, "grant_not_found", "There is no such sign-in.")

// GrantID is the origin_jti of every token of one sign-in.
type GrantID string

// Source is where a grant comes from. Tokens of the two sources have different
// claims.
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
	Resource    string      // the API for which the access tokens are (RFC 8707); "": not named
	EventID     string      // of the authentication; in every token of the grant
	RefreshHash []byte      // seal.Hash of the refresh token's handle; nil: there is no refresh token
	Generation  int         // of the refresh token that is valid now; 0: the first
	Rotated     []time.Time // when the refresh tokens just before it were replaced, oldest first
	Parent      SessionID   // the browser session through which it came; "": none, or not tracked
	Activity    Activity    // see [UserSession]
	DeviceKey   device.Key  // of the device on which the user signed in; "": none
	// DeviceConfirmed reports whether the user has a device with the key. The store
	// sets it.
	DeviceConfirmed bool
	Proof           Proof
	AuthTime        time.Time // when the person proved who they are
	Created         time.Time
	Expires         time.Time // of the refresh token, else of the access token
	Revoked         time.Time // zero: not revoked
}

// What one user can have at once. A person is far below. Without a ceiling, a
// program that signs in again and again would fill the database.
const (
	MaxGrants   = 1000 // sign-ins to app clients, with their refresh tokens
	SpareGrants = 50   // how many more may stay until the oldest are looked for
	MaxCodes    = 1000 // authorization codes, used ones included
	MaxSessions = 100  // browsers that are signed in
	// MaxTrackedSessions is how many of the browsers can be tracked. Cognito lists
	// at most 125 sessions of a user, 100 of which are refresh tokens.
	MaxTrackedSessions = 25
)

// Stands reports whether g is neither revoked nor expired at now.
func (g *Grant) Stands(now time.Time) bool { return g.Revoked.IsZero() && now.Before(g.Expires) }
