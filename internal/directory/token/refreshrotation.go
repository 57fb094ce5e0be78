package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// use is one use of a refresh token.
type use struct {
	client   *userpool.Client
	token    refreshToken
	activity Activity // zero: the pool does not track sessions
	now      time.Time
}

// nextRefresh uses a refresh token up and returns the one that follows it. Calls
// with the same token during the grace period get the same answer, on any node:
// two tabs of a browser that refresh at once keep one family of tokens, in which a
// thief is noticed. Errors: ErrRefreshReused, after revoking the grant;
// ErrRefreshRevoked.
func (e *Engine) nextRefresh(ctx context.Context, g *Grant, u use) (seal.Secret, error) {
	var next refreshToken
	used, grace := u.token, u.client.RefreshGrace()
	err := e.changeGrant(ctx, g, func(g *Grant) error {
		switch {
		case !g.Revoked.IsZero():
			return ErrRefreshRevoked
		case used.generation >= g.Generation:
			g.rotate(used.generation, u.now, grace)
		case !g.accepts(used.generation, u.now, grace):
			return ErrRefreshReused
		}
		g.note(u)
		next = refreshToken{used.handle, g.Generation}
		return nil
	})
	if errors.Is(err, ErrRefreshReused) {
		return "", e.endReused(ctx, g, u.now)
	}
	if err != nil {
		return "", err
	}
	return e.refreshText(next), nil
}

// noteUse records a use that leaves the refresh token as it is.
func (e *Engine) noteUse(ctx context.Context, g *Grant, u use) error {
	return e.changeGrant(ctx, g, func(g *Grant) error {
		if !g.Revoked.IsZero() {
			return ErrRefreshRevoked
		}
		g.note(u)
		return nil
	})
}

// note records a use of the grant, if the grant is tracked. No use begins to track
// it. Cognito: a session begins with a sign-in, never by refresh.
func (g *Grant) note(u use) {
	if g.Activity.Tracked() && u.activity.Tracked() {
		g.Activity = u.activity
	}
}

// endReused revokes the grant of a refresh token that was used up before, and
// returns ErrRefreshReused: either the owner or a thief used it the first time, and
// nobody can tell which of them holds the token that is valid now.
// RFC 9700 §4.14.2.
func (e *Engine) endReused(ctx context.Context, g *Grant, now time.Time) error {
	err := e.store.RevokeGrant(ctx, g.Pool, g.ID, now)
	if err != nil && !errors.Is(err, ErrGrantNotFound) {
		return fmt.Errorf("revoke grant: %w", err)
	}
	return ErrRefreshReused
}

func (e *Engine) changeGrant(ctx context.Context, g *Grant, change func(*Grant) error) error {
	err := e.store.UseGrant(ctx, g, change)
	if errors.Is(err, ErrGrantNotFound) {
		return ErrRefreshInvalid.Because(err)
	}
	if err != nil {
		return fmt.Errorf("use refresh token: %w", err)
	}
	return nil
}
