package store

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/testing/pgtest"
)

// queries are all ways to ask for a page of users, at its beginning and in the
// midst.
func queries() []user.Query {
	var list []user.Query
	for _, attribute := range []string{"", "sub", "username", "status", "cognito:user_status",
		"email", "phone_number", "name", "given_name", "family_name", "preferred_username"} {
		for _, prefix := range []bool{false, true} {
			for _, after := range []string{"", "0a value"} {
				list = append(list, user.Query{Attribute: attribute, Value: "CONFIRMED", Prefix: prefix, After: after, Limit: 60})
			}
		}
	}
	return list
}

// scan is what a plan says that reads a whole table, or sorts.
var scan = regexp.MustCompile(`Seq Scan|Sort|(?m)^SCAN|USE TEMP B-TREE`)

// bound is what a plan says of an index that is entered at the pool and at the
// value, not only at the pool.
var bound = regexp.MustCompile(`pool_id=\? AND |Index Cond: .* AND `)

func TestNoListReadsMoreThanItsPage(t *testing.T) {
	for name, c := range map[string]struct{ url, explain string }{
		"SQLite":     {"sqlite::memory:", "EXPLAIN QUERY PLAN "},
		"PostgreSQL": {pgtest.URL(t), "EXPLAIN "},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), c.url, Options{Connections: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			fill(t, s, 3000)
			for _, q := range queries() {
				plan := explain(t, s, c.explain, q)
				if scan.MatchString(plan) || !bound.MatchString(plan) {
					t.Errorf("%+v reads too much:\n%s", q, plan)
				}
			}
		})
	}
}

// fill adds n users to a pool, and tells the planner.
func fill(t *testing.T, s *Store, n int) {
	t.Helper()
	const number = `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < $1) `
	err := s.write(t.Context(), func(t *tx) error {
		if _, err := t.exec(`INSERT INTO pools (id, name, settings, created, modified) VALUES ('p', '', '{}', 0, 0)`); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO users (pool_id, sub, username, status, enabled, attributes, has_password, password_set, password_expires, signed_out, created, modified) `+number+`
			SELECT 'p', CAST(i AS TEXT), CAST(i AS TEXT), 'CONFIRMED', TRUE, '{}', FALSE, 0, 0, 0, 0, 0 FROM number`, n); err != nil {
			return err
		}
		for _, attribute := range []string{"email", "phone_number", "name", "given_name", "family_name", "preferred_username"} {
			if _, err := t.exec(`INSERT INTO user_search (pool_id, sub, attribute, value) `+number+`
				SELECT 'p', CAST(i AS TEXT), $2, CAST(i AS TEXT) FROM number`, n, attribute); err != nil {
				return err
			}
		}
		_, err := t.exec(`ANALYZE`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func explain(t *testing.T, s *Store, command string, q user.Query) string {
	t.Helper()
	l := listingFor("p", q)
	var plan strings.Builder
	err := s.read(t.Context(), func(t *tx) error {
		return t.each(func(row scanner) error {
			line, err := lastColumn(row)
			fmt.Fprintln(&plan, line)
			return err
		}, command+l.query, l.args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// lastColumn reads a row of either engine's plan: PostgreSQL's has one column,
// SQLite's has numbers before it.
func lastColumn(row scanner) (line string, err error) {
	if row.Scan(&line) == nil {
		return line, nil
	}
	var skip int
	return line, row.Scan(&skip, &skip, &skip, &line)
}
