package store

import (
	"context"

	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/userpool"
)

func customizationFields(c *branding.Customization) []any {
	return []any{&c.Pool, &c.Owner, &c.CSS, &c.Logo, &c.LogoType, asTime{&c.Created}, asTime{&c.Modified}}
}

// KeepCustomization implements [branding.CustomizationStore].
func (s *Store) KeepCustomization(ctx context.Context, c *branding.Customization) (*branding.Customization, error) {
	kept := *c
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.lockPool(c.Pool); err != nil {
			return err
		}
		client, logo := any(nil), c.Logo
		if c.Owner != branding.EveryClient {
			client = c.Owner
		}
		if logo == nil {
			logo = []byte{}
		}
		_, err := t.exec(`INSERT INTO ui_customizations (pool_id, owner, client_id, css, logo, logo_type, created, modified)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (pool_id, owner) DO UPDATE SET css = excluded.css, logo = excluded.logo, logo_type = excluded.logo_type, modified = excluded.modified`,
			c.Pool, c.Owner, client, c.CSS, logo, c.LogoType, c.Created, c.Modified)
		if err != nil {
			return translate(err, errOrphan, userpool.ErrClientNotFound)
		}
		row, err := t.customization(c.Pool, c.Owner)
		if err == nil {
			kept = *row
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &kept, nil
}

// Customization implements [branding.CustomizationStore].
func (s *Store) Customization(ctx context.Context, pool userpool.PoolID, owner string) (*branding.Customization, error) {
	return load(ctx, s, branding.ErrCustomizationNotFound, func(t *tx) (*branding.Customization, error) { return t.customization(pool, owner) })
}

func (t *tx) customization(pool userpool.PoolID, owner string) (*branding.Customization, error) {
	return queryOne(t, customizationFields, `SELECT pool_id, owner, css, logo, logo_type, created, modified
		FROM ui_customizations WHERE pool_id = $1 AND owner = $2`, pool, owner)
}

// DeleteCustomization implements [branding.CustomizationStore].
func (s *Store) DeleteCustomization(ctx context.Context, pool userpool.PoolID, owner string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM ui_customizations WHERE pool_id = $1 AND owner = $2`, pool, owner)
		return err
	})
}
