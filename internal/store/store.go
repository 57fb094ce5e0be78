// Package store keeps everything that outlives the process, in one relational
// schema on either of two engines: SQLite, in a file, and PostgreSQL.
//
// A [Store] satisfies the storage interfaces of all engines. One exported
// method is one transaction; what several of them share is unexported and
// works on a tx. The SQL stands where it is used, one file a noun, and is the
// same text on both engines; what differs lies behind engine:
//
//	method ─▶ read  ─▶ a pool of readers          (sqlite.go, postgres.go)
//	       └▶ write ─▶ SQLite: the one writer, which lets concurrent writers
//	                   share a commit             (commit.go)
//	                   PostgreSQL: a transaction, again when it lost a race
//	tx ─▶ statements, rows, errors by code        (tx.go, faults.go)
//
// Names are unique by constraint, lists are read by key, times are
// microseconds UTC, and what has expired goes away in [Store.Sweep]. Folding
// of names, hashing and sealing are left to the engines.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// Options are the choices of who opens a store. The zero value is fit for
// production.
type Options struct {
	Log *slog.Logger // nil: nothing is logged
	// Readers is how many read at once on SQLite; 0: 4.
	Readers int
	// Connections is how many connections to PostgreSQL there may be; 0: 20.
	Connections int
}

// Store keeps the state of all engines. Safe for concurrent use.
type Store struct {
	engine
	counts counts

	closed   sync.Once
	closeErr error
}

// engine is what differs between the databases. The methods that take a
// function run it in a transaction, perhaps more than once, and return its
// error.
type engine interface {
	// read is for one statement: a second may see another state.
	read(ctx context.Context, f func(*tx) error) error
	write(ctx context.Context, f func(*tx) error) error
	migrate(ctx context.Context) error
	close() error
}

// Open opens the database at url and brings its schema up to date. The URL is
// one of
//
//	sqlite:///var/lib/gatehouse/gatehouse.db   made with mode 0600 if missing
//	sqlite:gatehouse.db                        the same, in the working directory
//	sqlite::memory:                            a new one, gone after Close
//	postgres://user@host/database
//
// The error is [ErrURL], or an [*OpenError] that names the database and says
// what to do.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e, err := dial(url, o)
	if err != nil {
		return nil, openError(url, err)
	}
	if err := e.migrate(ctx); err != nil {
		e.close()
		return nil, openError(url, fmt.Errorf("bring the database schema up to date: %w", err))
	}
	return &Store{engine: e}, nil
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

// Close ends the use of the database. Calls in flight may fail. It may be
// called again.
func (s *Store) Close() error {
	s.closed.Do(func() { s.closeErr = s.engine.close() })
	return s.closeErr
}

// Ping returns nil when the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.read(ctx, func(t *tx) error {
		_, err := t.exists(`SELECT 1`)
		return err
	})
}
