package token

import (
	"context"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Store keeps signing keys, grants, authorization codes and browser sessions.
// Every method is one transaction; a time given as now becomes the time of the
// change. All of it goes away with its pool, and what belongs to a client or a
// user with that one.
type Store interface {
	// SigningKeys returns the pool's keys by Created, then ID; none is no error.
	SigningKeys(ctx context.Context, pool userpool.PoolID) ([]SigningKey, error)
	// AddSigningKeys adds each key unless the pool has one of that Use, and
	// returns the keys that stand then, so that two nodes that make keys at
	// once agree. It fails with userpool.ErrPoolNotFound.
	AddSigningKeys(ctx context.Context, pool userpool.PoolID, keys []SigningKey) ([]SigningKey, error)

	// CreateGrant saves a new grant.
	CreateGrant(ctx context.Context, g *Grant) error
	// Grant and GrantByRefresh return a grant, revoked and expired ones too, or
	// ErrGrantNotFound.
	Grant(ctx context.Context, pool userpool.PoolID, id GrantID) (*Grant, error)
	GrantByRefresh(ctx context.Context, hash []byte) (*Grant, error)
	// RevokeGrant sets Revoked, unless it is set already. No such grant:
	// ErrGrantNotFound.
	RevokeGrant(ctx context.Context, pool userpool.PoolID, id GrantID, now time.Time) error
	// RevokeGrantsOf revokes every grant of the user and sets the user's
	// SignedOut to now. No such user: user.ErrUserNotFound.
	RevokeGrantsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) error
	// RevokeGrantsOfClient revokes every grant of the app client.
	RevokeGrantsOfClient(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, now time.Time) error

	// CreateAuthCode saves a new code.
	CreateAuthCode(ctx context.Context, c *Code) error
	// AuthCode returns a code, used and expired ones too, or ErrCodeUnknown.
	AuthCode(ctx context.Context, hash []byte) (*Code, error)
	// RedeemAuthCode uses a code up. No such code: ErrCodeUnknown. Used
	// already: the grant that came of it is revoked, and ErrCodeUsed returned.
	// Else redeem is asked: if it fails, nothing is changed and its error
	// returned; if it returns a grant, that is saved, and the code's Used and
	// Grant are set. Of all callers on all nodes one gets nil. redeem must not
	// call the store, and may be called more than once.
	RedeemAuthCode(ctx context.Context, hash []byte, now time.Time, redeem func(*Code) (*Grant, error)) error

	// CreateBrowserSession saves a new session.
	CreateBrowserSession(ctx context.Context, s *BrowserSession) error
	// BrowserSession returns a session, expired ones too, or ErrSessionUnknown.
	BrowserSession(ctx context.Context, hash []byte) (*BrowserSession, error)
	// DeleteBrowserSession deletes a session. Deleting none is no error.
	DeleteBrowserSession(ctx context.Context, hash []byte) error
	// DeleteBrowserSessionsOf deletes every session of a user.
	DeleteBrowserSessionsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub) error

	// DeleteExpiredTokens deletes at most limit each of the grants, codes and
	// browser sessions whose Expires is before the time given, and returns how
	// many rows went away.
	DeleteExpiredTokens(ctx context.Context, before time.Time, limit int) (int, error)
}
