package store

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ofPool matches a plan that reads all users of a pool, or their names or values.
var ofPool = regexp.MustCompile(`(?m)^SEARCH (o|u|w|n|v|users|user_names|user_values) USING [A-Z ]+\w* ?\(pool(_id)?=\?\)|^SCAN (o|u|w|n|v|users|user_names|user_values)\b`)

// What is done with one user, SQLite does not with all of the pool. It has no
// statistics to choose an index by, so each query needs one that fits best.
func TestOneUserIsFoundWithoutTheOthers(t *testing.T) {
	s := openInMemory(t)
	pool := userpool.PoolID("us-east-1_Plans0001")
	noError(t, s.CreatePool(t.Context(), &userpool.Pool{ID: pool}))
	u := &user.User{Pool: pool, Sub: "sub-1", Username: "alice", Attributes: map[string]string{}}
	u.Keys, u.Search = []user.Key{{Kind: "username", Value: "alice"}, {Kind: "email", Value: "a@example.com"}}, map[string]string{"email": "a@example.com"}
	noError(t, s.CreateUser(t.Context(), u, false))
	other := *u
	other.Sub, other.Username, other.Keys = "sub-2", "bob", []user.Key{{Kind: "username", Value: "bob"}, {Kind: "email", Value: "a@example.com"}}
	noError(t, s.CreateUser(t.Context(), &other, true))
	_, err := s.UpdateUser(t.Context(), pool, "sub-2", user.Change{Apply: func(u *user.User) error {
		u.Keys, u.Search = []user.Key{{Kind: "username", Value: "bob"}}, map[string]string{}
		return nil
	}})
	noError(t, err)
	_, err = s.UserByKey(t.Context(), pool, "bob")
	noError(t, err)
	noError(t, s.DeleteUser(t.Context(), pool, "sub-2"))

	e := s.engine.(*sqliteEngine)
	queries := slices.Collect(maps.Keys(e.writer.conn.stmts))
	for _, one := range e.readers.free {
		queries = slices.AppendSeq(queries, maps.Keys(one.stmts))
	}
	for _, child := range []string{"user_names", "user_values"} { // as the foreign keys do it
		queries = append(queries, `DELETE FROM `+child+` WHERE pool = 1 AND user_id = 2`)
	}
	looked := 0
	for _, query := range queries {
		if !strings.Contains(query, "user") {
			continue
		}
		looked++
		if plan := planOf(t, s, query); ofPool.MatchString(plan) {
			t.Errorf("%s\nreads all users of a pool:\n%s", query, plan)
		}
	}
	if looked < 10 {
		t.Errorf("looked at %d queries, want all", looked)
	}
	if plan := planOf(t, s, `SELECT 1 FROM user_names n WHERE n.pool = 1`); !ofPool.MatchString(plan) {
		t.Errorf("not seen:\n%s", plan)
	}
}

func planOf(t *testing.T, s *Store, query string) string {
	t.Helper()
	var plan strings.Builder
	var args []any
	for strings.Contains(query, fmt.Sprintf("$%d", len(args)+1)) {
		args = append(args, "")
	}
	noError(t, s.read(t.Context(), func(t *tx) error {
		return t.eachRow(func(row scanner) error {
			line, err := lastColumn(row)
			plan.WriteString(line + "\n")
			return err
		}, "EXPLAIN QUERY PLAN "+query, args...)
	}))
	return plan.String()
}
