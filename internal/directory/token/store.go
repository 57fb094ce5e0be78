package token

import (
	"context"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Store keeps everything that the engine keeps. Every method is one
// transaction. A time that is passed as now becomes the time of the change.
// Rows go away with their pool, and those of a client or user with that client
// or user. Grants, codes and browser sessions are deleted by the store itself,
// but not before they have been expired for 25 hours.
type Store interface {
	KeyStore
	GrantStore
	CodeStore
	BrowserSessionStore
	UserSessionStore
}

// UserCheck is called with the user for whom something is saved. The user stays as
// it is until that is saved. If the check fails, nothing is saved and its error is
// returned. It must not call the store, and may be called more than once.
type UserCheck func(*user.User) error

// KeyStore keeps the signing keys of pools.
type KeyStore interface {
	// SigningKeys returns the pool's keys by Number, Created and ID. A pool
	// without keys is no error.
	SigningKeys(ctx context.Context, pool userpool.PoolID) ([]SigningKey, error)
	// AddSigningKeys adds each key unless the pool has a key of the same Use and
	// Number, and returns the keys that the pool has then: two nodes that make
	// keys at once get the same result. Errors: userpool.ErrPoolNotFound.
	AddSigningKeys(ctx context.Context, pool userpool.PoolID, keys []SigningKey) ([]SigningKey, error)
	// DeleteSigningKey deletes a key of the pool. An unknown key is no error.
	DeleteSigningKey(ctx context.Context, pool userpool.PoolID, id string) error
}

// GrantStore keeps grants.
type GrantStore interface {
	// CreateGrant saves a new grant. If the user then has more than MaxGrants and
	// SpareGrants, it keeps the newest MaxGrants: first go those that are revoked or
	// expired at the grant's Created, then the oldest. That holds for every method
	// that saves a grant.
	// If the grant is tracked, the user has at most perUser tracked grants that
	// stand at its Created, with this one: the others that were not used for the
	// longest time are revoked. 0: as many as there are.
	// The grant's DeviceConfirmed is saved as it is then.
	// Errors: userpool.ErrClientNotFound and user.ErrUserNotFound for what was
	// deleted meanwhile, and those of the completion.
	CreateGrant(ctx context.Context, g *Grant, perUser int, c Completion) error
	// Grant returns a grant, also a revoked or expired one, or ErrGrantNotFound.
	Grant(ctx context.Context, pool userpool.PoolID, id GrantID) (*Grant, error)
	// GrantByRefresh is Grant for the hash of a refresh token.
	GrantByRefresh(ctx context.Context, hash []byte) (*Grant, error)
	// Refreshing returns GrantByRefresh of a pool with its user and the groups of that user, in one
	// round trip to the database. The user is nil if it is gone.
	Refreshing(ctx context.Context, pool userpool.PoolID, hash []byte) (*Grant, *user.User, []*user.Group, error)
	// GrantByEvent is Grant for a user's EventID.
	GrantByEvent(ctx context.Context, pool userpool.PoolID, sub user.Sub, event string) (*Grant, error)
	// UseGrant loads the grant seen anew and saves what change does to its Generation,
	// Rotated and Activity. If nothing of these has changed since seen, it need not load
	// it. If its Generation changes, the activity of its Parent moves on.
	// change must not call the store, and may be called more than once. If it
	// returns an error, nothing is saved. Several callers, on any nodes, change the
	// grant one after the other. Errors: ErrGrantNotFound.
	UseGrant(ctx context.Context, seen *Grant, change func(*Grant) error) error
	// RevokeGrant sets Revoked to now, unless it is set already. Errors:
	// ErrGrantNotFound.
	RevokeGrant(ctx context.Context, pool userpool.PoolID, id GrantID, now time.Time) error
	// RevokeGrantsOf revokes every grant of the user and deletes the user's
	// authorization codes. No grant comes of a code that was saved before. Errors: user.ErrUserNotFound.
	RevokeGrantsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) error
}

// CodeStore keeps authorization codes.
type CodeStore interface {
	// CreateAuthCode saves a new code. Of the user's codes, it keeps the newest
	// MaxCodes. Errors: as CreateGrant.
	CreateAuthCode(ctx context.Context, c *Code, check UserCheck) error
	// AuthCode returns a code, also a used or expired one, or ErrCodeUnknown.
	AuthCode(ctx context.Context, hash []byte) (*Code, error)
	// RedeemAuthCode uses a code up. It calls redeem with the code. If redeem
	// fails, nothing changes and its error is returned. If redeem returns a
	// grant, the grant is saved with perUser as by CreateGrant, the code's Used and
	// Grant are set, and the activity of the grant's Parent moves on. redeem
	// must not call the store, and may be called more than once. When several
	// callers, on any nodes, redeem the same code, exactly one gets nil.
	//
	// Errors: ErrCodeUnknown; ErrCodeUsed for a code that is used up, after
	// revoking the grant that was made for it.
	RedeemAuthCode(ctx context.Context, hash []byte, now time.Time, perUser int, redeem func(*Code) (*Grant, error)) error
}

// BrowserSessionStore keeps browser sessions.
type BrowserSessionStore interface {
	// CreateBrowserSession saves a new session. Of the user's sessions, it keeps the
	// newest MaxSessions. If the session is tracked, it keeps the MaxTrackedSessions
	// tracked ones that were used last. Errors: user.ErrUserNotFound, and those of
	// check.
	CreateBrowserSession(ctx context.Context, s *BrowserSession, check UserCheck) error
	// BrowserSessions returns the sessions with these hashes, also expired ones, the
	// oldest first. An unknown one is no error.
	BrowserSessions(ctx context.Context, hashes [][]byte) ([]*BrowserSession, error)
	// DeleteBrowserSessions deletes sessions. An unknown one is no error.
	DeleteBrowserSessions(ctx context.Context, hashes [][]byte) error
}

// UserSessionStore lists and ends the sign-ins of one user that are tracked.
type UserSessionStore interface {
	// TrackedGrants returns the tracked grants of the user that stand at now.
	TrackedGrants(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) ([]*Grant, error)
	// TrackedBrowserSessions returns the tracked browser sessions of the user that
	// have not expired at now.
	TrackedBrowserSessions(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) ([]*BrowserSession, error)
	// EndTracked ends what e names, all of it or nothing. Errors:
	// ErrUserSessionUnknown if e.Grant, or without it e.Browser, has ended already.
	EndTracked(ctx context.Context, e Ending, now time.Time) error
}

// Ending says which sign-ins of a user end together.
type Ending struct {
	Pool     userpool.PoolID
	Sub      user.Sub
	Grant    GrantID   // "": none
	Browser  SessionID // a browser session; "": none
	Children bool      // also what came of Browser: its grants, and codes that are not used yet
}
