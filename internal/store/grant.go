package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const grantColumns = `id, pool_id, client_id, sub, source, scopes, resource, event_id, refresh_hash,
	generation, rotated, parent, device_key, device_confirmed, active, device, address, proof, auth_time, created, expires, revoked`

func grantFields(g *token.Grant) []any {
	return []any{&g.ID, &g.Pool, &g.Client, &g.Sub, &g.Source, asJSON{&g.Scopes}, &g.Resource, &g.EventID, &g.RefreshHash,
		&g.Generation, asJSON{&g.Rotated}, &g.Parent, &g.DeviceKey, &g.DeviceConfirmed, asTime{&g.Activity.At}, &g.Activity.Device, &g.Activity.Address,
		asJSON{&g.Proof}, asTime{&g.AuthTime}, asTime{&g.Created}, asTime{&g.Expires}, asTime{&g.Revoked}}
}

// CreateGrant implements [token.GrantStore].
func (s *Store) CreateGrant(ctx context.Context, g *token.Grant, perUser int, c token.Completion) error {
	saved, err := s.createPlainGrant(ctx, g, perUser, c)
	if !saved && err == nil {
		err = s.write(ctx, func(t *tx) error { return t.completeGrant(g, perUser, c) })
	}
	return s.nameOrphan(ctx, g.Client, err)
}

// completeGrant saves a grant and does what its sign-in has left.
func (t *tx) completeGrant(g *token.Grant, perUser int, c token.Completion) error {
	u, err := t.lockUser(g.Pool, g.Sub)
	if err != nil {
		return err
	}
	if err := c.Check(u); err != nil {
		return err
	}
	if err := t.settle(u, c.Proof); err != nil {
		return err
	}
	return t.createGrant(g, perUser)
}

// settle does what a proof of a user, who is locked, has left.
func (t *tx) settle(u *user.User, left token.Leftover) error {
	guessed, err := t.exists(`SELECT 1 FROM attempts WHERE pool_id = $1 AND subject = $2 AND count > 0`, u.Pool, left.Guesser)
	if err != nil || guessed {
		return cmp.Or(err, token.ErrUnsettled)
	}
	if left.Secure != nil {
		if err := left.Secure(&u.Security); err != nil {
			return err
		}
		if err := t.changeOne(`UPDATE users SET security = $3 WHERE pool_id = $1 AND sub = $2`, u.Pool, u.Sub, asSecurity{&u.Security}); err != nil {
			return err
		}
	}
	if left.Once == nil {
		return nil
	}
	return t.spend(signInKey(left.Once.ID), left.Once.Until, left.Once.Used)
}

// createPlainGrant does the same as completeGrant, in statements that need no answer
// in between, and so one round trip to the database. It saves nothing, and returns
// false, if there is more to do than that: a change of the user, trimming, a device.
func (s *Store) createPlainGrant(ctx context.Context, g *token.Grant, perUser int, c token.Completion) (saved bool, err error) {
	u, once := c.User, c.Proof.Once
	tracked := g.Activity.Tracked() && perUser > 0
	if u == nil || u.Password == nil || c.Check(u) != nil || tracked || g.DeviceKey != "" || c.Proof.Secure != nil {
		return false, nil
	}
	statements := []statement{{
		query: `INSERT INTO grants (` + grantColumns + `)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22
			FROM users u WHERE u.pool_id = $2 AND u.sub = $4 AND u.enabled = $23 AND u.status = $24 AND u.has_password AND u.password_salt = $25
				AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.pool_id = $2 AND a.subject = $26 AND a.count > 0)
				AND NOT EXISTS (SELECT 1 FROM grants h WHERE h.pool_id = $2 AND h.sub = $4 LIMIT 1 OFFSET $27)`,
		args:  append(grantFields(g), u.Enabled, u.Status, u.Password.Salt, c.Proof.Guesser, token.MaxGrants+token.SpareGrants-1),
		locks: true,
	}}
	if once != nil {
		statements = append(statements, statement{
			query: `INSERT INTO spent (id, expires) SELECT $1, $2 FROM grants WHERE pool_id = $3 AND id = $4`,
			args:  []any{signInKey(once.ID), once.Until, g.Pool, g.ID},
		})
	}
	changed, err := s.execAll(ctx, statements)
	if once != nil && errors.Is(err, errDuplicate) {
		return false, once.Used
	}
	return err == nil && changed[0] > 0, err
}

// checkUser calls check with a user, who does not change until the transaction
// ends.
func (t *tx) checkUser(pool userpool.PoolID, sub user.Sub, check token.UserCheck) error {
	u, err := t.lockUser(pool, sub)
	if err != nil {
		return err
	}
	return check(u)
}

