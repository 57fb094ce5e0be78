package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// TrackedGrants implements [token.UserSessionStore].
func (s *Store) TrackedGrants(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) ([]*token.Grant, error) {
	return load(ctx, s, nil, func(t *tx) ([]*token.Grant, error) {
		return queryAll(t, grantFields, `SELECT `+grantColumns+`
			FROM grants WHERE pool_id = $1 AND sub = $2 AND active > 0 AND revoked = 0 AND expires > $3`, pool, sub, now)
	})
}

// TrackedBrowserSessions implements [token.UserSessionStore].
func (s *Store) TrackedBrowserSessions(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) ([]*token.BrowserSession, error) {
	return load(ctx, s, nil, func(t *tx) ([]*token.BrowserSession, error) {
		return queryAll(t, browserSessionFields, `SELECT `+browserSessionColumns+`
			FROM browser_sessions WHERE pool_id = $1 AND sub = $2 AND active > 0 AND expires > $3`, pool, sub, now)
	})
}

// EndTracked implements [token.UserSessionStore]. What it locks it locks in the
// order of the other methods: codes, grants, browser sessions.
func (s *Store) EndTracked(ctx context.Context, e token.Ending, now time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		if e.Children {
			if err := t.endChildren(e, now); err != nil {
				return err
			}
		}
		if e.Grant != "" {
			if err := t.changeOne(`UPDATE grants SET revoked = $4
				WHERE pool_id = $1 AND sub = $2 AND id = $3 AND revoked = 0`, e.Pool, e.Sub, e.Grant, now); err != nil {
				return err
			}
		}
		if e.Browser != "" {
			n, err := t.exec(`DELETE FROM browser_sessions WHERE pool_id = $1 AND sub = $2 AND id = $3`, e.Pool, e.Sub, e.Browser)
			if err == nil && n == 0 && e.Grant == "" {
				err = errNoRow
			}
			if err != nil {
				return err
			}
		}
		return t.tellUser(e.Pool, e.Sub, false)
	})
	return translate(err, errNoRow, token.ErrUserSessionUnknown)
}

// endChildren ends what came of a browser session: its grants, and the codes for
// further ones.
func (t *tx) endChildren(e token.Ending, now time.Time) error {
	if _, err := t.exec(`DELETE FROM auth_codes WHERE pool_id = $1 AND sub = $2 AND parent = $3`, e.Pool, e.Sub, e.Browser); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE grants SET revoked = $4
		WHERE pool_id = $1 AND sub = $2 AND parent = $3 AND revoked = 0`, e.Pool, e.Sub, e.Browser, now)
	return err
}

// makeRoom revokes the tracked grants of a user of which there are too many beside
// the new one g, the one that was not used for the longest time first. The caller has
// locked the user, so that sign-ins at once do not overlook each other.
func (t *tx) makeRoom(g *token.Grant, perUser int) error {
	if !g.Activity.Tracked() || perUser == 0 {
		return nil
	}
	n, err := t.exec(`UPDATE grants SET revoked = $3 WHERE (pool_id, id) IN
		(SELECT pool_id, id FROM grants WHERE pool_id = $1 AND sub = $2 AND active > 0 AND revoked = 0 AND expires > $3
			ORDER BY active DESC, id DESC LIMIT $4 OFFSET $5)`, g.Pool, g.Sub, g.Created, token.MaxGrants, perUser-1)
	if err != nil || n == 0 {
		return err
	}
	return t.tellUser(g.Pool, g.Sub, false)
}

// useParent moves the last use of the browser session through which g came.
func (t *tx) useParent(g *token.Grant) error {
	if g.Parent == "" || !g.Activity.Tracked() {
		return nil
	}
	_, err := t.exec(`UPDATE browser_sessions SET active = $4
		WHERE pool_id = $1 AND sub = $2 AND id = $3 AND active > 0`, g.Pool, g.Sub, g.Parent, g.Activity.At)
	return err
}

// makeBrowserRoom deletes the tracked browser sessions of a user of which there are
// too many beside the new one b. See makeRoom.
func (t *tx) makeBrowserRoom(b *token.BrowserSession) error {
	if !b.Activity.Tracked() {
		return nil
	}
	_, err := t.exec(`DELETE FROM browser_sessions WHERE hash IN
		(SELECT hash FROM browser_sessions WHERE pool_id = $1 AND sub = $2 AND active > 0 AND expires > $3
			ORDER BY active DESC, hash DESC LIMIT $4 OFFSET $5)`, b.Pool, b.Sub, b.Created, token.MaxSessions, token.MaxTrackedSessions-1)
	return err
}
