package store

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"gatehouse/internal/testing/pgtest"
)

// A signing key from before the migration that numbers keys is kept. It gets the
// number 1 and signs from its creation.
func TestMigrationKeepsOldSigningKeys(t *testing.T) {
	const before = `INSERT INTO pools (id, name, settings, created, modified) VALUES ('p', 'p', '{}', 1, 1);
		INSERT INTO signing_keys (pool_id, use, id, sealed, created) VALUES ('p', 'id', 'kid', 'x', 7)`
	migrated(t, 9, before, func(t *testing.T, db *sql.DB) {
		var id string
		var number, signsFrom int64
		err := db.QueryRow(`SELECT id, number, signs_from FROM signing_keys WHERE pool_id = 'p' AND use = 'id' AND created = 7`).Scan(&id, &number, &signsFrom)
		if err != nil || id != "kid" || number != 1 || signsFrom != 7 {
			t.Errorf("key %q, number %d, signs from %d, %v; want kid, 1, 7", id, number, signsFrom, err)
		}
	})
}

// Sessions from before the migration believe addresses that were called
// unverified, and are found by address.
func TestMigrationEndsSessionsThatWereFoundByAddress(t *testing.T) {
	const before = `INSERT INTO gateway_sessions (id, person, sealed, expires, revision) VALUES ('s', 'alice@example.com', 'x', 9, 1)`
	migrated(t, 10, before, func(t *testing.T, db *sql.DB) {
		var n int
		if err := db.QueryRow(`SELECT COUNT(*) FROM gateway_sessions`).Scan(&n); err != nil || n != 0 {
			t.Errorf("got %d sessions, %v; want none", n, err)
		}
	})
}

// A column goes that rows have a value in.
func TestMigrationKeepsUsersWithoutTheirSignOut(t *testing.T) {
	const before = `INSERT INTO pools (id, name, settings, created, modified) VALUES ('p', 'p', '{}', 1, 1);
		INSERT INTO users (pool_id, sub, username, status, enabled, attributes, has_password, password_set, password_expires, signed_out, created, modified)
			VALUES ('p', 's', 'alice', 'CONFIRMED', TRUE, '{"name":"Alice"}', FALSE, 0, 0, 5, 6, 7);
		INSERT INTO login_names (pool_id, name, kind, sub) VALUES ('p', 'alice', 'username', 's')`
	migrated(t, 15, before, func(t *testing.T, db *sql.DB) {
		var attributes string
		var created, modified int64
		err := db.QueryRow(`SELECT u.attributes, u.created, u.modified FROM users u, login_names n WHERE n.name = 'alice' AND u.sub = n.sub`).Scan(&attributes, &created, &modified)
		if err != nil || attributes != `{"name":"Alice"}` || created != 6 || modified != 7 {
			t.Errorf("got %s of %d, modified %d, %v; want Alice of 6, modified 7", attributes, created, modified, err)
		}
		if _, err := db.Exec(`SELECT signed_out FROM users`); err == nil {
			t.Error("the column signed_out is still there")
		}
	})
}

// migrated brings a database of each kind to a version, runs SQL, brings it to
// the newest version and calls check.
func migrated(t *testing.T, version int64, before string, check func(*testing.T, *sql.DB)) {
	t.Helper()
	for _, database := range []struct {
		dialect        goose.Dialect
		driver, source string
		prepare        func(string) string
	}{
		{goose.DialectSQLite3, "sqlite", filepath.Join(t.TempDir(), "gatehouse.db"), func(s string) string { return s }},
		{goose.DialectPostgres, "pgx", pgtest.URL(t), collate},
	} {
		t.Run(database.driver, func(t *testing.T) {
			db, err := sql.Open(database.driver, database.source)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			m, err := newMigrator(database.dialect, db, slog.New(slog.DiscardHandler), database.prepare)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.UpTo(t.Context(), version); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(before); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			check(t, db)
		})
	}
}
