package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"modernc.org/sqlite"

	"gatehouse/internal/directory/userpool"
)

// holdTurn takes the turn to write until release is called. Its write inserts the
// pool "held" and its error is sent to done.
func holdTurn(t *testing.T, s *Store) (release func(), done <-chan error) {
	t.Helper()
	begun, end, result := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		result <- s.write(t.Context(), func(t *tx) error {
			close(begun)
			<-end
			return insertPool("held")(t)
		})
	}()
	<-begun
	return sync.OnceFunc(func() { close(end) }), result
}

// length returns the number of callers that wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

func waitForLength(q *queue, n int) {
	for q.length() != n {
	}
}

// A caller whose client left, or whose time is over, leaves the queue at once.
// What the caller before it wrote is committed all the same.
func TestWaitingWriterLeavesWithItsContext(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(context.Context) (context.Context, context.CancelFunc)
		want error
	}{
		"client left": {context.WithCancel, context.Canceled},
		"time over": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Millisecond, nil)
			return ctx, func() { <-ctx.Done(); cancel() }
		}, ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := openInMemory(t)
			q := &s.engine.(*sqliteEngine).writer.queue
			release, done := holdTurn(t, s)
			defer release()
			ctx, leave := tt.end(t.Context())
			left := make(chan error, 1)
			go func() { left <- s.write(ctx, insertPool("left")) }()
			if tt.want == context.Canceled {
				waitForLength(q, 1)
			}
			leave()
			if err := <-left; !errors.Is(err, tt.want) {
				t.Errorf("write: %v, want %v", err, tt.want)
			}
			if n := q.length(); n != 0 {
				t.Errorf("%d callers still wait, want none", n)
			}
			release()
			if err := <-done; err != nil {
				t.Errorf("write of the caller before: %v", err)
			}
			wantPools(t, s, "held")
		})
	}
}

// Callers that come and leave at any moment lose nothing of what others wrote,
// and what they were told is true.
func TestWritersThatLeaveLoseNothing(t *testing.T) {
	s := openInMemory(t)
	var work sync.WaitGroup
	told := make([]error, 300)
	for i := range told {
		work.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i%3 > 0 {
				time.AfterFunc(time.Duration(i%37)*100*time.Microsecond, cancel)
			}
			defer cancel()
			told[i] = s.write(ctx, insertPool(userpool.PoolID(fmt.Sprint("p", i))))
		})
	}
	work.Wait()
	for i, err := range told {
		_, missing := s.Pool(t.Context(), userpool.PoolID(fmt.Sprint("p", i)))
		if (err == nil) != (missing == nil) || err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("caller %d was told %v, but reading its pool returned %v", i, err, missing)
		}
		if i%3 == 0 && err != nil {
			t.Errorf("caller %d stayed and was told %v", i, err)
		}
	}
}

// The queue has an end. Who finds it full is told at once.
func TestCrowdOfWritersIsRefused(t *testing.T) {
	s := openInMemory(t)
	q := &s.engine.(*sqliteEngine).writer.queue
	release, done := holdTurn(t, s)
	var work sync.WaitGroup
	errs := make([]error, maxWaiting)
	for i := range errs {
		work.Go(func() { errs[i] = s.write(t.Context(), insertPool(userpool.PoolID(fmt.Sprint("p", i)))) })
	}
	waitForLength(q, maxWaiting)
	if err := s.write(t.Context(), insertPool("one too many")); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errCrowd) {
		t.Errorf("write: %v, want %v", err, errCrowd)
	}
	release()
	work.Wait()
	if err := errors.Join(append(errs, <-done)...); err != nil {
		t.Error(err)
	}
	pools, err := s.Pools(t.Context(), "", 2*maxWaiting)
	if err != nil || len(pools) != maxWaiting+1 {
		t.Errorf("%d pools, %v; want %d", len(pools), err, maxWaiting+1)
	}
}

// A disk that hangs in a commit costs its callers a limited time. They are told
// that the outcome is not known. Readers go on, and writers do after it.
func TestCommitThatHangsEndsInUnavailable(t *testing.T) {
	s := openInMemory(t)
	w := s.engine.(*sqliteEngine).writer
	if err := s.write(t.Context(), insertPool("p")); err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	w.conn.conn.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 { <-hang; return 0 })
	s.limit = 50 * time.Millisecond
	for _, id := range []userpool.PoolID{"q", "r"} {
		if err := s.write(t.Context(), insertPool(id)); !errors.Is(err, ErrUnavailable) {
			t.Errorf("write of %s while the disk hangs: %v, want %v", id, err, ErrUnavailable)
		}
	}
	s.limit = callLimit
	wantPools(t, s, "p")
	close(hang)
	if err := s.write(t.Context(), insertPool("s")); err != nil {
		t.Errorf("write after the disk went on: %v", err)
	}
	wantPools(t, s, "p", "q", "s")
}