// nameOrphan says which row is gone that a row of a user's sign-in to a client
// needs: [userpool.ErrClientNotFound] or [user.ErrUserNotFound]. Another error
// stays.
func (s *Store) nameOrphan(ctx context.Context, client userpool.ClientID, err error) error {
	if !errors.Is(err, errOrphan) {
		return err
	}
	if _, gone := s.Client(ctx, client); errors.Is(gone, userpool.ErrClientNotFound) {
		return userpool.NoClient(client)
	}
	return user.ErrUserNotFound.Because(err)
}

func (t *tx) createGrant(g *token.Grant, perUser int) error {
	if err := t.makeRoom(g, perUser); err != nil {
		return err
	}
	if err := t.insertGrant(g); err != nil {
		return err
	}
	// Few users have many: those of the others are counted in the index, not sorted.
	many, err := t.exists(`SELECT 1 FROM grants WHERE pool_id = $1 AND sub = $2 LIMIT 1 OFFSET $3`, g.Pool, g.Sub, token.MaxGrants+token.SpareGrants)
	if err != nil || !many {
		return err
	}
	return t.trimGrants(g)
}

// trimGrants deletes the grants of a user of which there are too many, those that
// are of no use first. Sessions that live by the others ask for their tokens again.
func (t *tx) trimGrants(g *token.Grant) error {
	gone, err := queryAll(t, endFields, `DELETE FROM grants WHERE (pool_id, id) IN
		(SELECT pool_id, id FROM grants WHERE pool_id = $1 AND sub = $2
			ORDER BY CASE WHEN revoked = 0 AND expires > $3 THEN 0 ELSE 1 END, created DESC, id DESC
			LIMIT $4 OFFSET $5) RETURNING revoked, expires`, g.Pool, g.Sub, g.Created, trimBatch, token.MaxGrants)
	stood := func(old *token.Grant) bool { return old.Revoked.IsZero() && old.Expires.After(g.Created) }
	if err != nil || !slices.ContainsFunc(gone, stood) {
		return err
	}
	return t.tellUser(g.Pool, g.Sub, false)
}

func endFields(g *token.Grant) []any { return []any{asTime{&g.Revoked}, asTime{&g.Expires}} }

// trimBatch is the maximum number of a user's rows that go for one new row.
const trimBatch = 100

