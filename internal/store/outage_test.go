package store_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/pgtest"
)

// While PostgreSQL is stopped, every call returns ErrUnavailable. After its
// restart the same store works again.
func TestCallsFailDuringAnOutageAndWorkAfterIt(t *testing.T) {
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := open(t, cluster.URL())
	calls := map[string]func() error{
		"Ping":  func() error { return s.Ping(t.Context()) },
		"Pool":  func() error { _, err := s.Pool(t.Context(), "p"); return err },
		"Pools": func() error { _, err := s.Pools(t.Context(), "", 10); return err },
		"UpdatePool": func() error {
			_, err := s.UpdatePool(t.Context(), "p", func(*userpool.Pool) error { return nil })
			return err
		},
		"Sweep": func() error { return s.Sweep(t.Context(), time.Now()) },
	}
	must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: "p"}))
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s before the outage: %v", name, err)
		}
	}
	must(t, cluster.Halt())
	for range 3 {
		for name, call := range calls {
			if err := call(); !errors.Is(err, store.ErrUnavailable) || fault.KindOf(err) != fault.Unavailable {
				t.Errorf("%s during the outage: %v, want %v", name, err, store.ErrUnavailable)
			}
		}
	}
	must(t, cluster.Start())
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s after the outage: %v", name, err)
		}
	}
}

// A call after a restart of the server succeeds.
func TestRestartBetweenCallsCausesNoError(t *testing.T) {
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Stop() })
	s := open(t, cluster.URL())
	must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: "p"}))
	for range 2 {
		must(t, cluster.Halt())
		must(t, cluster.Start())
		if _, err := s.Pool(t.Context(), "p"); err != nil {
			t.Errorf("Pool after a restart: %v", err)
		}
		must(t, cluster.Halt())
		must(t, cluster.Start())
		if _, err := s.UpdatePool(t.Context(), "p", func(*userpool.Pool) error { return nil }); err != nil {
			t.Errorf("UpdatePool after a restart: %v", err)
		}
	}
}

func TestOpenWithoutAServer(t *testing.T) {
	_, err := store.Open(t.Context(), "postgres://nobody@/none?host="+t.TempDir(), store.Options{})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Open: %v, want %v", err, store.ErrUnavailable)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
