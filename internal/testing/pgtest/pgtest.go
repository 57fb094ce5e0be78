// Package pgtest gives tests a temporary PostgreSQL database.
//
// [URL] creates an empty database and drops it when the test ends. It uses the
// server whose URL is in the environment variable GATEHOUSE_TEST_POSTGRES. If
// the variable is not set, the first test of a process starts a [Cluster]. That
// cluster stops when the process ends, even if it crashes. The command in run
// starts one server for a whole run of tests.
//
// A test that must stop and restart the server starts its own with [Start].
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"gatehouse/internal/base/ids"
)

// Variable is the name of the environment variable that holds the URL of a
// server for tests. Its user must be allowed to create databases.
const Variable = "GATEHOUSE_TEST_POSTGRES"

// URL returns the URL of an empty database, which is dropped when the test ends.
// If PostgreSQL is not installed, the test fails with [ErrNotInstalled].
func URL(t testing.TB) string {
	t.Helper()
	server, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return Database(t, server)
}

// Database creates an empty database on the server and returns its URL. The
// database is dropped when the test ends.
func Database(t testing.TB, server string) string {
	t.Helper()
	name := "test_" + ids.Hex(8)
	if err := execute(server, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// server returns the URL of the server that this process uses.
func server() (string, error) {
	if given := os.Getenv(Variable); given != "" {
		return given, nil
	}
	c, err := shared()
	if err != nil {
		return "", err
	}
	return c.URL(), nil
}

// shared returns the cluster of this process and starts it at the first call. No
// code stops the cluster: it stops when the process ends.
var shared = sync.OnceValues(func() (*Cluster, error) { return Start() })

// execute runs one SQL statement on the server.
func execute(server, statement string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
