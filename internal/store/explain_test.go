package store

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/testing/pgtest"
)

// queries returns all kinds of queries for a page of users, each for the first
// page and for a later page.
func queries() []user.Query {
	var list []user.Query
	for _, attribute := range []string{"", "sub", "username", "status", "cognito:user_status",
		"email", "phone_number", "name", "given_name", "family_name", "preferred_username"} {
		for _, prefix := range []bool{false, true} {
			for _, after := range []string{"", "9 value"} {
				list = append(list, user.Query{Attribute: attribute, Value: "CONFIRMED", Prefix: prefix, After: after, Limit: 60})
			}
		}
	}
	return list
}

// scan matches a query plan that reads a whole table or sorts.
var scan = regexp.MustCompile(`Seq Scan on user|Sort|(?m)^SCAN|USE TEMP B-TREE`)

// bound matches a query plan that searches an index by the pool and the value,
// not only by the pool.
var bound = regexp.MustCompile(`pool_id=\? AND |\(pool,[a-z_,]*id\)>\(|Index Cond: .* AND `)

func TestListsReadOnlyTheirPage(t *testing.T) {
	for name, c := range map[string]struct{ url, explain string }{
		"SQLite":     {"sqlite::memory:", "EXPLAIN QUERY PLAN "},
		"PostgreSQL": {pgtest.URL(t), "EXPLAIN "},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), c.url, Options{Connections: 1, CallLimit: 5 * time.Minute}) // a busy machine needs long to fill it
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			fill(t, s, 3000)
			for _, q := range queries() {
				plan := explain(t, s, c.explain, q)
				if scan.MatchString(plan) || !bound.MatchString(plan) {
					t.Errorf("query %+v reads more rows than its page has; its plan:\n%s", q, plan)
				}
			}
		})
	}
}

// fill adds n users to a pool and updates the statistics of the query planner.
func fill(t *testing.T, s *Store, n int) {
	t.Helper()
	const number = `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < $1) `
	err := s.write(t.Context(), func(t *tx) error {
		if _, err := t.exec(`INSERT INTO pools (id, name, settings, created, modified, number) VALUES ('p', '', '{}', 0, 0, 7)`); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO users (pool, pool_id, sub, username, status, enabled, attributes, has_password, password_set, password_expires, created, modified) `+number+`
			SELECT 7, 'p', CAST(i AS TEXT), CAST(i AS TEXT), 'CONFIRMED', TRUE, '{}', FALSE, 0, 0, 0, 0 FROM number`, n); err != nil {
			return err
		}
		for _, attribute := range []string{"email", "phone_number", "name", "given_name", "family_name", "preferred_username"} {
			if _, err := t.exec(`INSERT INTO user_values (pool, user_id, attribute, value)
				SELECT u.pool, u.id, a.number, u.username FROM users u, attribute_numbers a WHERE a.name = $1`, attribute); err != nil {
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

// explain returns the plan of a query.
func explain(t *testing.T, s *Store, command string, q user.Query) string {
	t.Helper()
	l := newListing("p", q)
	var plan strings.Builder
	err := s.read(t.Context(), func(t *tx) error {
		return t.eachRow(func(row scanner) error {
			line, err := lastColumn(row)
			fmt.Fprintln(&plan, line)
			return err
		}, command+`SELECT `+listedColumns+` `+l.query, l.args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// lastColumn reads the text of a row of a query plan. PostgreSQL's rows have one
// column. SQLite's rows have three numbers before the text.
func lastColumn(row scanner) (line string, err error) {
	if row.Scan(&line) == nil {
		return line, nil
	}
	var skip int
	return line, row.Scan(&skip, &skip, &skip, &line)
}
