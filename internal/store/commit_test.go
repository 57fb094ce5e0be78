package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gatehouse/internal/directory/userpool"
)

func openInMemory(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite::memory:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// runAsOneBatch runs the functions in one batch. The first function keeps its
// turn until all others wait.
func runAsOneBatch(t *testing.T, s *Store, fs ...func(*tx) error) []error {
	t.Helper()
	w := s.engine.(*sqliteEngine).writer
	var wg sync.WaitGroup
	errs := make([]error, len(fs))
	begun := make(chan struct{})
	wg.Go(func() {
		errs[0] = s.write(t.Context(), func(t *tx) error {
			close(begun)
			for w.queue.length() < len(fs)-1 {
			}
			return fs[0](t)
		})
	})
	<-begun
	for i, f := range fs[1:] {
		wg.Go(func() { errs[i+1] = s.write(t.Context(), f) })
	}
	wg.Wait()
	return errs
}

func insertPool(id userpool.PoolID) func(*tx) error {
	return func(t *tx) error {
		_, err := t.exec(`INSERT INTO pools (id, name, settings, created, modified) VALUES ($1, '', '{}', 0, 0)`, id)
		return err
	}
}

func wantPools(t *testing.T, s *Store, want ...userpool.PoolID) {
	t.Helper()
	pools, err := s.Pools(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []userpool.PoolID
	for _, p := range pools {
		got = append(got, p.ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("pools = %v, want %v", got, want)
	}
}

func TestCallersOfABatchFailIndependently(t *testing.T) {
	s := openInMemory(t)
	errOwn := errors.New("own")
	errs := runAsOneBatch(t, s,
		insertPool("a"),
		func(t *tx) error { return errors.Join(insertPool("b")(t), errOwn) },
		insertPool("c"),
		insertPool("c"),
	)
	if errs[0] != nil || !errors.Is(errs[1], errOwn) {
		t.Errorf("errors of the first two callers = %v, want nil and %v", errs[:2], errOwn)
	}
	if errors.Is(errs[2], errDuplicate) == errors.Is(errs[3], errDuplicate) {
		t.Errorf("two callers inserted the same row: errors %v and %v, want one error", errs[2], errs[3])
	}
	wantPools(t, s, "a", "c")
}

// If the commit fails, every caller of the batch gets an error. Later callers
// are not affected.
func TestFailedCommitFailsTheWholeBatch(t *testing.T) {
	s := openInMemory(t)
	orphan := func(t *tx) error {
		if _, err := t.exec(`PRAGMA defer_foreign_keys = ON`); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO attempts (pool_id, subject, count, first_at, last_at, locked) VALUES ('none', '', 0, 0, 0, 0)`)
		return err
	}
	for i, err := range runAsOneBatch(t, s, insertPool("a"), orphan, insertPool("b")) {
		if err == nil {
			t.Errorf("caller %d got no error", i)
		}
	}
	wantPools(t, s)
	if err := s.write(t.Context(), insertPool("c")); err != nil {
		t.Errorf("write after the failed batch: %v", err)
	}
	wantPools(t, s, "c")
}

// SQLite rolls back the whole transaction when the disk is full. No caller may
// get nil if its rows were not saved.
func TestFullDiskIsReported(t *testing.T) {
	s := openInMemory(t)
	limit := func(pages int) {
		err := s.write(t.Context(), func(t *tx) error {
			return t.eachRow(func(scanner) error { return nil }, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // the file may not grow
	big := make([]byte, 100_000)
	fill := func(t *tx) error {
		_, err := t.exec(`INSERT INTO spent (id, expires) VALUES ($1, 0)`, fmt.Sprintf("%x", big))
		return err
	}
	var failed bool
	for i, err := range runAsOneBatch(t, s, insertPool("a"), fill, insertPool("b")) {
		if err != nil && !errors.Is(err, ErrUnavailable) {
			t.Errorf("caller %d: error %v, want nil or %v", i, err, ErrUnavailable)
		}
		failed = failed || err != nil
		if id := userpool.PoolID([]string{"a", "", "b"}[i]); id != "" {
			_, missing := s.Pool(t.Context(), id)
			if (err == nil) != (missing == nil) {
				t.Errorf("caller %d: write returned %v, but reading its pool returned %v", i, err, missing)
			}
		}
	}
	if !failed {
		t.Error("no caller got an error when the disk was full")
	}
	limit(1 << 20)
	if err := s.write(t.Context(), insertPool("z")); err != nil {
		t.Errorf("write after the disk had room again: %v", err)
	}
}

func TestCancelledCallerWritesNothing(t *testing.T) {
	s := openInMemory(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.write(gone, insertPool("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
	during, cancel := context.WithCancel(t.Context())
	err := s.write(during, func(t *tx) error {
		cancel()
		return insertPool("b")(t)
	})
	if err != nil {
		t.Errorf("write with a context that ended during the turn: %v", err)
	}
	wantPools(t, s, "b")
}
