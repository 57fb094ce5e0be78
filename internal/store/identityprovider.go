package store

import (
	"context"

	"gatehouse/internal/gateway/access"
)

func identityProviderFields(p *access.IdentityProvider) []any {
	return []any{&p.ID, &p.Name, asJSON{&p.Config}, &p.Revision, asTime{&p.Created}, asTime{&p.Modified}}
}

// CreateIdentityProvider implements [access.ProviderStore].
func (s *Store) CreateIdentityProvider(ctx context.Context, p *access.IdentityProvider) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO identity_providers (id, name, config, revision, created, modified)
			VALUES ($1, $2, $3, $4, $5, $6)`, identityProviderFields(p)...)
		return err
	})
}

// IdentityProvider implements [access.ProviderStore].
func (s *Store) IdentityProvider(ctx context.Context, id string) (*access.IdentityProvider, error) {
	return load(ctx, s, access.ErrProviderNotFound, func(t *tx) (*access.IdentityProvider, error) {
		return queryOne(t, identityProviderFields, `SELECT id, name, config, revision, created, modified
			FROM identity_providers WHERE id = $1`, id)
	})
}

// IdentityProviders implements [access.ProviderStore].
func (s *Store) IdentityProviders(ctx context.Context) ([]*access.IdentityProvider, error) {
	return load(ctx, s, nil, func(t *tx) ([]*access.IdentityProvider, error) {
		return queryAll(t, identityProviderFields, `SELECT id, name, config, revision, created, modified
			FROM identity_providers ORDER BY created, id`)
	})
}

// UpdateIdentityProvider implements [access.ProviderStore].
func (s *Store) UpdateIdentityProvider(ctx context.Context, id string, change func(*access.IdentityProvider) error) (*access.IdentityProvider, error) {
	var p *access.IdentityProvider
	err := s.write(ctx, func(t *tx) (err error) {
		if p, err = queryOne(t, identityProviderFields, t.lock(`SELECT id, name, config, revision, created, modified
			FROM identity_providers WHERE id = $1`), id); err != nil {
			return err
		}
		revision := p.Revision + 1
		if err := change(p); err != nil {
			return err
		}
		p.ID, p.Revision = id, revision
		return t.changeOne(`UPDATE identity_providers SET name = $2, config = $3, revision = $4, created = $5, modified = $6
			WHERE id = $1`, identityProviderFields(p)...)
	})
	if err != nil {
		return nil, translate(err, errNoRow, access.ErrProviderNotFound)
	}
	return p, nil
}

// DeleteIdentityProvider implements [access.ProviderStore].
func (s *Store) DeleteIdentityProvider(ctx context.Context, id string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM identity_providers WHERE id = $1`, id)
	})
	return translate(err, errNoRow, access.ErrProviderNotFound)
}
