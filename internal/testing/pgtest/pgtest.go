// Package pgtest gives tests a throw-away PostgreSQL database.
//
// [URL] makes a fresh, empty database and drops it when the test ends. The
// server is the one that the environment names in GATEHOUSE_TEST_POSTGRES; when
// it names none, the first test of a process starts a [Cluster] of its own,
// which goes away with the process, however that ends. The command in run does
// the same around a whole run of tests, so that they share one server.
//
// A test that must take the server away and bring it back starts its own with
// [Start].
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

// URL returns the URL of a fresh, empty database that is dropped when the test
// ends. Without PostgreSQL the test fails and says how to get it.
func URL(t testing.TB) string {
	t.Helper()
	server, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return Database(t, server)
}

// Database makes a fresh, empty database on the server at the URL, dropped
// when the test ends.
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

// server returns the URL of the server for this process.
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

// shared is the cluster of this process. Nothing stops it: it watches the
// process and goes away with it.
var shared = sync.OnceValues(func() (*Cluster, error) { return Start() })

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
