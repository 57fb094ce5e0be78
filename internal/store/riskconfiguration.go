package store

import (
	"context"

	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/userpool"
)

// KeepRiskConfiguration implements [risk.ConfigurationStore].
func (s *Store) KeepRiskConfiguration(ctx context.Context, c *risk.Configuration) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.lockPool(c.Pool); err != nil {
			return err
		}
		client := any(nil)
		if c.Client != "" {
			client = c.Client
		}
		_, err := t.exec(`INSERT INTO risk_configurations (pool_id, owner, client_id, settings, modified)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (pool_id, owner) DO UPDATE SET settings = excluded.settings, modified = excluded.modified`,
			c.Pool, c.Client, client, asJSON{&c.Settings}, c.Modified)
		return translate(err, errOrphan, userpool.ErrClientNotFound)
	})
}

// RiskConfigurations implements [risk.ConfigurationStore].
func (s *Store) RiskConfigurations(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) ([]*risk.Configuration, error) {
	return load(ctx, s, nil, func(t *tx) ([]*risk.Configuration, error) {
		return queryAll(t, riskConfigurationFields, `SELECT pool_id, owner, settings, modified
			FROM risk_configurations WHERE pool_id = $1 AND owner IN ('', $2)`, pool, client)
	})
}

func riskConfigurationFields(c *risk.Configuration) []any {
	return []any{&c.Pool, &c.Client, asJSON{&c.Settings}, asTime{&c.Modified}}
}

// DeleteRiskConfiguration implements [risk.ConfigurationStore].
func (s *Store) DeleteRiskConfiguration(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM risk_configurations WHERE pool_id = $1 AND owner = $2`, pool, client)
		return err
	})
}
