package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// nextRefresh uses a refresh token up and returns the one that follows it. Calls
// with the same token during the grace period get the same answer, on any node:
// two tabs of a browser that refresh at once keep one family of tokens, in which a
// thief is noticed. Errors: ErrRefreshReused, after revoking the grant;
// ErrRefreshRevoked.
func (e *Engine) nextRefresh(ctx context.Context, client *userpool.Client, g *Grant, used refreshToken, now time.Time) (seal.Secret, error) {
	var next refreshToken
	err := e.changeGrant(ctx, g, func(g *Grant) error {
		switch {
		case !g.Revoked.IsZero():
			return ErrRefreshRevoked
		case used.generation >= g.Generation:
			g.rotate(used.generation, now, client.RefreshGrace())
		case !g.accepts(used.generation, now, client.RefreshGrace()):
			return ErrRefreshReused
		}
		next = refreshToken{used.handle, g.Generation}
		return nil
	})
	if errors.Is(err, ErrRefreshReused) {
		return "", e.endReused(ctx, g, now)
	}
	if err != nil {
		return "", err
	}
	return e.refreshText(next), nil
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
	err := e.store.RotateGrant(ctx, g.Pool, g.ID, change)
	if errors.Is(err, ErrGrantNotFound) {
		return ErrRefreshInvalid.Because(err)
	}
	if err != nil {
		return fmt.Errorf("rotate refresh token: %w", err)
	}
	return nil
}
