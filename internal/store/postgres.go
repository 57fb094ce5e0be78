package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresEngine is the engine for a PostgreSQL server, which several nodes can
// share.
type postgresEngine struct {
	db     *sql.DB
	urgent *sql.DB // for readAtOnce
	config *pgx.ConnConfig
	o      Options
}

// urgentConnections is the number of connections for what must not wait.
const urgentConnections = 2

func openPostgres(url string, o Options) (engine, error) {
	config, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	if o.Connections == 0 {
		o.Connections = 20
	}
	limits := settingsBeside(config.RuntimeParams)
	return &postgresEngine{
		db:     postgresPool(config, o.Connections, limits),
		urgent: postgresPool(config, urgentConnections, limits),
		config: config, o: o,
	}, nil
}

// postgresPool returns a pool of at most size connections with the settings.
func postgresPool(config *pgx.ConnConfig, size int, settings []setting) *sql.DB {
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(applySettings(settings)))
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute) // notice when the server has a new address
	return db
}

func (p *postgresEngine) close() error { return errors.Join(p.db.Close(), p.urgent.Close()) }

func (p *postgresEngine) intact() error { return nil }

func (p *postgresEngine) read(ctx context.Context, limit time.Duration, f func(*tx) error) error {
	return readFrom(ctx, p.db, limit, f)
}

func (p *postgresEngine) readAtOnce(ctx context.Context, limit time.Duration, f func(*tx) error) error {
	return readFrom(ctx, p.urgent, limit, f)
}

func readFrom(ctx context.Context, db *sql.DB, limit time.Duration, f func(*tx) error) error {
	return within(ctx, limit, func(ctx context.Context) error {
		return retryIfStale(func() error { return f(&tx{ctx: ctx, runner: pooled{db}}) })
	})
}

// maxTries limits how often a transaction runs when it conflicts with others.
const maxTries = 12

// write runs f in a transaction at the isolation level READ COMMITTED. This is
// enough, because f reads rows that it will change with tx.lock, and values that
// must be unique have a constraint.
func (p *postgresEngine) write(ctx context.Context, f func(*tx) error) error {
	return p.repeat(ctx, func() error { return p.transaction(ctx, f) })
}

// repeat runs a transaction again that was in conflict with another.
func (p *postgresEngine) repeat(ctx context.Context, transaction func() error) error {
	var err error
	for try := range maxTries {
		if err = transaction(); !errors.Is(err, errRace) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return ErrUnavailable.Because(err)
}

func (p *postgresEngine) snapshot(ctx context.Context, f func(*tx) error) error {
	return snapshotOf(ctx, p.db, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(t *tx) error {
		for _, limit := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} { // whoever takes the rows may be slow
			if _, err := t.exec(`SET LOCAL ` + limit + ` = 0`); err != nil {
				return err
			}
		}
		return f(t)
	})
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
	if err := f(&tx{ctx: ctx, runner: pooled{t}, locksRows: true}); err != nil {
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
// connection, and not a statement: one that took too long would do so again.
func staleConnection(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && !strings.HasPrefix(pg.Code, "57P") {
		return false
	}
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
	db := postgresPool(p.config, 1, migrationSettings)
	defer db.Close()
	m, err := newMigrator(goose.DialectPostgres, db, p.o.Log, collate, goose.WithSessionLocker(migrationLock{}))
	if err != nil {
		return err
	}
	return classify(up(ctx, m, p.o.Log))
}

// migrationLock lets one process at a time change the schema. It is an advisory
// lock of the database session, so it is released when the session ends.
type migrationLock struct{}

// migrationLockID is the number of the advisory lock. It spells "gatehse1", so
// that another program in the same database hardly uses it by accident.
const migrationLockID = 0x6761746568736531

// SessionLock waits for the lock, for as long as lock_timeout says.
func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLockID))
	return err
}

// SessionUnlock releases the lock.
func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLockID))
	return err
}
