package userimport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const (
	// claimLife is how long a node holds a job without a sign of life.
	claimLife = 30 * time.Second
	// batch is how many lines one transaction handles. It is small, so that other
	// writers do not wait long.
	batch = 50
	// maxUsers is how many users a file may have. Cognito: "Formatting the CSV file".
	maxUsers = 500_000
)

// The messages of ended jobs. Cognito: CompletionMessage.
const (
	succeededMessage = "Import Job Completed Successfully."
	tooManyMessage   = "Too many users have failed or been skipped during the import."
	stoppedMessage   = "The Import Job was stopped by the developer."
)

// Work runs a job to its end, if there is one that no node runs. It reports whether
// there was one. If ctx ends, the job goes on here or on another node.
func (e *Engine) Work(ctx context.Context) (worked bool, err error) {
	now := e.now()
	j, err := e.store.ClaimImportJob(ctx, now, func(j *Job) {
		j.Holder, j.Until = e.self, now.Add(claimLife)
		if j.Status == Pending {
			j.Status = InProgress
		}
	})
	if j == nil || err != nil {
		return false, err
	}
	if err = e.run(ctx, j); ctx.Err() != nil {
		err = e.release(ctx, j)
	}
	if errors.Is(err, ErrLost) || errors.Is(err, ErrJobNotFound) { // another node has it, or its pool is gone
		err = nil
	}
	return true, err
}

// run imports what is left of a job's file. It ends the job before that if somebody
// stopped it: its file may be unreadable.
func (e *Engine) run(ctx context.Context, j *Job) error {
	if j.Status == Stopping {
		return e.finish(ctx, j, Stopped, stoppedMessage)
	}
	err := e.importFile(ctx, j)
	if errors.Is(err, errFile) {
		e.log.LogAttrs(ctx, slog.LevelInfo, "user import file unreadable", slog.String("pool", string(j.Pool)), slog.String("job", string(j.ID)), slog.Any("error", err))
		err = e.finish(ctx, j, Failed, fault.As(err).Message)
	}
	return err
}

// importFile imports what is left of a job's file. If it returns nil, the job has
// ended.
func (e *Engine) importFile(ctx context.Context, j *Job) error {
	p, err := e.pools.Pool(ctx, j.Pool)
	if errors.Is(err, userpool.ErrPoolNotFound) {
		return ErrJobNotFound.Because(err)
	}
	if err != nil {
		return err
	}
	columns, err := e.columns(ctx, p, j)
	if err != nil {
		return err
	}
	rest := newLines(e.openFile(ctx, j, j.Place), j.Place, j.Lines)
	for {
		b, err := e.read(ctx, p, format{columns, j.Hashing}, rest, j.Lines == 0)
		if err != nil {
			return err
		}
		if j, err = e.save(ctx, p, j, b); err != nil {
			return err
		}
		switch {
		case j.Status == Stopping:
			return e.finish(ctx, j, Stopped, stoppedMessage)
		case j.handled() > e.maxUsers:
			return e.finish(ctx, j, Failed, fmt.Sprintf("The CSV file has more than %d users.", e.maxUsers))
		case b.last:
			status, message := outcome(j)
			return e.finish(ctx, j, status, message)
		}
	}
}

// outcome says how a job ends whose file was read to the end. Cognito does not
// document how many are too many; its own examples fail with a third imported.
func outcome(j *Job) (Status, string) {
	if j.Skipped+j.Failed > j.Imported {
		return Failed, tooManyMessage
	}
	return Succeeded, succeededMessage
}

// columns reads the header of a job's file.
func (e *Engine) columns(ctx context.Context, p *userpool.Pool, j *Job) ([]string, error) {
	line, fits, err := newLines(e.openFile(ctx, j, 0), 0, 0).next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errFile.Saying("The CSV file is empty.")
	case err != nil:
		return nil, err
	case !fits:
		return nil, errFile.Saying("The header of the CSV file is too long.")
	}
	if _, err := readRecord(fieldsOf(string(line)), line); err != nil {
		return nil, errFile.Saying("The CSV file is not valid UTF-8.")
	}
	return readHeader(j.header(p), string(line))
}

// lot is some lines of a file, with what they mean.
type lot struct {
	rows         []row
	lines, place int64 // of the file, after these lines
	last         bool
}

// row is a line with a user.
type row struct {
	number int64
	user   *user.User // nil: fault says why
	fault  error
}

// read reads the next lines. With the header, the first is not a user.
func (e *Engine) read(ctx context.Context, p *userpool.Pool, in format, from *lines, header bool) (b lot, err error) {
	for range batch {
		line, fits, err := from.next()
		if errors.Is(err, io.EOF) {
			b.last = true
			break
		}
		if err != nil {
			return lot{}, err
		}
		if header || fits && len(bytes.TrimSpace(line)) == 0 {
			header = false
			continue
		}
		r := row{number: from.done}
		if fits {
			r.user, r.fault = e.draft(ctx, p, in, line)
		} else {
			r.fault = errRecord.Saying("The line has more than %d characters.", maxLine)
		}
		b.rows = append(b.rows, r)
	}
	b.lines, b.place = from.done, from.place
	return b, nil
}

// save makes the users of some lines and counts them, in one transaction.
func (e *Engine) save(ctx context.Context, p *userpool.Pool, j *Job, b lot) (*Job, error) {
	var users []*user.User
	for _, r := range b.rows {
		if r.user != nil {
			users = append(users, r.user)
		}
	}
	return e.store.ImportUsers(ctx, j, e.self, users, func(j *Job, refused []error) string {
		j.Lines, j.Place, j.Until = b.lines, b.place, e.now().Add(claimLife)
		return j.count(p, b.rows, refused)
	})
}

// finish ends a job that this node holds, and deletes its file.
func (e *Engine) finish(ctx context.Context, j *Job, status Status, message string) error {
	j, err := e.store.UpdateImportJob(ctx, j.Pool, j.ID, func(j *Job) error {
		if j.Holder != e.self {
			return ErrLost
		}
		if j.Status == Stopping { // somebody stopped it after its last line
			status, message = Stopped, stoppedMessage
		}
		j.end(status, message, e.now())
		return nil
	})
	if err != nil {
		return err
	}
	e.log.LogAttrs(ctx, slog.LevelInfo, "user import ended", slog.String("pool", string(j.Pool)), slog.String("job", string(j.ID)), slog.String("status", string(j.Status)),
		slog.Int64("imported", j.Imported), slog.Int64("skipped", j.Skipped), slog.Int64("failed", j.Failed))
	return e.drop(ctx, j.File)
}

// release lets another node claim a job at once.
func (e *Engine) release(ctx context.Context, j *Job) error {
	_, err := e.store.UpdateImportJob(context.WithoutCancel(ctx), j.Pool, j.ID, func(j *Job) error {
		if j.Holder != e.self {
			return ErrLost
		}
		j.Holder, j.Until = "", time.Time{}
		return nil
	})
	return err
}
