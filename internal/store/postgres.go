package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresEngine is the engine for a PostgreSQL server, which several nodes can
// share.
type postgresEngine struct {
	db *sql.DB
	o  Options
}

// connectTimeout limits the time to connect to the server, unless the URL has
// connect_timeout.
const connectTimeout = 5 * time.Second

func openPostgres(url string, o Options) (*postgresEngine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, ErrURL.Saying("The database URL is not valid.").Because(err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if o.Connections == 0 {
		o.Connections = 20
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(o.Connections)
	db.SetMaxIdleConns(o.Connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute) // notice when the server has a new address
	return &postgresEngine{db: db, o: o}, nil
}

func (p *postgresEngine) close() error { return p.db.Close() }

func (p *postgresEngine) read(ctx context.Context, f func(*tx) error) error {
	return retryIfStale(func() error { return f(&tx{ctx: ctx, runner: p.db}) })
}

// maxTries limits how often a transaction runs when it conflicts with others.
const maxTries = 12

// write runs f in a transaction at the isolation level READ COMMITTED. This is
// enough, because f reads rows that it will change with tx.lock, and values that
// must be unique have a constraint.
func (p *postgresEngine) write(ctx context.Context, f func(*tx) error) error {
	var err error
	for try := range maxTries {
		if err = p.transaction(ctx, f); !errors.Is(err, errRace) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return ErrUnavailable.Because(err)
}

func (p *postgresEngine) transaction(ctx context.Context, f func(*tx) error) error {
	var t *sql.Tx
	err := retryIfStale(func() (err error) {
		t, err = p.db.BeginTx(ctx, nil)
		return statementError("BEGIN", err)
	})
	if err != nil {
		return err
	}
	defer t.Rollback() // does nothing after Commit
	if err := f(&tx{ctx: ctx, runner: t, locksRows: true}); err != nil {
		return err
	}
	return statementError("COMMIT", t.Commit())
}

// retryIfStale runs f again if the server had closed the pooled connection, for
// example because the server restarted. f must not change data.
func retryIfStale(f func() error) error {
	var err error
	for range 3 {
		if err = f(); !staleConnection(err) {
			break
		}
	}
	return err
}

// staleConnection reports whether a connection from the pool failed, not a new
// connection.
func staleConnection(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return errors.Is(err, ErrUnavailable) && !connecting && !errors.Is(err, context.DeadlineExceeded)
}

// pause waits before the next try. The wait is random, so that two transactions
// in conflict do not meet again. Its maximum grows with each try.
func pause(ctx context.Context, try int) error {
	wait := time.Duration(1+rand.IntN(4<<min(try, 6))) * time.Millisecond
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(wait):
		return nil
	}
}

func (p *postgresEngine) migrate(ctx context.Context) error {
	m, err := newMigrator(goose.DialectPostgres, p.db, p.o.Log, collate, goose.WithSessionLocker(migrationLock{}))
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return classify(err)
}

// migrationLock lets one process at a time change the schema. It is an advisory
// lock of the database session, so it is released when the session ends.
type migrationLock struct{}

// migrationLockID is the number of the advisory lock. It spells "gatehse1", so
// that another program in the same database hardly uses it by accident.
const migrationLockID = 0x6761746568736531

// SessionLock waits for the lock.
func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLockID))
	return err
}

// SessionUnlock releases the lock.
func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLockID))
	return err
}
