package store

import (
	"context"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

func signingKeyFields(k *token.SigningKey) []any {
	return []any{&k.Pool, &k.Use, &k.Number, &k.ID, &k.Sealed, asTime{&k.Created}, asTime{&k.SignsFrom}}
}

// SigningKeys implements [token.KeyStore].
func (s *Store) SigningKeys(ctx context.Context, pool userpool.PoolID) ([]token.SigningKey, error) {
	return loadAtOnce(ctx, s, nil, func(t *tx) ([]token.SigningKey, error) { return t.signingKeys(pool) })
}

// AddSigningKeys implements [token.KeyStore].
func (s *Store) AddSigningKeys(ctx context.Context, pool userpool.PoolID, keys []token.SigningKey) ([]token.SigningKey, error) {
	var saved []token.SigningKey
	err := s.write(ctx, func(t *tx) (err error) {
		if _, err := t.lockPool(pool); err != nil {
			return err
		}
		for _, k := range keys {
			k.Pool = pool
			if _, err := t.exec(`INSERT INTO signing_keys (pool_id, use, number, id, sealed, created, signs_from)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (pool_id, use, number) DO NOTHING`, signingKeyFields(&k)...); err != nil {
				return err
			}
		}
		saved, err = t.signingKeys(pool)
		return err
	})
	return saved, err
}

// DeleteSigningKey implements [token.KeyStore].
func (s *Store) DeleteSigningKey(ctx context.Context, pool userpool.PoolID, id string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM signing_keys WHERE pool_id = $1 AND id = $2`, pool, id)
		return err
	})
}

func (t *tx) signingKeys(pool userpool.PoolID) ([]token.SigningKey, error) {
	rows, err := queryAll(t, signingKeyFields, `SELECT pool_id, use, number, id, sealed, created, signs_from
		FROM signing_keys WHERE pool_id = $1 ORDER BY number, created, id`, pool)
	var keys []token.SigningKey
	for _, row := range rows {
		keys = append(keys, *row)
	}
	return keys, err
}
