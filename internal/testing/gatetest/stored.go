package gatetest

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Stored returns all rows of all tables, one a line, for a test that looks whether
// something was written. It needs the option [OnFile].
func (gt *Server) Stored() string {
	gt.t.Helper()
	if gt.file == "" {
		gt.t.Fatal("Stored needs a server with the option OnFile")
	}
	db, err := sql.Open("sqlite", "file:"+gt.file+"?mode=ro")
	if err != nil {
		gt.t.Fatal(err)
	}
	defer db.Close()
	var lines []string
	for _, table := range gt.column(db, "SELECT name FROM sqlite_master WHERE type = 'table'") {
		columns := gt.column(db, "SELECT name FROM pragma_table_info('"+table+"')")
		for i, c := range columns {
			columns[i] = "'" + c + "=' || quote(" + c + ")"
		}
		for _, row := range gt.column(db, "SELECT "+strings.Join(columns, " || ' ' || ")+" FROM "+table) {
			lines = append(lines, table+": "+row)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// column returns the first column of a query.
func (gt *Server) column(db *sql.DB, query string) (out []string) {
	gt.t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		gt.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			gt.t.Fatal(err)
		}
		out = append(out, text)
	}
	if err := rows.Err(); err != nil {
		gt.t.Fatal(err)
	}
	return out
}

// Changes returns the lines of two results of [Server.Stored] that differ.
func Changes(before, after string) string {
	var out []string
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range old {
		if !slices.Contains(now, line) {
			out = append(out, fmt.Sprint("- ", line))
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			out = append(out, fmt.Sprint("+ ", line))
		}
	}
	return strings.Join(out, "\n")
}
