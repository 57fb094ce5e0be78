package store

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// The suite that all operations share has the quotas of which a test can make as
// many rows one by one.
func TestFullPools(t *testing.T) {
	s, pool := openInMemory(t), userpool.PoolID("us-east-1_Full00000")
	if err := s.CreatePool(t.Context(), &userpool.Pool{ID: pool}); err != nil {
		t.Fatal(err)
	}
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) `
	for what, row := range map[string]struct {
		fill string
		most int
		add  func(name string) error
	}{
		"clients": {`INSERT INTO clients (id, pool_id, name, secrets, settings, created, modified) ` + numbers + `SELECT 'c' || i, $1, 'c', '[]', '{}', 0, 0 FROM n`, userpool.MaxClients, func(name string) error {
			return s.CreateClient(t.Context(), &userpool.Client{ID: userpool.ClientID(name), Pool: pool})
		}},
		"groups": {`INSERT INTO user_groups (pool_id, name, description, role_arn, created, modified) ` + numbers + `SELECT $1, 'g' || i, '', '', 0, 0 FROM n`, user.MaxGroups, func(name string) error {
			return s.CreateGroup(t.Context(), &user.Group{Pool: pool, Name: name})
		}},
	} {
		fill := func(tx *tx) error {
			_, err := tx.exec(row.fill, pool, row.most-1)
			return err
		}
		if err := s.write(t.Context(), fill); err != nil {
			t.Fatal(err)
		}
		if err := row.add("last"); err != nil {
			t.Errorf("the last of the %s: %v", what, err)
		}
		if err := row.add("more"); !errors.Is(err, userpool.ErrTooManyResources) {
			t.Errorf("one more of the %s: %v, want ErrTooManyResources", what, err)
		}
	}
}
