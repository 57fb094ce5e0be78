// Package store saves the state of the program in a database: a SQLite file or
// a PostgreSQL server. Both have the same schema.
//
// A [Store] implements the storage interfaces of the packages that hold the
// rules, such as userpool, token and session. Each exported method runs one
// transaction. Code that several methods share is in unexported methods of tx.
// Each noun has a file with its SQL. The same SQL text runs on both databases;
// the interface engine hides the differences:
//
//	method ─▶ read  ─▶ a pool of readers          (sqlite.go, readers.go, postgres.go)
//	       ├▶ readAtOnce ─▶ a small pool of its own, for what must not wait
//	       └▶ write ─▶ SQLite: the one writer, which lets concurrent callers
//	                   share a commit             (commit.go)
//	                   PostgreSQL: a transaction, repeated after a conflict
//	tx ─▶ statements, rows, errors by code        (tx.go, faults.go)
//
// Every call has a limit of time (limits.go). [Backup] and [Restore] copy a SQLite
// file.
//
// Unique constraints keep names unique. Lists are read by key, never by offset.
// Times are stored as microseconds UTC. [Store.Sweep] deletes expired rows. The
// callers fold the case of names, and hash and seal secrets.
package store

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/directory/userpool"
)

// Options configures [Open]. The zero value is suitable for production.
type Options struct {
	// Log receives the log of schema changes. If nil, nothing is logged.
	Log *slog.Logger
	// Readers is the number of SQLite connections that read. 0 means 4.
	Readers int
	// Connections is the maximum number of connections to PostgreSQL for usual
	// work. 0 means 20. Two more are for what must not wait.
	Connections int
	// UnknownNames is how many counts of tries for names that no user has are
	// kept. 0 means 100,000.
	UnknownNames int
	// CallLimit is how long one call may take. 0 means 10 seconds.
	CallLimit time.Duration
	// Issuer returns the issuer of a pool's tokens. The gateway's sessions of that
	// issuer follow the users of the pool. If nil, they do not.
	Issuer func(*userpool.Pool) string
}

// Store reads and writes the database. It is safe for concurrent use.
type Store struct {
	engine     engine
	limit      time.Duration // of one call
	counts     counts
	maxUnknown int // see Options.UnknownNames
	// refused is whether the database refused the last write.
	refused atomic.Bool
	issuer  func(*userpool.Pool) string

	poolSettings   decoded[userpool.Settings]
	clientSettings decoded[userpool.ClientSettings]

	closed   sync.Once
	closeErr error
}

// engine hides the differences between the databases. read and write may call
// their function more than once. They return its error.
type engine interface {
	// read runs f without a transaction. f should run one statement: a second
	// statement may see later changes. It takes no longer than limit.
	read(ctx context.Context, limit time.Duration, f func(*tx) error) error
	// readAtOnce is read on connections of its own, so that it does not wait for
	// usual work.
	readAtOnce(ctx context.Context, limit time.Duration, f func(*tx) error) error
	// write runs f in one transaction. If f returns an error, nothing is saved.
	write(ctx context.Context, f func(*tx) error) error
	// askAll is read for questions, each of which sees a state of its own.
	askAll(ctx context.Context, limit time.Duration, list []question) error
	// execAll runs statements in one transaction, and returns how many rows each has
	// changed.
	execAll(ctx context.Context, list []statement) ([]int64, error)
	// snapshot runs f without limits of time on the state of one moment. f does not
	// write.
	snapshot(ctx context.Context, f func(*tx) error) error
	// intact returns an error if what would be written now would be lost.
	intact() error
	// migrate updates the schema.
	migrate(ctx context.Context) error
	close() error
}

// Open opens the database at url and updates its schema. The URL has one of
// these forms:
//
//	sqlite:///var/lib/gatehouse/gatehouse.db   a missing file is created with mode 0600
//	sqlite:gatehouse.db                        the same, in the working directory
//	sqlite::memory:                            a new database; Close deletes it
//	postgres://user@host/database
//
// The error is [ErrURL], or an [*OpenError] that names the database and may say
// what to do.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CallLimit == 0 {
		o.CallLimit = callLimit
	}
	e, err := dial(url, o)
	if err != nil {
		return nil, openError(url, err)
	}
	if err := e.migrate(ctx); err != nil {
		e.close()
		return nil, openError(url, fmt.Errorf("bring the database schema up to date: %w", err))
	}
	return &Store{engine: e, limit: o.CallLimit, issuer: o.Issuer, maxUnknown: cmp.Or(o.UnknownNames, maxUnknown)}, nil
}

func dial(url string, o Options) (engine, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(rest, o)
	case "postgres", "postgresql":
		return openPostgres(url, o)
	}
	return nil, ErrURL.Saying("The database URL must begin with sqlite: or postgres:, not %q.", scheme)
}

// Close closes the database. Calls that are still running may fail. Later calls
// of Close do nothing and return the same error.
func (s *Store) Close() error {
	s.closed.Do(func() { s.closeErr = s.engine.close() })
	return s.closeErr
}

// Ping returns nil if the database answers. It does not wait for usual work.
func (s *Store) Ping(ctx context.Context) error {
	return s.readAtOnce(ctx, func(t *tx) error {
		_, err := t.exists(`SELECT 1`)
		return err
	})
}

// The following methods are those of engine, with a limit of time. Who reads waits for
// the database only in PostgreSQL, and in SQLite for a turn; see readers.

func (s *Store) read(ctx context.Context, f func(*tx) error) error {
	return s.engine.read(ctx, s.limit, f)
}

func (s *Store) readAtOnce(ctx context.Context, f func(*tx) error) error {
	return s.engine.readAtOnce(ctx, s.limit, f)
}

func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	err := within(ctx, s.limit, func(ctx context.Context) error { return s.engine.write(ctx, s.telling(f)) })
	s.noteWrite(err)
	return err
}
