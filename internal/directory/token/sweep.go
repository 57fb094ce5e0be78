package token

import (
	"context"
	"time"
)

// keepExpired is how long what has expired is still told from what never was:
// longer than the longest access token, whose standing hangs on its grant.
const keepExpired = 25 * time.Hour

// Sweep deletes a batch of what expired long ago, and returns how many rows
// went away.
func (e *Engine) Sweep(ctx context.Context, limit int) (int, error) {
	return e.Store.DeleteExpiredTokens(ctx, e.now().Add(-keepExpired), limit)
}
