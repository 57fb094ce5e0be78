package store

import (
	"context"
	"time"

	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
)

func keyFields(k *operator.Key) []any {
	return []any{&k.ID, &k.Kind, &k.Name, &k.Sealed, &k.Hash, asTime{&k.Created}, asTime{&k.LastUsed}, asTime{&k.Revoked}, asTime{&k.Expires}, asJSON{&k.Facts}}
}

// CreateKey implements [operator.Store].
func (s *Store) CreateKey(ctx context.Context, k *operator.Key) error {
	err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO operator_keys (id, kind, name, sealed, hash, created, last_used, revoked, expires, facts)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, keyFields(k)...)
		return err
	})
	return translate(err, errDuplicate, operator.ErrKeyExists)
}

// Key implements [operator.Store].
func (s *Store) Key(ctx context.Context, id string) (*operator.Key, error) {
	return load(ctx, s, operator.ErrKeyNotFound, func(t *tx) (*operator.Key, error) {
		return queryOne(t, keyFields, `SELECT id, kind, name, sealed, hash, created, last_used, revoked, expires, facts
			FROM operator_keys WHERE id = $1`, id)
	})
}

// KeyByHash implements [operator.Store].
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (*operator.Key, error) {
	return load(ctx, s, operator.ErrKeyNotFound, func(t *tx) (*operator.Key, error) {
		return queryOne(t, keyFields, `SELECT id, kind, name, sealed, hash, created, last_used, revoked, expires, facts
			FROM operator_keys WHERE hash = $1`, hash)
	})
}

// Keys implements [operator.Store].
func (s *Store) Keys(ctx context.Context) ([]*operator.Key, error) {
	return load(ctx, s, nil, func(t *tx) ([]*operator.Key, error) {
		return queryAll(t, keyFields, `SELECT id, kind, name, sealed, hash, created, last_used, revoked, expires, facts
			FROM operator_keys ORDER BY created, id`)
	})
}

// RevokeKey implements [operator.Store].
func (s *Store) RevokeKey(ctx context.Context, id string, at time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		err := t.changeOne(`UPDATE operator_keys SET revoked = CASE WHEN revoked = 0 THEN $2 ELSE revoked END
			WHERE id = $1`, id, at)
		if err != nil {
			return err
		}
		account, err := t.exists(`SELECT 1 FROM operator_keys WHERE id = $1 AND kind = $2`, id, operator.ServiceAccount)
		if account {
			t.tell(session.Scope{Origin: session.Origin{Issuer: operator.AccountIssuer, Subject: id}}, true)
		}
		return err
	})
	return translate(err, errNoRow, operator.ErrKeyNotFound)
}

// UseKey implements [operator.Store]. If two nodes report a use, the later time
// is stored.
func (s *Store) UseKey(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE operator_keys SET last_used = $2
			WHERE id = $1 AND last_used < $2`, id, at)
		return err
	})
}
