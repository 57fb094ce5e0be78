package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/pgtest"
)

// A backup has everything that was acknowledged before it began, is consistent
// while others write, and is private. A restore of it is the same database.
func TestBackupWhileServing(t *testing.T) {
	dir := t.TempDir()
	live, restored := "sqlite://"+filepath.Join(dir, "gatehouse.db"), "sqlite://"+filepath.Join(dir, "new", "gatehouse.db")
	s := openAt(t, live, Options{})
	var before []userpool.PoolID
	for i := range 50 {
		before = append(before, userpool.PoolID(fmt.Sprintf("before-%02d", i)))
		if err := s.write(t.Context(), insertPool(before[i])); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for side := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				// Both pools of a transaction are in the copy, or neither.
				err := s.write(t.Context(), func(t *tx) error {
					return errors.Join(insertPool(userpool.PoolID(fmt.Sprintf("x-%d-%d", side, i)))(t), insertPool(userpool.PoolID(fmt.Sprintf("y-%d-%d", side, i)))(t))
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	file := filepath.Join(dir, "backup.db")
	err := Backup(t.Context(), live, file)
	close(stop)
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v; want mode 0600", info.Mode(), err)
	}
	content, _ := os.ReadFile(file)
	if err := Restore(t.Context(), restored, file); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(content) {
		t.Error("the restore changed the backup")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".gatehouse-copy-*")); len(left) > 0 {
		t.Errorf("files were left: %v", left)
	}
	r := openAt(t, restored, Options{})
	for _, id := range before {
		if _, err := r.Pool(t.Context(), id); err != nil {
			t.Errorf("%s in the restored database: %v", id, err)
		}
	}
	pools, err := r.Pools(t.Context(), "x", 100_000)
	if err != nil || len(pools)%2 != 0 {
		t.Errorf("%d pools of pairs, %v; want an even number", len(pools), err)
	}
	if err := r.write(t.Context(), insertPool("after")); err != nil {
		t.Errorf("write to the restored database: %v", err)
	}
}

// Nothing is replaced, and nothing is made of what is no backup.
func TestCopiesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	live := "sqlite://" + at("live.db")
	s := openAt(t, live, Options{})
	if err := errors.Join(s.write(t.Context(), insertPool("p")), Backup(t.Context(), live, at("good"))); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(at("good"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte(nil), good...)
	copy(damaged[len(damaged)/2:], strings.Repeat("damage", 2000))
	write("damaged", string(damaged))
	write("cut", string(good[:len(good)/2]))
	write("text", "not a database")
	write("empty", "")
	write("logged", string(good))
	write("logged-wal", "")
	write("taken", "mine")
	write("half.db-wal", "")
	other := openAt(t, "sqlite://"+at("newer.db"), Options{})
	if err := other.write(t.Context(), func(t *tx) error {
		_, err := t.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := vacuumInto(t.Context(), fileURL(at("newer.db"), "mode=rw"), at("newer")); err != nil {
		t.Fatal(err)
	}
	fresh := "sqlite://" + at("fresh.db")
	for name, tt := range map[string]struct {
		err  error
		want error
		text string
	}{
		"backup over a file":     {Backup(t.Context(), live, at("taken")), ErrTaken, "name another file"},
		"backup of no database":  {Backup(t.Context(), "sqlite://"+at("none.db"), at("new")), os.ErrNotExist, "none.db"},
		"backup of a server":     {Backup(t.Context(), "postgres://a@b/c", at("new")), ErrOtherTool, "pg_dump"},
		"backup into nowhere":    {Backup(t.Context(), live, at("no/where")), ErrNoDirectory, at("no/where") + ": there is no directory " + at("no") + ". Make it"},
		"restore over it":        {Restore(t.Context(), live, at("good")), ErrTaken, "live.db exists"},
		"restore beside a log":   {Restore(t.Context(), "sqlite://"+at("half.db"), at("good")), ErrTaken, "half.db-wal exists"},
		"restore of nothing":     {Restore(t.Context(), fresh, at("none")), ErrNoBackup, "no such file"},
		"restore of text":        {Restore(t.Context(), fresh, at("text")), ErrNoBackup, "damaged, or no database"},
		"restore of no content":  {Restore(t.Context(), fresh, at("empty")), ErrNoBackup, "no database of Gatehouse"},
		"restore of half a file": {Restore(t.Context(), fresh, at("cut")), ErrNoBackup, "damaged"},
		"restore of damage":      {Restore(t.Context(), fresh, at("damaged")), ErrNoBackup, "damaged"},
		"restore without a log":  {Restore(t.Context(), fresh, at("logged")), ErrNoBackup, "has a log beside it"},
		"restore of the future":  {Restore(t.Context(), fresh, at("newer")), nil, "the schema has version 9999"},
		"restore to a server":    {Restore(t.Context(), "postgres://a@b/c", at("good")), ErrOtherTool, "pg_restore"},
	} {
		if tt.err == nil || tt.want != nil && !errors.Is(tt.err, tt.want) || !strings.Contains(tt.err.Error(), tt.text) {
			t.Errorf("%s: %v, want %v with %q", name, tt.err, tt.want, tt.text)
		}
	}
	for _, name := range []string{"new", "fresh.db", "none.db"} {
		if _, err := os.Lstat(at(name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was made: %v", name, err)
		}
	}
	if text, _ := os.ReadFile(at("taken")); string(text) != "mine" {
		t.Errorf("the file that was there has %q", text)
	}
	wantPools(t, s, "p")
}

// A program that is older than the schema does not start, and changes nothing.
func TestOldProgramRefusesANewerSchema(t *testing.T) {
	for name, url := range map[string]string{
		"SQLite": "sqlite://" + filepath.Join(t.TempDir(), "gatehouse.db"), "PostgreSQL": pgtest.URL(t),
	} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, Options{})
			if err := s.write(t.Context(), func(t *tx) error {
				_, err := t.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), url, Options{})
			open, ok := errors.AsType[*OpenError](err)
			if !ok || open.Passing || !strings.Contains(err.Error(), "the schema has version 9999, and this program knows versions up to ") {
				t.Errorf("Open: %v, want an OpenError with both versions", err)
			}
		})
	}
}
