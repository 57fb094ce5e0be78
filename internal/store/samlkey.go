package store

import (
	"context"

	"gatehouse/internal/directory/userpool"
)

func samlKeyFields(k *userpool.SAMLKey) []any {
	return []any{&k.Pool, &k.Sealed, &k.Certificate, asTime{&k.Issued}}
}

const samlKeyOf = `SELECT pool_id, sealed, certificate, issued FROM saml_keys WHERE pool_id = $1`

// SAMLKey implements [userpool.SAMLKeyStore].
func (s *Store) SAMLKey(ctx context.Context, pool userpool.PoolID) (*userpool.SAMLKey, error) {
	list, err := load(ctx, s, nil, func(t *tx) ([]*userpool.SAMLKey, error) {
		return queryAll(t, samlKeyFields, samlKeyOf, pool)
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// UpdateSAMLKey implements [userpool.SAMLKeyStore].
func (s *Store) UpdateSAMLKey(ctx context.Context, pool userpool.PoolID, change func(*userpool.SAMLKey) error) (*userpool.SAMLKey, error) {
	var k *userpool.SAMLKey
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.lockPool(pool); err != nil { // so that two callers do not both make the first key
			return err
		}
		list, err := queryAll(t, samlKeyFields, samlKeyOf, pool)
		if err != nil {
			return err
		}
		if k = new(userpool.SAMLKey); len(list) > 0 {
			k = list[0]
		}
		if err := change(k); err != nil {
			return err
		}
		k.Pool = pool
		_, err = t.exec(`INSERT INTO saml_keys (pool_id, sealed, certificate, issued) VALUES ($1, $2, $3, $4)
			ON CONFLICT (pool_id) DO UPDATE SET sealed = excluded.sealed, certificate = excluded.certificate, issued = excluded.issued`, samlKeyFields(k)...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}
