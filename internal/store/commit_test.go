package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gatehouse/internal/directory/userpool"
)

func openLite(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite::memory:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// together runs functions as one batch: the first holds the others up until
// all of them wait.
func together(t *testing.T, s *Store, fs ...func(*tx) error) []error {
	t.Helper()
	w := s.engine.(*lite).writer
	var wg sync.WaitGroup
	errs := make([]error, len(fs))
	begun := make(chan struct{})
	wg.Go(func() {
		errs[0] = s.write(t.Context(), func(t *tx) error {
			close(begun)
			for int(w.waiting.Load()) < len(fs)-1 {
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

func TestWritersShareACommitAndNothingElse(t *testing.T) {
	s := openLite(t)
	errOwn := errors.New("own")
	errs := together(t, s,
		insertPool("a"),
		func(t *tx) error { return errors.Join(insertPool("b")(t), errOwn) },
		insertPool("c"),
		insertPool("c"),
	)
	if errs[0] != nil || !errors.Is(errs[1], errOwn) {
		t.Errorf("errors = %v", errs)
	}
	if errors.Is(errs[2], errDuplicate) == errors.Is(errs[3], errDuplicate) {
		t.Errorf("of two who insert the same row: %v and %v, want one to fail", errs[2], errs[3])
	}
	wantPools(t, s, "a", "c")
}

// If the commit fails, all are told so who took part, and nobody else.
func TestAFailedCommitIsEverybodysFailure(t *testing.T) {
	s := openLite(t)
	orphan := func(t *tx) error {
		if _, err := t.exec(`PRAGMA defer_foreign_keys = ON`); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO attempts (pool_id, subject, count, first_at, last_at, locked) VALUES ('none', '', 0, 0, 0, 0)`)
		return err
	}
	for i, err := range together(t, s, insertPool("a"), orphan, insertPool("b")) {
		if err == nil {
			t.Errorf("writer %d was told that it succeeded", i)
		}
	}
	wantPools(t, s)
	if err := s.write(t.Context(), insertPool("c")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	wantPools(t, s, "c")
}

// A full disk takes the whole transaction back: nobody may be told otherwise.
func TestAFullDiskIsSaid(t *testing.T) {
	s := openLite(t)
	limit := func(pages int) {
		err := s.write(t.Context(), func(t *tx) error {
			return t.each(func(scanner) error { return nil }, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // the size that it has
	big := make([]byte, 100_000)
	fill := func(t *tx) error {
		_, err := t.exec(`INSERT INTO spent (id, expires) VALUES ($1, 0)`, fmt.Sprintf("%x", big))
		return err
	}
	var failed bool
	for i, err := range together(t, s, insertPool("a"), fill, insertPool("b")) {
		if err != nil && !errors.Is(err, ErrUnavailable) {
			t.Errorf("writer %d: %v, want nil or %v", i, err, ErrUnavailable)
		}
		failed = failed || err != nil
		if id := userpool.PoolID([]string{"a", "", "b"}[i]); id != "" {
			_, missing := s.Pool(t.Context(), id)
			if (err == nil) != (missing == nil) {
				t.Errorf("writer %d was told %v, but its pool: %v", i, err, missing)
			}
		}
	}
	if !failed {
		t.Error("nobody was told that the disk is full")
	}
	limit(1 << 20)
	if err := s.write(t.Context(), insertPool("z")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestACallerThatIsGoneWritesNothing(t *testing.T) {
	s := openLite(t)
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
		t.Errorf("a turn that had begun: %v", err)
	}
	wantPools(t, s, "b")
}
