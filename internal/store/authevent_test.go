package store

import (
	"testing"
	"time"

	"gatehouse/internal/testing/pgtest"
)

// Anybody can ask for names that no user has, without end.
func TestAnEventOfNobodyLeavesNoRow(t *testing.T) {
	for name, url := range map[string]string{"SQLite": "sqlite:" + t.TempDir() + "/gatehouse.db", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, Options{})
			for range 3 {
				noError(t, s.PretendEvent(t.Context(), time.Now()))
			}
			for _, table := range []string{"spent", "auth_events"} {
				var n int
				noError(t, s.read(t.Context(), func(t *tx) error {
					return t.eachRow(func(row scanner) error { return row.Scan(&n) }, `SELECT COUNT(*) FROM `+table)
				}))
				if n != 0 {
					t.Errorf("%d rows in %s, want none", n, table)
				}
			}
		})
	}
}
