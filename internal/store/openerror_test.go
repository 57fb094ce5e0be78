package store_test

import (
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testing/pgtest"
)

// wantOpenError opens a database and checks that the error is an OpenError that
// contains the parts. No error may contain the password "hunter2".
func wantOpenError(t *testing.T, url string, passing bool, parts ...string) {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{})
	if err == nil {
		s.Close()
		t.Fatalf("Open(%q) succeeded, want an error with %q", url, parts)
	}
	open, ok := errors.AsType[*store.OpenError](err)
	if !ok || open.Passing != passing {
		t.Errorf("Open(%q): %#v, want an *OpenError with Passing = %v", url, err, passing)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("Open(%q): %q, want an error that contains %q", url, err, part)
		}
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), "hunter2") {
			t.Errorf("Open(%q): the error contains the password: %v", url, e)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("Open(%q): the error has several lines: %q", url, err)
	}
}

func TestOpenErrorNamesAClosedPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := ln.Addr().String()
	must(t, ln.Close())
	wantOpenError(t, "postgres://gatehouse:hunter2@"+addr+"/people?sslmode=disable", true,
		"PostgreSQL database people at "+addr+": no server listens there; start the server, or correct the key database")
}

func TestOpenErrorNamesAMissingSocket(t *testing.T) {
	dir := t.TempDir()
	wantOpenError(t, "postgres://nobody@/none?host="+dir, true, "PostgreSQL database none at the socket in "+dir+": no server listens there")
}

// The cluster asks the user "locked" for a password, and lets all others in.
func TestOpenErrorExplainsARefusalByPostgreSQL(t *testing.T) {
	cluster, err := pgtest.Start()
	must(t, err)
	t.Cleanup(func() { must(t, cluster.Stop()) })
	db, err := sql.Open("pgx", cluster.URL())
	must(t, err)
	defer db.Close()
	for _, statement := range []string{
		`CREATE ROLE locked LOGIN PASSWORD 'correct'`,
		`CREATE ROLE guest LOGIN`,
		`DO $$ BEGIN EXECUTE format('COPY (SELECT line FROM (VALUES (1, ''local all locked scram-sha-256''), (2, ''local all all trust'')) AS v (n, line) ORDER BY n) TO %L', current_setting('hba_file')); END $$`,
		`SELECT pg_reload_conf()`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		must(t, err)
	}
	as := func(user, name string) string {
		return strings.Replace(strings.Replace(cluster.URL(), "postgres@", user+"@", 1), "/postgres?", "/"+name+"?", 1)
	}
	// The server applies the new rules a moment after the reload. Until then it
	// accepts any password of "locked".
	letsIn := func() bool {
		_, err := store.Open(t.Context(), as("locked:hunter2", "none"), store.Options{})
		return strings.Contains(err.Error(), "no database of that name")
	}
	for range 1000 {
		if !letsIn() {
			break
		}
	}
	wantOpenError(t, as("locked:hunter2", "postgres"), false, "PostgreSQL database postgres at the socket in ", "the server refuses the user name or the password; correct them in the key database")
	wantOpenError(t, as("stranger:hunter2", "postgres"), false, "the server refuses the user name or the password")
	wantOpenError(t, as("guest:hunter2", "none"), false, "PostgreSQL database none at ", "the server has no database of that name; make it with CREATE DATABASE")
	wantOpenError(t, as("guest:hunter2", "postgres"), false, "the user may not create or change tables; make the user the owner")
}

func TestOpenKeepsAFileThatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	text := strings.Repeat("not a database\n", 100)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	wantOpenError(t, "sqlite://"+path, false, "SQLite database "+path+": the file is not a database; name another file")
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Error("Open changed the file")
	}
}

func TestOpenErrorNamesAnUnwritableDirectory(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o500))
	if os.Geteuid() == 0 { // root may write to every directory of a real file system
		dir = "/sys"
	}
	path := filepath.Join(dir, "gatehouse.db")
	wantOpenError(t, "sqlite://"+path, false, "SQLite database "+path+": this process may not write the file and its directory; let its user write there")
}

func TestOpenErrorNamesAFileThatShouldBeADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	wantOpenError(t, "sqlite://"+file+"/gatehouse.db", false, "SQLite database "+file+"/gatehouse.db: "+file+": not a directory; name another place")
}

func TestDescribe(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:///var/lib/gatehouse/gatehouse.db":           "SQLite database /var/lib/gatehouse/gatehouse.db",
		"sqlite:gatehouse.db":                                "SQLite database gatehouse.db",
		"sqlite::memory:":                                    "SQLite database in memory",
		"postgres://gatehouse:hunter2@db.example.com/people": "PostgreSQL database people at db.example.com:5432",
		"postgresql://gatehouse@[::1]:6000/people":           "PostgreSQL database people at [::1]:6000",
		"postgres://gatehouse:hunter2@/people?host=/run/pg":  "PostgreSQL database people at the socket in /run/pg",
		"postgres://gatehouse:hunter2@db:x/people":           "database whose URL is not valid",
	} {
		if got := store.Describe(url); got != want {
			t.Errorf("Describe(%q) = %q, want %q", url, got, want)
		}
	}
}

func TestErrorOfAWrongURLContainsNoPassword(t *testing.T) {
	_, err := store.Open(t.Context(), "postgres://gatehouse:hunter2@db:x/people", store.Options{})
	if !errors.Is(err, store.ErrURL) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Open: %v, want %v without the password", err, store.ErrURL)
	}
}
