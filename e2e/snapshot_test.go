package e2e

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// snapshot returns the rows of each table of a database as text. It leaves out
// the table spent, which records that a single-use link was used.
func snapshot(t *testing.T, url string) map[string]string {
	t.Helper()
	driver, source, tables := "pgx", url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, source, tables = "sqlite", "file:"+path+"?mode=ro", "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string]string{}
	for _, name := range rowsOf(t, db, tables) {
		name = strings.Trim(name, "[]")
		if name == "spent" {
			continue
		}
		rows := rowsOf(t, db, `SELECT * FROM "`+name+`"`)
		slices.Sort(rows)
		all[name] = strings.Join(rows, "\n")
	}
	if len(all) < 10 {
		t.Fatalf("the database has %d tables, want at least 10: %v", len(all), all)
	}
	return all
}

func rowsOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(bounded(t), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprint(values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// unchanged fails the test for each table that differs from the snapshot before.
func unchanged(t *testing.T, url string, before map[string]string) {
	t.Helper()
	for name, rows := range snapshot(t, url) {
		if rows != before[name] {
			t.Errorf("the table %s was written to:\nbefore:\n%.1000s\nafter:\n%.1000s", name, before[name], rows)
		}
	}
}
