package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

// writer is SQLite's one writing connection. Bringing a commit to disk takes
// longer than the transaction itself, so writers that wait for each other share
// one: each runs in a savepoint of a common transaction, which the last of them
// commits.
//
//	A  SAVEPOINT … RELEASE ┐
//	B  SAVEPOINT … ROLLBACK┤ (its error is its own)
//	C  SAVEPOINT … RELEASE ┴─▶ COMMIT ─▶ all three are answered
//
// Nobody is answered before the commit, not even with an error: it may come of
// what another one wrote. There is no goroutine for it: each writer has its
// turn while it holds the lock, and leaves the commit to the next if there is
// one.
type writer struct {
	db      *sql.DB // of one connection
	waiting atomic.Int32

	mu    sync.Mutex
	conn  *sql.Conn // nil: not yet taken from db
	stmts map[string]*sql.Stmt
	open  *batch // nil: no transaction is open
}

// batch is a transaction that writers share.
type batch struct {
	size int
	done chan struct{} // closed when it is over
	err  error         // why it was not committed; to be read after done
}

// maxBatch bounds how long the first of a batch waits for the last.
const maxBatch = 128

func (w *writer) write(ctx context.Context, f func(*tx) error) error {
	b, err := w.turn(ctx, f)
	if b == nil {
		return err
	}
	<-b.done
	if b.err != nil {
		return b.err
	}
	return err
}

// turn runs f and returns the batch that it became part of, or nil. Whoever
// waits here takes its turn even if its caller is gone: the one before may have
// left the commit to it.
func (w *writer) turn(ctx context.Context, f func(*tx) error) (*batch, error) {
	w.waiting.Add(1)
	w.mu.Lock()
	w.waiting.Add(-1)
	defer w.mu.Unlock()
	defer w.commitUnlessAwaited()
	if err := ctx.Err(); err != nil {
		return nil, classify(err)
	}
	b, err := w.begin()
	if err != nil {
		return nil, err
	}
	b.size++
	// A statement that is interrupted takes the whole transaction with it, and
	// with it the work of others: once begun, a turn is finished.
	return b, w.savepoint(&tx{ctx: context.WithoutCancel(ctx), runner: w}, f)
}

func (w *writer) begin() (*batch, error) {
	if w.open != nil {
		return w.open, nil
	}
	if err := w.connect(); err != nil {
		return nil, failed("connect", err)
	}
	if err := w.do("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	w.open = &batch{done: make(chan struct{})}
	return w.open, nil
}

func (w *writer) savepoint(t *tx, f func(*tx) error) error {
	if err := w.do("SAVEPOINT turn"); err != nil {
		w.finish(errors.Join(err, w.do("ROLLBACK")))
		return err
	}
	kept := false
	defer func() { // also when f panics
		if !kept {
			w.undo()
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := w.do("RELEASE turn"); err != nil {
		return err
	}
	kept = true
	return nil
}

// undo takes back what this turn has done. When that is not possible, SQLite
// has taken back the whole transaction, as it does when the disk is full.
func (w *writer) undo() {
	err := errors.Join(w.do("ROLLBACK TO turn"), w.do("RELEASE turn"))
	if err != nil {
		w.do("ROLLBACK")
		w.finish(ErrUnavailable.Because(err))
	}
}

func (w *writer) commitUnlessAwaited() {
	if w.open == nil || w.waiting.Load() > 0 && w.open.size < maxBatch {
		return
	}
	err := w.do("COMMIT")
	if err != nil {
		w.do("ROLLBACK")
	}
	w.finish(err)
}

// finish ends the batch for all who wait for it.
func (w *writer) finish(err error) {
	w.open.err = err
	close(w.open.done)
	w.open = nil
}

func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.db.Conn(context.Background())
	w.conn, w.stmts = conn, map[string]*sql.Stmt{}
	return err
}

func (w *writer) do(command string) error {
	_, err := w.ExecContext(context.Background(), command)
	return failed(command, err)
}

// ExecContext implements runner.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := w.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext implements runner.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := w.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (w *writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(ctx, query)
	if err == nil {
		w.stmts[query] = stmt
	}
	return stmt, err
}

func (w *writer) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for _, stmt := range w.stmts {
		errs = append(errs, stmt.Close())
	}
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(append(errs, w.db.Close())...)
}
