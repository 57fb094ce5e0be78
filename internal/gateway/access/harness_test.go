package access_test

import (
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/store"
)

// clock stands still until a test moves it.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// world is a database in memory that several nodes may share.
type world struct {
	*clock
	store  *store.Store
	sealer *seal.Sealer
}

func newWorld(t testing.TB) *world {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return &world{clock: &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}, store: st, sealer: newSealer(t)}
}

// node starts the engines of one more process on the world's database.
func (w *world) node(t testing.TB) *access.Engine {
	return w.nodeWith(t, w.sealer)
}

// nodeWith is node with other master keys.
func (w *world) nodeWith(t testing.TB, sealer *seal.Sealer) *access.Engine {
	e := access.New(access.Config{Store: w.store, Sealer: sealer, Issuer: "https://team.example.com", Account: "account", Now: w.now})
	t.Cleanup(e.Close)
	return e
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func errorOf[T any](_ T, err error) error { return err }
