package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

func TestDatabaseFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := open(t, "sqlite://"+filepath.Join(dir, "gatehouse.db"))
	must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: "p"}))
	files, err := os.ReadDir(dir)
	must(t, err)
	if len(files) < 2 {
		t.Errorf("%d files, want the database and its log", len(files))
	}
	for _, f := range files {
		info, err := f.Info()
		must(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o, want 0600", f.Name(), mode)
		}
	}
}

// No character of a path may be read as a setting of the driver.
func TestPathMayContainAnyCharacter(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "100%.db", "q?mode=memory.db", "#1.db", "ä&b=c.db", "p;q.db"} {
		path := filepath.Join(dir, name)
		s := open(t, "sqlite://"+path)
		must(t, s.CreatePool(t.Context(), &userpool.Pool{ID: "p"}))
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written to: %v", path, err)
		}
	}
}

func TestDatabasesInMemoryAreSeparate(t *testing.T) {
	first, second := open(t, "sqlite::memory:"), open(t, "sqlite::memory:")
	must(t, first.CreatePool(t.Context(), &userpool.Pool{ID: "p"}))
	_, err := second.Pool(t.Context(), "p")
	if !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("Pool: %v, want %v", err, userpool.ErrPoolNotFound)
	}
}

// Several processes may create the schema at the same time.
func TestManyStoresOpenAtOnce(t *testing.T) {
	for name, url := range map[string]string{
		"SQLite":     "sqlite://" + filepath.Join(t.TempDir(), "gatehouse.db"),
		"PostgreSQL": engines["PostgreSQL"](t),
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					s, err := store.Open(t.Context(), url, store.Options{})
					if err != nil {
						t.Errorf("Open: %v", err)
						return
					}
					if err := errors.Join(s.Ping(t.Context()), s.Close()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

// Two processes may open one file, for example the server and a command.
func TestTwoStoresOpenOneFile(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "gatehouse.db")
	first, second := open(t, url), open(t, url)
	must(t, first.CreatePool(t.Context(), &userpool.Pool{ID: "p", Name: "0"}))
	var wg sync.WaitGroup
	for _, s := range []*store.Store{first, second} {
		wg.Go(func() {
			for range 50 {
				if _, err := s.UpdatePool(t.Context(), "p", func(p *userpool.Pool) error { p.Name += "x"; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	p, err := first.Pool(t.Context(), "p")
	must(t, err)
	if len(p.Name) != 101 {
		t.Errorf("%d updates were saved, want 100", len(p.Name)-1)
	}
}

func TestWrongURLs(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite://", "postgres://[", "gatehouse.db"} {
		if _, err := store.Open(t.Context(), url, store.Options{}); !errors.Is(err, store.ErrURL) {
			t.Errorf("Open(%q): %v, want %v", url, err, store.ErrURL)
		}
	}
}
