package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

func authCodeFields(c *token.Code) []any {
	return []any{&c.Hash, &c.Pool, &c.Client, &c.Sub, &c.RedirectURI, asJSON{&c.Scopes}, &c.Resource, &c.Nonce, &c.Challenge,
		&c.Parent, asJSON{&c.Proof}, asTime{&c.AuthTime}, asTime{&c.Created}, asTime{&c.Expires}, asTime{&c.Used}, &c.Grant}
}

// CreateAuthCode implements [token.CodeStore].
func (s *Store) CreateAuthCode(ctx context.Context, c *token.Code, check token.UserCheck) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.checkUser(c.Pool, c.Sub, check); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO auth_codes (hash, pool_id, client_id, sub, redirect_uri, scopes, resource, nonce, challenge,
				parent, proof, auth_time, created, expires, used, grant_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`, authCodeFields(c)...)
		if err != nil {
			return err
		}
		many, err := t.exists(`SELECT 1 FROM auth_codes WHERE pool_id = $1 AND sub = $2 LIMIT 1 OFFSET $3`, c.Pool, c.Sub, token.MaxCodes)
		if err != nil || !many {
			return err
		}
		_, err = t.exec(`DELETE FROM auth_codes WHERE hash IN
			(SELECT hash FROM auth_codes WHERE pool_id = $1 AND sub = $2
				ORDER BY created DESC, hash DESC LIMIT $3 OFFSET $4)`, c.Pool, c.Sub, trimBatch, token.MaxCodes)
		return err
	})
	return s.nameOrphan(ctx, c.Client, err)
}

// AuthCode implements [token.CodeStore].
func (s *Store) AuthCode(ctx context.Context, hash []byte) (*token.Code, error) {
	return load(ctx, s, token.ErrCodeUnknown, func(t *tx) (*token.Code, error) {
		return queryOne(t, authCodeFields, `SELECT hash, pool_id, client_id, sub, redirect_uri, scopes, resource, nonce, challenge,
				parent, proof, auth_time, created, expires, used, grant_id
			FROM auth_codes WHERE hash = $1`, hash)
	})
}

// RedeemAuthCode implements [token.CodeStore].
func (s *Store) RedeemAuthCode(ctx context.Context, hash []byte, now time.Time, perUser int, redeem func(*token.Code) (*token.Grant, error)) error {
	replayed, client := false, userpool.ClientID("")
	err := s.write(ctx, func(t *tx) error {
		c, err := queryOne(t, authCodeFields, t.lock(`SELECT hash, pool_id, client_id, sub, redirect_uri, scopes, resource, nonce, challenge,
				parent, proof, auth_time, created, expires, used, grant_id
			FROM auth_codes WHERE hash = $1`), hash)
		if err != nil {
			return translate(err, errNoRow, token.ErrCodeUnknown)
		}
		client = c.Client
		if replayed = !c.Used.IsZero(); replayed {
			// Return ErrCodeUsed only after the commit: an error here would undo
			// the revocation.
			err := t.revokeGrant(c.Pool, c.Grant, now)
			return translate(err, errNoRow, nil)
		}
		g, err := redeem(c)
		if err != nil {
			return err
		}
		return t.useAuthCode(hash, g, perUser, now)
	})
	if err == nil && replayed {
		return token.ErrCodeUsed
	}
	return s.nameOrphan(ctx, client, err)
}

// useAuthCode marks a code as used and creates its grant, if g is not nil.
func (t *tx) useAuthCode(hash []byte, g *token.Grant, perUser int, now time.Time) error {
	var id token.GrantID
	if g != nil {
		id = g.ID
		if _, err := t.lockUser(g.Pool, g.Sub); err != nil {
			return err
		}
		if err := t.createGrant(g, perUser); err != nil {
			return err
		}
		if err := t.useParent(g); err != nil {
			return err
		}
	}
	err := t.changeOne(`UPDATE auth_codes SET used = $2, grant_id = $3 WHERE hash = $1`, hash, now, id)
	if errors.Is(err, errNoRow) {
		return errRace
	}
	return err
}

func deleteAuthCodesBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM auth_codes WHERE hash IN
		(SELECT hash FROM auth_codes WHERE expires < $1 LIMIT $2)`, before, limit)
}
