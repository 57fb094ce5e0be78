package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"
)

// readers are SQLite connections that read. A call has one of them to itself.
//
// The limit of time in a context ends the wait for a connection, not a statement: to
// watch one, database/sql and the driver would start a goroutine each, which takes
// longer than to find a user. What a statement waits for is the disk, and SQLite
// cannot be interrupted then.
type readers struct {
	path  string
	db    *sql.DB       // for snapshots
	slots chan struct{} // one for each call that may read at a time
	ended chan struct{} // closed by close

	mu   sync.Mutex
	free []*sqliteConn // the one that was used last comes last, and is used next
}

// readOnly is the setting of a connection that reads.
const readOnly = "&_pragma=query_only(1)"

func openReaders(path string, size int) (*readers, error) {
	db, err := openPool(path, readOnly, size)
	if err != nil {
		return nil, err
	}
	return &readers{path: path, db: db, slots: make(chan struct{}, size), ended: make(chan struct{})}, nil
}

// enter waits until the caller may read. It calls leave afterwards.
func (r *readers) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return classify(err)
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-r.ended:
		return classify(sql.ErrConnDone)
	case <-ctx.Done():
		return classify(ctx.Err())
	}
}

// enterWithin is enter that waits no longer than limit. Most calls do not wait, and
// need no timer.
func (r *readers) enterWithin(ctx context.Context, limit time.Duration) error {
	if ctx.Err() == nil {
		select {
		case r.slots <- struct{}{}:
			return nil
		default:
		}
	}
	return within(ctx, limit, r.enter)
}

func (r *readers) leave() { <-r.slots }

// read calls f with a connection, for which it waits no longer than limit.
func (r *readers) read(ctx context.Context, limit time.Duration, f func(*tx) error) error {
	if err := r.enterWithin(ctx, limit); err != nil {
		return err
	}
	defer r.leave()
	one, err := r.take()
	if err != nil {
		return err
	}
	works := false // nor does it after a panic of f
	defer func() {
		if works {
			r.give(one)
		} else {
			one.close()
		}
	}()
	err = f(&tx{ctx: context.WithoutCancel(ctx), runner: one})
	works = !errors.Is(err, driver.ErrBadConn)
	return err
}

// take returns a connection that nobody uses, or a new one.
func (r *readers) take() (*sqliteConn, error) {
	if one := r.last(); one != nil {
		return one, nil
	}
	one, err := openConn(r.path, readOnly)
	return one, statementError("connect", err)
}

func (r *readers) last() *sqliteConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.free) - 1
	if last < 0 {
		return nil
	}
	one := r.free[last]
	r.free = r.free[:last]
	return one
}

func (r *readers) give(one *sqliteConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, one)
}

// close waits for the calls that read.
func (r *readers) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	var errs []error
	for range cap(r.slots) {
		errs = append(errs, r.enter(ctx))
	}
	close(r.ended)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.free {
		errs = append(errs, one.close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}
