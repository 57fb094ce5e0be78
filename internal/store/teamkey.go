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
	return found(ctx, s, access.ErrNoTeamKey, teamKey)
}

// KeepTeamKey implements [access.TeamKeyStore].
func (s *Store) KeepTeamKey(ctx context.Context, k *access.TeamKey) (*access.TeamKey, error) {
	var stands *access.TeamKey
	err := s.write(ctx, func(t *tx) (err error) {
		if _, err = t.exec(`INSERT INTO team_keys (use, id, sealed, certificate, created)
			VALUES ('sig', $1, $2, $3, $4) ON CONFLICT (use) DO NOTHING`, teamKeyFields(k)...); err != nil {
			return err
		}
		stands, err = teamKey(t)
		return err
	})
	return stands, err
}

func teamKey(t *tx) (*access.TeamKey, error) {
	return one(t, teamKeyFields, `SELECT id, sealed, certificate, created
		FROM team_keys WHERE use = 'sig'`)
}
