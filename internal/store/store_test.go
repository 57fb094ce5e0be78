package store_test

import (
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/testing/pgtest"
)

func TestConformance(t *testing.T) {
	for name, url := range engines {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t testing.TB) storetest.Store { return open(t, url(t)) })
		})
	}
}

// engines returns the URL of an empty database, for each kind of database.
var engines = map[string]func(testing.TB) string{
	"SQLite":     func(testing.TB) string { return "sqlite::memory:" },
	"PostgreSQL": pgtest.URL,
}

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{UnknownNames: 3, Issuer: storetest.Issuer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}
