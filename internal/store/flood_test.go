package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/pgtest"
)

// Whoever signs in again and again always has a transaction open that refers to
// the user, the client and the pool. None of them may keep an administrator from
// changing these.
func TestAFloodOfSignInsKeepsNobodyFromChanges(t *testing.T) {
	url := pgtest.URL(t)
	s := open(t, url)
	pool, client, sub := userpool.PoolID("us-east-1_Flood0001"), userpool.ClientID("flooded"), user.Sub("11111111-2222-4333-8444-555555555555")
	must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: pool}))
	must(t, s.CreateClient(t.Context(), &userpool.Client{ID: client, Pool: pool}))
	must(t, s.CreateUser(t.Context(), &user.User{Pool: pool, Sub: sub, Username: "mallory", Enabled: true}, false))
	must(t, s.CreateGroup(t.Context(), &user.Group{Pool: pool, Name: "staff"}))
	referred(t, url)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := s.UpdateUser(ctx, pool, sub, user.Change{Apply: func(u *user.User) error { u.Enabled = false; return nil }})
	must(t, err)
	_, err = s.UpdateClient(ctx, pool, client, func(c *userpool.Client) error { c.Name = "closed"; return nil })
	must(t, err)
	_, err = s.UpdatePool(ctx, pool, func(p *userpool.Pool) error { p.Name = "closed"; return nil })
	must(t, err)
	_, err = s.UpdateGroup(ctx, pool, "staff", func(g *user.Group) error { g.Description = "closed"; return nil })
	must(t, err)
	if u, err := s.User(t.Context(), pool, sub); err != nil || u.Enabled {
		t.Errorf("the user is %+v, %v; want it disabled", u, err)
	}
}

// referred opens a transaction that holds, until the test ends, the locks that a new
// row takes on all rows to which it refers.
func referred(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { conn.Close(context.WithoutCancel(t.Context())) })
	for _, statement := range []string{
		`BEGIN`, `SELECT 1 FROM users FOR KEY SHARE`, `SELECT 1 FROM clients FOR KEY SHARE`, `SELECT 1 FROM pools FOR KEY SHARE`, `SELECT 1 FROM user_groups FOR KEY SHARE`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
	}
}
