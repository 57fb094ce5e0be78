package userimport

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Config is what an [Engine] needs. Every field must be set, but one that only reads
// reports needs no Pools, Users and Credentials.
type Config struct {
	Store       Store
	Pools       *userpool.Engine
	Users       *user.Engine
	Credentials *credential.Engine
	Sealer      *seal.Sealer
	Log         *slog.Logger
	Now         func() time.Time
}

// Engine creates, starts, stops and runs import jobs. Safe for concurrent use.
type Engine struct {
	store       Store
	pools       *userpool.Engine
	users       *user.Engine
	credentials *credential.Engine
	sealer      *seal.Sealer
	log         *slog.Logger
	clock       func() time.Time
	self        string        // this engine among all nodes
	started     chan struct{} // has a value after Start

	maxFile, maxUsers int64
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{
		store: c.Store, pools: c.Pools, users: c.Users, credentials: c.Credentials, sealer: c.Sealer, log: c.Log, clock: c.Now,
		self: ids.UUID(), started: make(chan struct{}, 1), maxFile: MaxFile, maxUsers: maxUsers,
	}
}

// now returns the time of one operation, in the precision that the store keeps.
func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Create adds a job, which waits for its file. ErrHashing, ErrTooManyJobs.
func (e *Engine) Create(ctx context.Context, p *userpool.Pool, name, logsRole string, hashing Hashing) (*Job, error) {
	if err := hashing.check(); err != nil {
		return nil, err
	}
	j := &Job{ID: ID("import-" + ids.From(alphanumeric, 10)), Pool: p.ID, Name: name, LogsRole: logsRole, Hashing: hashing, Status: Created, Created: e.now()}
	if err := e.store.CreateImportJob(ctx, j, MaxJobs); err != nil {
		return nil, err
	}
	return j, nil
}

// Job returns a job. ErrJobNotFound.
func (e *Engine) Job(ctx context.Context, pool userpool.PoolID, id ID) (*Job, error) {
	j, err := e.store.ImportJob(ctx, pool, id)
	if err != nil {
		return nil, err
	}
	return j.At(e.now()), nil
}

// List returns a page of a pool's jobs, newest first, and where the next page
// starts: "" after the last page. ErrPlace.
func (e *Engine) List(ctx context.Context, pool userpool.PoolID, after string, size int) (jobs []*Job, next string, err error) {
	place, err := readPlace(after)
	if err != nil {
		return nil, "", err
	}
	size = userpool.PageSize(size, userpool.MaxPage)
	rows, err := e.store.ImportJobs(ctx, pool, place, size+1)
	if err != nil {
		return nil, "", err
	}
	rows, next = userpool.CutPage(rows, size, func(j *Job) string { return Place{j.Created, j.ID}.text() })
	for _, j := range rows {
		jobs = append(jobs, j.At(e.now()))
	}
	return jobs, next, nil
}

// Start has a job run, on any node. ErrNoFile, ErrJobState.
func (e *Engine) Start(ctx context.Context, pool userpool.PoolID, id ID) (*Job, error) {
	now := e.now()
	j, err := e.store.UpdateImportJob(ctx, pool, id, func(j *Job) error {
		switch {
		case j.At(now).Status != Created:
			return inState(j.At(now), "started")
		case j.File == "":
			return ErrNoFile.Saying("No csv file was uploaded for %s", j.ID)
		}
		j.Status, j.Started = Pending, now
		return nil
	})
	if err == nil {
		e.wake()
	}
	return j, err
}

// Stop ends a job that was started. The users whom it made stay. ErrJobState.
func (e *Engine) Stop(ctx context.Context, pool userpool.PoolID, id ID) (*Job, error) {
	now := e.now()
	j, err := e.store.UpdateImportJob(ctx, pool, id, func(j *Job) error {
		if j.Status != Pending && j.Status != InProgress {
			return inState(j.At(now), "stopped")
		}
		j.Status = Stopping
		return nil
	})
	if err == nil {
		e.wake()
	}
	return j, err
}

func inState(j *Job, change string) error {
	return ErrJobState.Saying("The import job %s cannot be %s: its status is %s.", j.ID, change, j.Status)
}

// CheckIdle returns ErrInProgress while a job of the pool runs: a change of the
// schema would change what the file means. Cognito: UserImportInProgressException.
func (e *Engine) CheckIdle(ctx context.Context, pool userpool.PoolID) error {
	busy, err := e.store.Importing(ctx, pool)
	if err == nil && busy {
		err = ErrInProgress
	}
	return err
}

// wake has this node look for work at once.
func (e *Engine) wake() {
	select {
	case e.started <- struct{}{}:
	default:
	}
}

// Started has a value when this node should call [Engine.Work] at once. A job that
// another node started is found by calling it now and then.
func (e *Engine) Started() <-chan struct{} { return e.started }
