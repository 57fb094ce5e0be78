package store

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// maxWaiting is how many callers may wait for their turn to write. More would
// wait for longer than they may.
const maxWaiting = 1000

var errCrowd = errors.New("too many callers wait to write")

// queue gives one caller at a time its turn, in the order in which they came.
// The zero value is ready for use.
type queue struct {
	mu      sync.Mutex
	taken   bool
	waiting []chan struct{} // each is closed when the turn of its caller comes
}

// enter waits for the caller's turn. After an error the caller has no turn: ctx
// ended before it came, or too many wait already. A nil error does not mean that
// ctx has not ended.
func (q *queue) enter(ctx context.Context) error {
	turn, err := q.join()
	if turn == nil {
		return err
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		if q.abandon(turn) {
			return ctx.Err()
		}
		return nil // the turn came at the same moment
	}
}

// join returns what to wait for, or nil if it is the caller's turn at once or if
// there is an error.
func (q *queue) join() (turn chan struct{}, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case !q.taken:
		q.taken = true
		return nil, nil
	case len(q.waiting) >= maxWaiting:
		return nil, ErrUnavailable.Because(errCrowd)
	}
	turn = make(chan struct{})
	q.waiting = append(q.waiting, turn)
	return turn, nil
}

// abandon takes a caller out of the queue. It returns false if the caller's turn
// has come.
func (q *queue) abandon(turn chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, turn)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// handOver ends the caller's turn by beginning that of the next. It returns false
// if nobody waits: the caller then still has the turn.
func (q *queue) handOver() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next()
}

// leave ends the caller's turn.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken = q.next()
}

func (q *queue) next() bool {
	if len(q.waiting) == 0 {
		return false
	}
	close(q.waiting[0])
	q.waiting = slices.Delete(q.waiting, 0, 1)
	return true
}
