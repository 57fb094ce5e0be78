package store

import (
	"errors"
	"fmt"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/pgtest"
)

// A process dies after a pool was marked, or in the middle of its removal. Nobody
// finds anything of the pool, nobody gets its id, and the next process removes it.
func TestARemovalGoesOnInTheNextProcess(t *testing.T) {
	for name, url := range map[string]string{"SQLite": "sqlite:" + t.TempDir() + "/gatehouse.db", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, Options{})
			pool, kept := userpool.PoolID("us-east-1_Doomed001"), userpool.PoolID("us-east-1_Kept00001")
			doomed, stays := peopled(t, s, pool, 450), peopled(t, s, kept, 3)
			noError(t, s.write(t.Context(), func(t *tx) error { return t.markPool(pool) }))

			wantGone := func(when string) {
				t.Helper()
				if _, err := s.Pool(t.Context(), pool); !errors.Is(err, userpool.ErrPoolNotFound) {
					t.Errorf("%s: the pool: %v", when, err)
				}
				if _, err := s.Client(t.Context(), doomed.ID); !errors.Is(err, userpool.ErrClientNotFound) {
					t.Errorf("%s: its client: %v", when, err)
				}
				if list, err := s.Clients(t.Context(), pool, "", 9); err != nil || len(list) != 0 {
					t.Errorf("%s: its clients: %d, %v", when, len(list), err)
				}
				if list, err := s.Pools(t.Context(), "", 9); err != nil || len(list) != 1 {
					t.Errorf("%s: %d pools, %v; want the other one", when, len(list), err)
				}
				if _, err := s.Domain(t.Context(), "doomed001"); !errors.Is(err, userpool.ErrDomainNotFound) {
					t.Errorf("%s: its domain: %v", when, err)
				}
				if _, err := s.UpdatePool(t.Context(), pool, func(*userpool.Pool) error { return nil }); !errors.Is(err, userpool.ErrPoolNotFound) {
					t.Errorf("%s: a change of the pool: %v", when, err)
				}
				if err := s.DeletePool(t.Context(), pool, func(*userpool.Pool, []*userpool.Domain) error { return nil }); !errors.Is(err, userpool.ErrPoolNotFound) {
					t.Errorf("%s: deleting it again: %v", when, err)
				}
				if err := s.CreateClient(t.Context(), &userpool.Client{ID: "late", Pool: pool}); !errors.Is(err, userpool.ErrPoolNotFound) {
					t.Errorf("%s: a new client: %v", when, err)
				}
				if err := s.CreatePool(t.Context(), &userpool.Pool{ID: pool}); !errors.Is(err, userpool.ErrPoolExists) {
					t.Errorf("%s: a new pool with the id: %v", when, err)
				}
				if err := s.CreateDomain(t.Context(), &userpool.Domain{Name: "doomed001", Pool: kept}); !errors.Is(err, userpool.ErrDomainExists) {
					t.Errorf("%s: a new domain with the name: %v", when, err)
				}
			}
			wantGone("after the mark")
			if left, err := s.removeSome(t.Context(), poolRemoval, string(pool)); err != nil || !left {
				t.Fatalf("the first step leaves rows: %v, %v", left, err)
			}
			if n := rowsOf(t, s, "users", pool); n != 350 {
				t.Errorf("after a step %d users are left, want 350", n)
			}
			wantGone("in the middle")

			noError(t, s.Close())
			s = openAt(t, url, Options{})
			noError(t, s.Remove(t.Context()))
			for _, table := range []string{"users", "clients", "grants", "attempts", "domains", "user_groups", "memberships", "user_search", "signing_keys"} {
				if n := rowsOf(t, s, table, pool); n != 0 {
					t.Errorf("%d rows of %s are left", n, table)
				}
			}
			noError(t, s.CreatePool(t.Context(), &userpool.Pool{ID: pool}))
			if _, err := s.Client(t.Context(), stays.ID); err != nil || rowsOf(t, s, "users", kept) != 3 || rowsOf(t, s, "grants", kept) != 3 {
				t.Errorf("the other pool lost rows: %v", err)
			}
		})
	}
}

// The same for a client, which has many sign-ins.
func TestARemovalOfAClientGoesOnInTheNextProcess(t *testing.T) {
	for name, url := range map[string]string{"SQLite": "sqlite:" + t.TempDir() + "/gatehouse.db", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, Options{})
			pool := userpool.PoolID("us-east-1_Kept00001")
			c := peopled(t, s, pool, 3)
			noError(t, s.CreateClient(t.Context(), &userpool.Client{ID: "other", Pool: pool}))
			noError(t, s.write(t.Context(), func(t *tx) error { return t.markClient(pool, c.ID) }))
			if _, err := s.UpdateClient(t.Context(), pool, c.ID, func(*userpool.Client) error { return nil }); !errors.Is(err, userpool.ErrClientNotFound) {
				t.Errorf("a change of the client: %v", err)
			}
			if err := s.DeleteClient(t.Context(), pool, c.ID); !errors.Is(err, userpool.ErrClientNotFound) {
				t.Errorf("deleting it again: %v", err)
			}
			if list, err := s.Clients(t.Context(), pool, "", 9); err != nil || len(list) != 1 || list[0].ID != "other" {
				t.Errorf("clients %v, %v; want the other one", list, err)
			}
			noError(t, s.Close())
			s = openAt(t, url, Options{})
			noError(t, s.Remove(t.Context()))
			if rowsOf(t, s, "clients", pool) != 1 || rowsOf(t, s, "grants", pool) != 0 || rowsOf(t, s, "users", pool) != 3 {
				t.Errorf("%d clients, %d grants and %d users are left, want 1, 0 and 3", rowsOf(t, s, "clients", pool), rowsOf(t, s, "grants", pool), rowsOf(t, s, "users", pool))
			}
		})
	}
}

// peopled makes a pool with a domain, a client, and users who have signed in to it.
func peopled(t *testing.T, s *Store, pool userpool.PoolID, n int) *userpool.Client {
	t.Helper()
	noError(t, s.CreatePool(t.Context(), &userpool.Pool{ID: pool}))
	noError(t, s.CreateDomain(t.Context(), &userpool.Domain{Name: map[bool]string{true: "doomed001", false: "kept"}[n > 100], Pool: pool}))
	noError(t, s.CreateGroup(t.Context(), &user.Group{Pool: pool, Name: "staff"}))
	c := &userpool.Client{ID: userpool.ClientID("client" + fmt.Sprint(n)), Pool: pool}
	noError(t, s.CreateClient(t.Context(), c))
	noError(t, s.write(t.Context(), func(t *tx) error {
		for i := range n {
			u := &user.User{Pool: pool, Sub: user.Sub(ids.UUID()), Username: fmt.Sprint("user", i), Enabled: true, Attributes: map[string]string{"name": "x"}}
			if err := t.insertUser(u); err != nil {
				return err
			}
			if err := t.insertGrant(&token.Grant{ID: token.GrantID(ids.UUID()), Pool: pool, Client: c.ID, Sub: u.Sub}); err != nil {
				return err
			}
		}
		return nil
	}))
	return c
}

func rowsOf(t *testing.T, s *Store, table string, pool userpool.PoolID) (n int) {
	t.Helper()
	noError(t, s.read(t.Context(), func(t *tx) error {
		return t.eachRow(func(row scanner) error { return row.Scan(&n) }, `SELECT COUNT(*) FROM `+table+` WHERE pool_id = $1`, pool)
	}))
	return n
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
