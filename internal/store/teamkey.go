package store

import (
	"context"

	"gatehouse/internal/gateway/access"
)

func teamKeyFields(k *access.TeamKey) []any {
	return []any{&k.ID, &k.Sealed, &k.Certificate, asTime{&k.Created}}
}

// TeamKey implements [access.TeamKeyStore].
func (s *Store) TeamKey(ctx context.Context) (*access.TeamKey, error) {
	return load(ctx, s, access.ErrNoTeamKey, teamKey)
}

// KeepTeamKey implements [access.TeamKeyStore].
func (s *Store) KeepTeamKey(ctx context.Context, k *access.TeamKey) (*access.TeamKey, error) {
	var saved *access.TeamKey
	err := s.write(ctx, func(t *tx) (err error) {
		if _, err = t.exec(`INSERT INTO team_keys (use, id, sealed, certificate, created)
			VALUES ('sig', $1, $2, $3, $4) ON CONFLICT (use) DO NOTHING`, teamKeyFields(k)...); err != nil {
			return err
		}
		saved, err = teamKey(t)
		return err
	})
	return saved, err
}

func teamKey(t *tx) (*access.TeamKey, error) {
	return queryOne(t, teamKeyFields, `SELECT id, sealed, certificate, created
		FROM team_keys WHERE use = 'sig'`)
}
