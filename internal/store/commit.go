package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// writer is the one SQLite connection that writes. A commit waits for the disk,
// which takes longer than the statements. Therefore callers that wait for the
// connection share a commit: each caller runs in a savepoint of a common
// transaction, and the last caller commits.
//
//	A  SAVEPOINT … RELEASE ┐
//	B  SAVEPOINT … ROLLBACK┤ (only B gets its error)
//	C  SAVEPOINT … RELEASE ┴─▶ COMMIT ─▶ all three return
//
// No caller returns before the commit, not even with an error: the error may
// depend on rows that another caller wrote and that the commit may still lose.
// A caller has the turn of the queue while its statements run. If another caller
// waits, it leaves the commit to that caller. A caller whose time is over leaves
// the queue. One whose time ends during the commit is told that the outcome is
// not known, as after a connection that was lost at that moment: the disk may
// hang.
type writer struct {
	open  func() (*sqliteConn, error)
	files []*identity
	queue queue

	// The caller whose turn it is, and the goroutine that commits for it, use these.
	conn *sqliteConn // nil before the first write
	now  *batch      // nil if no transaction is open
}

// batch is a transaction that several callers share.
type batch struct {
	size int
	done chan struct{} // closed after the commit or the rollback
	err  error         // why the commit failed; valid after done is closed
}

// maxBatch limits the number of callers in a batch, and so the time that the
// first caller waits for the commit.
const maxBatch = 128

var errOutcome = errors.New("the commit takes too long; whether it succeeds is not known")

func (w *writer) write(ctx context.Context, f func(*tx) error) error {
	b, err := w.turn(ctx, f)
	if b == nil {
		return err
	}
	return cmp.Or(b.wait(ctx), err)
}

// turn waits for the caller's turn, runs f and returns the batch that f is part
// of. The batch is nil if f did not run. A caller whose ctx ends as its turn
// comes still commits, because the caller before it left that to it.
func (w *writer) turn(ctx context.Context, f func(*tx) error) (*batch, error) {
	if err := w.queue.enter(ctx); err != nil {
		return nil, classify(err)
	}
	defer w.endTurn()
	if err := ctx.Err(); err != nil {
		return nil, classify(err)
	}
	b, err := w.begin()
	if err != nil {
		return nil, err
	}
	b.size++
	// SQLite rolls back the whole transaction when a statement is interrupted,
	// including the work of other callers. Therefore f can no longer be cancelled.
	return b, w.savepoint(&tx{ctx: context.WithoutCancel(ctx), runner: w.conn}, f)
}

// wait waits for the commit. Only the limit of time in ctx ends the wait, not a
// client that left: f has run.
func (b *batch) wait(ctx context.Context) error {
	end, limited := ctx.Deadline()
	if !limited {
		<-b.done
		return b.err
	}
	limit := time.NewTimer(time.Until(end))
	defer limit.Stop()
	select {
	case <-b.done:
		return b.err
	case <-limit.C:
		return ErrUnavailable.Because(errOutcome)
	}
}

// endTurn ends the turn of a caller. If nobody waits who can still join the
// batch, the batch is committed first.
func (w *writer) endTurn() {
	switch {
	case w.now == nil:
		w.queue.leave()
	case w.now.size >= maxBatch || !w.queue.handOver():
		go w.commit() // the disk may hang, and the caller need not
	}
}

// commit commits the batch and ends the turn.
func (w *writer) commit() {
	defer w.queue.leave()
	err := w.do("COMMIT")
	if err != nil {
		w.do("ROLLBACK")
	}
	w.finish(err)
}

// begin returns the open batch, or opens a new one.
func (w *writer) begin() (*batch, error) {
	if w.now != nil {
		return w.now, nil
	}
	if err := w.connect(); err != nil {
		return nil, statementError("connect", err)
	}
	if err := w.intact(); err != nil {
		return nil, err
	}
	if err := w.do("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	w.now = &batch{done: make(chan struct{})}
	return w.now, nil
}

// intact returns an error if one of the files was deleted or replaced.
func (w *writer) intact() error {
	for _, file := range w.files {
		if err := file.check(); err != nil {
			return err
		}
	}
	return nil
}

// savepoint runs f in a savepoint. If f fails, only its own changes are undone.
func (w *writer) savepoint(t *tx, f func(*tx) error) error {
	if err := w.do("SAVEPOINT turn"); err != nil {
		w.finish(errors.Join(err, w.do("ROLLBACK")))
		return err
	}
	released := false
	defer func() { // runs also if f panics
		if !released {
			w.undo()
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := w.do("RELEASE turn"); err != nil {
		return err
	}
	released = true
	return nil
}

// undo rolls back to the savepoint. If that fails, SQLite has already rolled
// back the whole transaction (it does so when the disk is full), and the batch
// ends.
func (w *writer) undo() {
	err := errors.Join(w.do("ROLLBACK TO turn"), w.do("RELEASE turn"))
	if err != nil {
		w.do("ROLLBACK")
		w.finish(ErrUnavailable.Because(err))
	}
}

// finish ends the batch and wakes all callers that wait for it.
func (w *writer) finish(err error) {
	w.now.err = err
	close(w.now.done)
	w.now = nil
}

// connect opens the connection at the first write.
func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.open()
	w.conn = conn
	return err
}

// do runs a command such as COMMIT.
func (w *writer) do(command string) error {
	_, err := w.conn.exec(context.Background(), command, nil)
	return statementError(command, err)
}

func (w *writer) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	if err := w.queue.enter(ctx); err != nil {
		return fmt.Errorf("wait for the last write: %w", err)
	}
	defer w.queue.leave()
	if w.conn == nil {
		return nil
	}
	return w.conn.close()
}
