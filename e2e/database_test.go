package e2e

import (
	"path/filepath"
	"testing"

	"gatehouse/internal/testing/pgtest"
)

// database creates an empty database of one kind and returns its URL.
type database func(t *testing.T) (url string)

// onBoth runs a scenario on SQLite and on PostgreSQL.
func onBoth(t *testing.T, scenario func(t *testing.T, db database)) {
	for name, db := range map[string]database{"sqlite": sqlite, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t, db)
		})
	}
}

func sqlite(t *testing.T) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "gatehouse.db")
}

func postgres(t *testing.T) string { return pgtest.URL(t) }
