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

// postgres is the engine where one machine is not enough.
type postgres struct {
	db *sql.DB
	o  Options
}

// connectTimeout bounds the wait for a server that is away, unless the URL
// says another.
const connectTimeout = 5 * time.Second

func openPostgres(url string, o Options) (*postgres, error) {
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
	db.SetConnMaxLifetime(30 * time.Minute) // follow a server that moved
	return &postgres{db: db, o: o}, nil
}

func (p *postgres) close() error { return p.db.Close() }

func (p *postgres) read(ctx context.Context, f func(*tx) error) error {
	return afresh(func() error { return f(&tx{ctx: ctx, runner: p.db}) })
}

// maxTries bounds how often a transaction is run that loses its race.
const maxTries = 12

// write runs f at the level READ COMMITTED: what is read in order to be
// changed is read with tx.lock, what must be unique has a constraint.
func (p *postgres) write(ctx context.Context, f func(*tx) error) error {
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

func (p *postgres) transaction(ctx context.Context, f func(*tx) error) error {
	var t *sql.Tx
	err := afresh(func() (err error) {
		t, err = p.db.BeginTx(ctx, nil)
		return failed("BEGIN", err)
	})
	if err != nil {
		return err
	}
	defer t.Rollback() // after Commit it does nothing
	if err := f(&tx{ctx: ctx, runner: t, locksRow: true}); err != nil {
		return err
	}
	return failed("COMMIT", t.Commit())
}

// afresh runs f, which changes nothing, again when it met a connection that
// the server has closed behind our back: by its restart, say.
func afresh(f func() error) error {
	var err error
	for range 3 {
		if err = f(); !stale(err) {
			break
		}
	}
	return err
}

// stale reports whether a connection broke that had been made before.
func stale(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return errors.Is(err, ErrUnavailable) && !connecting && !errors.Is(err, context.DeadlineExceeded)
}

// pause waits a little longer after each try, and not as long as its rival.
func pause(ctx context.Context, try int) error {
	wait := time.Duration(1+rand.IntN(4<<min(try, 6))) * time.Millisecond
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(wait):
		return nil
	}
}

func (p *postgres) migrate(ctx context.Context) error {
	m, err := newMigrator(goose.DialectPostgres, p.db, p.o.Log, collate, goose.WithSessionLocker(migrationLock{}))
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return classify(err)
}

// migrationLock lets one process at a time change the schema: an advisory lock
// of the session, which ends with the session.
type migrationLock struct{}

// migrationLockID is our own, so that other programs that use this database
// don't meet it.
const migrationLockID = 0x6761746568736531

// SessionLock waits for the lock.
func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLockID))
	return err
}

// SessionUnlock gives it back.
func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLockID))
	return err
}