func (t *tx) insertGrant(g *token.Grant) error {
	saved := *g
	if g.DeviceKey != "" { // the device may have been forgotten while its user signed in
		var err error
		saved.DeviceConfirmed, err = t.exists(`SELECT 1 FROM devices WHERE pool_id = $1 AND sub = $2 AND key = $3`, g.Pool, g.Sub, g.DeviceKey)
		if err != nil {
			return err
		}
	}
	_, err := t.exec(`INSERT INTO grants (`+grantColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`, grantFields(&saved)...)
	return err
}

// Grant implements [token.GrantStore].
func (s *Store) Grant(ctx context.Context, pool userpool.PoolID, id token.GrantID) (*token.Grant, error) {
	return load(ctx, s, token.ErrGrantNotFound, func(t *tx) (*token.Grant, error) {
		return queryOne(t, grantFields, `SELECT `+grantColumns+`
			FROM grants WHERE pool_id = $1 AND id = $2`, pool, id)
	})
}

// GrantByRefresh implements [token.GrantStore].
func (s *Store) GrantByRefresh(ctx context.Context, hash []byte) (*token.Grant, error) {
	return load(ctx, s, token.ErrGrantNotFound, func(t *tx) (*token.Grant, error) {
		return queryOne(t, grantFields, `SELECT `+grantColumns+`
			FROM grants WHERE refresh_hash = $1`, hash)
	})
}

// subOfRefresh is the sub of the grant with the hash $2 in the pool $1.
const subOfRefresh = `(SELECT h.sub FROM grants h WHERE h.refresh_hash = $2 AND h.pool_id = $1)`

// Refreshing implements [token.GrantStore].
func (s *Store) Refreshing(ctx context.Context, pool userpool.PoolID, hash []byte) (*token.Grant, *user.User, []*user.Group, error) {
	var grants []*token.Grant
	var users []*userRow
	groups := []*user.Group{}
	err := s.askAll(ctx,
		ask(&grants, grantFields, `SELECT `+grantColumns+` FROM grants WHERE refresh_hash = $2 AND pool_id = $1`, pool, hash),
		ask(&users, userFields, `SELECT `+userColumns+` FROM users u WHERE u.pool_id = $1 AND u.sub = `+subOfRefresh, pool, hash),
		ask(&groups, groupFields, groupsOf(subOfRefresh), pool, hash))
	if err == nil && len(grants) == 0 {
		err = token.ErrGrantNotFound
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if len(users) == 0 {
		return grants[0], nil, groups, nil
	}
	return grants[0], users[0].user(), groups, nil
}

// GrantByEvent implements [token.GrantStore].
func (s *Store) GrantByEvent(ctx context.Context, pool userpool.PoolID, sub user.Sub, event string) (*token.Grant, error) {
	return load(ctx, s, token.ErrGrantNotFound, func(t *tx) (*token.Grant, error) {
		return queryOne(t, grantFields, `SELECT `+grantColumns+`
			FROM grants WHERE pool_id = $1 AND sub = $2 AND event_id = $3`, pool, sub, event)
	})
}

// UseGrant implements [token.GrantStore].
func (s *Store) UseGrant(ctx context.Context, seen *token.Grant, change func(*token.Grant) error) error {
	pool, id := seen.Pool, seen.ID
	if used, err := s.useUnchanged(ctx, seen, change); used || err != nil {
		return err
	}
	err := s.write(ctx, func(t *tx) error {
		g, err := queryOne(t, grantFields, t.lock(`SELECT `+grantColumns+`
			FROM grants WHERE pool_id = $1 AND id = $2`), pool, id)
		if err != nil {
			return err
		}
		before := g.Generation
		if err := change(g); err != nil {
			return err
		}
		err = t.changeOne(`UPDATE grants SET generation = $3, rotated = $4, active = $5, device = $6, address = $7
			WHERE pool_id = $1 AND id = $2`, pool, id, g.Generation, asJSON{g.Rotated}, g.Activity.At, g.Activity.Device, g.Activity.Address)
		if err != nil || g.Generation == before {
			return err
		}
		return t.useParent(g)
	})
	return translate(err, errNoRow, token.ErrGrantNotFound)
}

// useUnchanged saves what change does to a grant that is as it was seen, in one round
// trip to the database. It saves nothing, and returns false, if there is more to do.
func (s *Store) useUnchanged(ctx context.Context, seen *token.Grant, change func(*token.Grant) error) (used bool, err error) {
	g := *seen
	g.Rotated = slices.Clone(seen.Rotated)
	if !seen.Revoked.IsZero() || change(&g) != nil || g.Parent != "" {
		return false, nil
	}
	changed, err := s.execAll(ctx, []statement{{
		query: `UPDATE grants SET generation = $3, rotated = $4, active = $5, device = $6, address = $7
			WHERE pool_id = $1 AND id = $2 AND revoked = 0 AND generation = $8 AND rotated = $9 AND active = $10`,
		args: []any{seen.Pool, seen.ID, g.Generation, asJSON{g.Rotated}, g.Activity.At, g.Activity.Device, g.Activity.Address,
			seen.Generation, asJSON{seen.Rotated}, seen.Activity.At},
	}})
	return err == nil && changed[0] > 0, err
}

// RevokeGrant implements [token.GrantStore].
func (s *Store) RevokeGrant(ctx context.Context, pool userpool.PoolID, id token.GrantID, now time.Time) error {
	err := s.write(ctx, func(t *tx) error { return t.revokeGrant(pool, id, now) })
	return translate(err, errNoRow, token.ErrGrantNotFound)
}

// revokeGrant revokes a grant. The sessions of its user ask for their tokens again:
// the one that the grant made ends then. A grant that is revoked already stays as
// it is, and nobody is told: anybody who has one used code can send it for ever.
func (t *tx) revokeGrant(pool userpool.PoolID, id token.GrantID, now time.Time) error {
	g, err := queryOne(t, revokedFields, `UPDATE grants SET revoked = $3
		WHERE pool_id = $1 AND id = $2 AND revoked = 0 RETURNING sub`, pool, id, now)
	if errors.Is(err, errNoRow) {
		return t.requireGrant(pool, id)
	}
	if err != nil || g.Sub == "" { // "": of a machine
		return err
	}
	return t.tellUser(pool, g.Sub, false)
}

// requireGrant returns errNoRow if there is no such grant.
func (t *tx) requireGrant(pool userpool.PoolID, id token.GrantID) error {
	found, err := t.exists(`SELECT 1 FROM grants WHERE pool_id = $1 AND id = $2`, pool, id)
	if err == nil && !found {
		return errNoRow
	}
	return err
}

func revokedFields(g *token.Grant) []any { return []any{&g.Sub} }

// RevokeGrantsOf implements [token.GrantStore].
func (s *Store) RevokeGrantsOf(ctx context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) error {
	ends := user.Ends{Tokens: true}
	return s.write(ctx, func(t *tx) error {
		if err := t.endCodes(pool, sub, ends); err != nil {
			return err
		}
		u, err := t.lockUser(pool, sub)
		if err != nil {
			return err
		}
		u.Modified = now // not saved: the user stays as it is
		if err := t.end(u, ends); err != nil {
			return err
		}
		return t.tellUser(pool, sub, true)
	})
}

func (t *tx) revokeGrantsOf(pool userpool.PoolID, sub user.Sub, now time.Time) error {
	_, err := t.exec(`UPDATE grants SET revoked = $3
		WHERE pool_id = $1 AND sub = $2 AND revoked = 0`, pool, sub, now)
	return err
}

func deleteGrantsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM grants WHERE (pool_id, id) IN
		(SELECT pool_id, id FROM grants WHERE expires < $1 LIMIT $2)`, before, limit)
}
