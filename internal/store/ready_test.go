package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testing/pgtest"
)

// A database that answers and saves nothing is not ready, until it saves again.
// Whether it does is tried, since a process that is not ready gets no requests.
func TestReadyKnowsAboutRefusedWrites(t *testing.T) {
	readOnly := map[string]func(*Store, string) error{
		"SQLite": func(s *Store, on string) error {
			return s.engine.(*sqliteEngine).writer.do("PRAGMA query_only = " + on)
		},
		"PostgreSQL": func(s *Store, on string) error {
			_, err := s.engine.(*postgresEngine).db.Exec("SET default_transaction_read_only = " + on)
			return err
		},
	}
	for name, url := range map[string]string{"SQLite": "sqlite::memory:", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, Options{Connections: 1})
			if err := errors.Join(s.write(t.Context(), insertPool("before")), s.Ready(t.Context())); err != nil {
				t.Fatal(err)
			}
			if err := readOnly[name](s, "on"); err != nil {
				t.Fatal(err)
			}
			if err := s.Ready(t.Context()); err != nil {
				t.Errorf("Ready before a write failed: %v", err)
			}
			if err := s.write(t.Context(), insertPool("during")); !errors.Is(err, ErrUnavailable) {
				t.Errorf("write: %v, want %v", err, ErrUnavailable)
			}
			for range 2 {
				if err := s.Ready(t.Context()); !errors.Is(err, ErrUnavailable) {
					t.Errorf("Ready while nothing is saved: %v, want %v", err, ErrUnavailable)
				}
			}
			if err := readOnly[name](s, "off"); err != nil {
				t.Fatal(err)
			}
			if err := s.Ready(t.Context()); err != nil || s.refused.Load() {
				t.Errorf("Ready after it saves again: %v, refused = %v", err, s.refused.Load())
			}
			wantPools(t, s, "before")
		})
	}
}

// An error of the caller's own says nothing about the database.
func TestReadyAfterAnErrorOfTheCaller(t *testing.T) {
	s := openInMemory(t)
	own := errors.New("own")
	if err := s.write(t.Context(), func(*tx) error { return own }); !errors.Is(err, own) {
		t.Fatal(err)
	}
	if s.refused.Load() {
		t.Error("refused = true after an error of the caller")
	}
}

// If the file of the database or its log is deleted or replaced, writes would go
// into a file without a name. They are refused, and the error says why.
func TestDeletedDatabaseFileIsNoticed(t *testing.T) {
	for _, suffix := range []string{"", "-wal"} {
		for name, harm := range map[string]func(path string) error{
			"deleted": func(path string) error { return os.Rename(path, path+".away") },
			"replaced": func(path string) error {
				return errors.Join(os.Rename(path, path+".away"), os.WriteFile(path, nil, 0o600))
			},
		} {
			t.Run(name+suffix, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "gatehouse.db")
				s := openAt(t, "sqlite://"+path, Options{})
				if err := errors.Join(s.write(t.Context(), insertPool("before")), s.Ready(t.Context())); err != nil {
					t.Fatal(err)
				}
				file := path + suffix
				if err := harm(file); err != nil {
					t.Fatal(err)
				}
				for what, err := range map[string]error{
					"write": s.write(t.Context(), insertPool("lost")),
					"Ready": s.Ready(t.Context()),
					"Sweep": s.Sweep(t.Context(), time.Now()),
				} {
					if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "the file "+file+" ") || !strings.Contains(err.Error(), "put the file back") {
						t.Errorf("%s: %v, want %v with the path and what to do", what, err, ErrUnavailable)
					}
				}
				if err := os.Rename(file+".away", file); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(s.Ready(t.Context()), s.write(t.Context(), insertPool("after"))); err != nil {
					t.Errorf("after the file is back: %v", err)
				}
				wantPools(t, s, "after", "before")
			})
		}
	}
}

// The log does not keep the size of the largest transaction.
func TestLogShrinksAfterALargeTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	s := openAt(t, "sqlite://"+path, Options{CallLimit: 5 * time.Minute}) // a busy machine needs long
	large := func(t *tx) error {
		_, err := t.exec(`INSERT INTO spent (id, expires) VALUES ($1, 0)`, strings.Repeat("x", 24<<20))
		return err
	}
	if err := s.write(t.Context(), large); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2", "3"} { // the first write after a checkpoint begins the log anew
		if err := s.Spend(t.Context(), id, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() > 16<<20 {
		t.Errorf("the log has %d bytes, %v; want at most 16 MiB", info.Size(), err)
	}
}

// A database that cannot be opened leaves nothing half open.
func TestOpenThatFailsReturnsNoEngine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if e, err := dial("sqlite://"+file+"/gatehouse.db", Options{}); err == nil || e != nil {
		t.Errorf("dial = %v, %v; want no engine and an error", e, err)
	}
}
