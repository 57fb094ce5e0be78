package store

import (
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/transfer"
)

// Every table with rows of a pool is in an export, whole, or is left behind for a
// reason. Whoever adds a table or a column decides which: see package transfer.
func TestExportsHaveTheWholeSchema(t *testing.T) {
	migrated(t, 1, `SELECT 1`, func(t *testing.T, db *sql.DB) {
		kinds := map[string]*transfer.Kind{}
		for _, k := range transfer.Kinds() {
			kinds[k.Table] = k
		}
		for table, columns := range schemaOf(t, db) {
			ofPool := slices.Contains(columns, "pool_id") || table == "pools"
			k, left := kinds[table], transfer.LeftBehind[table] != ""
			delete(kinds, table)
			switch {
			case k == nil && ofPool && !left:
				t.Errorf("no export has the table %s: give it a kind in transfer.Kinds, or a reason in transfer.LeftBehind", table)
			case left && (k != nil || !ofPool):
				t.Errorf("transfer.LeftBehind has the table %s for nothing", table)
			case k != nil:
				wantColumns(t, k, columns)
			}
		}
		for table := range kinds {
			t.Errorf("there is no table %s", table)
		}
	})
}

// ofTheInstallation are the columns that say how far the import or the removal of a
// pool has come here, and numbers that are given here.
var ofTheInstallation = map[string][]string{"pools": {"importing", "imported", "imported_sum", "deleted", "number"}, "clients": {"deleted"}, "users": {"id", "pool", "number"}}

func wantColumns(t *testing.T, k *transfer.Kind, columns []string) {
	t.Helper()
	want := slices.DeleteFunc(columns, func(c string) bool { return c == k.Pool || slices.Contains(ofTheInstallation[k.Table], c) })
	var got []string
	for _, f := range k.Fields {
		got = append(got, f.Name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the kind %s has the fields %v, and the table %s has the columns %v", k.Name, got, k.Table, want)
	}
}

// schemaOf returns the columns of all tables and views.
func schemaOf(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	rows, err := db.Query(`SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`)
	if err != nil { // SQLite
		rows, err = db.Query(`SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')`)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	schema := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		schema[table] = append(schema[table], column)
	}
	if len(schema) < 20 || rows.Err() != nil {
		t.Fatalf("found the tables %s, %v; want all", strings.Join(slices.Sorted(maps.Keys(schema)), " "), rows.Err())
	}
	return schema
}
