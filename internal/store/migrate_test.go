package store

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
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

// The tables of users, of their names and of their search values are replaced. All
// that refers to a user is kept, and goes with the user as before.
func TestMigrationToNumbersKeepsUsersAndWhatIsTheirs(t *testing.T) {
	const before = `INSERT INTO pools (id, name, settings, created, modified) VALUES ('q', 'q', '{}', 1, 1), ('p', 'p', '{}', 1, 1);
		INSERT INTO users (pool_id, sub, username, status, enabled, attributes, has_password, password_form, password_name, password_salt, password_sealed, password_set, password_expires, security, created, modified)
			VALUES ('p', 's', 'alice', 'CONFIRMED', TRUE, '{"name":"Alice"}', TRUE, 'hash', 'alice', 'salt', 'sealed', 3, 4, '{"x":1}', 6, 7),
				('q', 's', 'Alice', 'UNCONFIRMED', FALSE, '{}', FALSE, '', 'alice', NULL, NULL, 0, 0, '{}', 8, 9);
		INSERT INTO login_names (pool_id, name, kind, sub) VALUES ('p', 'alice', 'username', 's'), ('p', 'alice@example.com', 'email', 's'), ('q', 'alice', 'username', 's');
		INSERT INTO user_search (pool_id, sub, attribute, value) VALUES ('p', 's', 'name', 'alice'), ('p', 's', 'email', 'alice@example.com'), ('q', 's', 'family_name', 'example');
		INSERT INTO user_groups (pool_id, name, description, role_arn, created, modified) VALUES ('p', 'staff', '', '', 1, 1);
		INSERT INTO memberships (pool_id, group_name, sub, created) VALUES ('p', 'staff', 's', 1);
		INSERT INTO browser_sessions (hash, pool_id, sub, provider, auth_time, created, expires) VALUES ('h', 'p', 's', '', 1, 1, 1)`
	wants := []struct{ query, want string }{
		{`SELECT u.pool_id || u.sub || u.username || u.status || u.attributes || u.password_form || u.password_name || '|' || u.security || u.password_set || u.password_expires || u.created || u.modified
			FROM users u WHERE u.enabled AND u.has_password AND u.password_salt = 'salt' AND u.password_sealed = 'sealed'`, `psaliceCONFIRMED{"name":"Alice"}hash|{"x":1}3467`},
		{`SELECT u.pool_id || u.username || u.status || u.password_name || u.created || u.modified FROM users u WHERE NOT u.enabled AND NOT u.has_password AND u.password_salt IS NULL AND u.password_sealed IS NULL`, `qAliceUNCONFIRMEDalice89`},
		{`SELECT pool_id || name || kind || sub FROM login_names ORDER BY pool_id, name`, `paliceusernames palice@example.comemails qaliceusernames`},
		{`SELECT pool_id || sub || attribute || value FROM user_search ORDER BY pool_id, attribute`, `psemailalice@example.com psnamealice qsfamily_nameexample`},
		{`SELECT pool_id || group_name || sub FROM memberships`, `pstaffs`},
		{`SELECT pool_id || sub FROM browser_sessions`, `ps`},
		{`SELECT p.id FROM pools p JOIN users u ON u.pool = p.number AND u.pool_id = p.id ORDER BY p.id`, `p q`},
	}
	migrated(t, 54, before, func(t *testing.T, db *sql.DB) {
		for _, w := range wants {
			if got := strings.Join(texts(t, db, w.query), " "); got != w.want {
				t.Errorf("%s: got %s, want %s", w.query, got, w.want)
			}
		}
		if _, err := db.Exec(`PRAGMA foreign_keys = 1`); err != nil && !strings.Contains(err.Error(), "42601") { // PostgreSQL has them always
			t.Fatal(err)
		}
		if _, err := db.Exec(`DELETE FROM users WHERE pool_id = 'p'`); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{"users": 1, "user_names": 1, "user_values": 1, "memberships": 0, "browser_sessions": 0} {
			if got := len(texts(t, db, `SELECT '' FROM `+table)); got != want {
				t.Errorf("after a user was deleted, %s has %d rows, want %d", table, got, want)
			}
		}
	})
}

// A step that puts a table in the place of another does nothing on a connection with
// foreign keys, which would delete what refers to its rows.
func TestMigrationToNumbersRefusesForeignKeys(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "gatehouse.db")+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	m, err := newMigrator(goose.DialectSQLite3, db, slog.New(slog.DiscardHandler), func(s string) string { return s })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Up(t.Context()); err == nil {
		t.Error("the step ran with foreign keys")
	}
	if got := texts(t, db, `SELECT name FROM sqlite_schema WHERE name = 'login_names' AND type = 'table'`); len(got) != 1 {
		t.Errorf("the old table is gone")
	}
}

// texts returns the only column of all rows.
func texts(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
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

// A start that finds all steps done runs none. What it cannot be sure of, it leaves to the
// migrator.
func TestAFileThatIsUpToDateIsKnown(t *testing.T) {
	for name, tt := range map[string]struct {
		change string
		want   bool
	}{
		"as it is":                     {``, true},
		"a step missing":               {`DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`, false},
		"a step in the middle missing": {`DELETE FROM goose_db_version WHERE version_id = 9`, false},
		"a step undone":                {`UPDATE goose_db_version SET is_applied = false WHERE version_id = 9`, false},
		"a newer step":                 {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`, false},
		"a step twice":                 {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9, true)`, false},
		"another schema":               {`DROP TABLE goose_db_version`, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "a.db"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			e := s.engine.(*sqliteEngine)
			if tt.change != "" {
				if err := e.write(t.Context(), func(t *tx) error { _, err := t.exec(tt.change); return err }); err != nil {
					t.Fatal(err)
				}
			}
			if got := e.upToDate(t.Context()); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestAnEmptyFileIsNotUpToDate(t *testing.T) {
	e, err := openFile(filepath.Join(t.TempDir(), "a.db"), "", "FULL", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	if e.(*sqliteEngine).upToDate(t.Context()) {
		t.Error("got up to date, want not: nothing has run")
	}
}
