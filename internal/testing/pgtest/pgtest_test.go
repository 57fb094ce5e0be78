package pgtest_test

import (
	"database/sql"
	"os"
	"testing"

	"gatehouse/internal/testing/pgtest"
)

func TestEveryDatabaseIsNewAndEmpty(t *testing.T) {
	first, second := pgtest.URL(t), pgtest.URL(t)
	if first == second {
		t.Fatalf("two databases have the same URL %s", first)
	}
	exec(t, first, "CREATE TABLE t (a TEXT)")
	exec(t, second, "CREATE TABLE t (a TEXT)")
}

func TestHaltedClusterCanBeStartedAgain(t *testing.T) {
	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	exec(t, c.URL(), "CREATE TABLE t (a TEXT)")
	if err := c.Halt(); err != nil {
		t.Fatal(err)
	}
	if err := try(t, c.URL(), "DROP TABLE t"); err == nil {
		t.Error("the server answered after Halt")
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	exec(t, c.URL(), "DROP TABLE t")
}

func TestURLUsesTheServerOfTheEnvironment(t *testing.T) {
	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop() })
	t.Setenv(pgtest.Variable, c.URL())
	t.Run("inner", func(t *testing.T) {
		if got := socket(t, pgtest.URL(t)); got != socket(t, c.URL()) {
			t.Errorf("socket directory = %s, want the directory of the server in %s", got, pgtest.Variable)
		}
	})
	if os.Getenv(pgtest.Variable) == "" {
		t.Errorf("%s is no longer set", pgtest.Variable)
	}
}

func exec(t *testing.T, url, statement string) {
	t.Helper()
	if err := try(t, url, statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

func try(t *testing.T, url, statement string) error {
	db := open(t, url)
	_, err := db.Exec(statement)
	return err
}

func socket(t *testing.T, url string) (dir string) {
	t.Helper()
	if err := open(t, url).QueryRow("SHOW unix_socket_directories").Scan(&dir); err != nil {
		t.Error(err)
	}
	return dir
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
