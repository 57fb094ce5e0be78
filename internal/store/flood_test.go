package store_test

import (
	"context"
	"errors"
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

// Deleting the pool or the client does not wait for a gap between the sign-ins:
// nobody finds them at once, which ends the flood, and the rows go after it.
func TestAFloodOfSignInsKeepsNothingFromBeingDeleted(t *testing.T) {
	url := pgtest.URL(t)
	s := open(t, url)
	pool, client, other := userpool.PoolID("us-east-1_Flood0002"), userpool.ClientID("flooded"), userpool.ClientID("other")
	must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: pool}))
	for _, id := range []userpool.ClientID{client, other} {
		must(t, s.CreateClient(t.Context(), &userpool.Client{ID: id, Pool: pool}))
	}
	must(t, s.CreateUser(t.Context(), &user.User{Pool: pool, Sub: "11111111-2222-4333-8444-555555555555", Username: "mallory", Enabled: true}, false))
	release := referred(t, url)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	must(t, s.DeleteClient(ctx, pool, client))
	if _, err := s.Client(t.Context(), client); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("the deleted client: %v", err)
	}
	must(t, s.DeletePool(ctx, pool, func(*userpool.Pool, []*userpool.Domain) error { return nil }))
	if _, err := s.Pool(t.Context(), pool); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("the deleted pool: %v", err)
	}
	if _, err := s.Client(t.Context(), other); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("the client of the deleted pool: %v", err)
	}
	if err := s.CreatePool(t.Context(), &userpool.Pool{ID: pool}); !errors.Is(err, userpool.ErrPoolExists) {
		t.Errorf("the id of a pool that is being removed is free: %v", err)
	}
	release()
	must(t, s.Remove(t.Context()))
	must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: pool}))
}

// referred opens a transaction that holds the locks that a new row takes on all rows
// to which it refers, until release is called or the test ends.
func referred(t *testing.T, url string) (release func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	release = func() { conn.Close(context.WithoutCancel(t.Context())) }
	t.Cleanup(release)
	for _, statement := range []string{
		`BEGIN`, `SELECT 1 FROM users FOR KEY SHARE`, `SELECT 1 FROM clients FOR KEY SHARE`, `SELECT 1 FROM pools FOR KEY SHARE`, `SELECT 1 FROM user_groups FOR KEY SHARE`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		must(t, err)
	}
	return release
}
