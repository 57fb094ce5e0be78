package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// sqliteEngine is the engine for a SQLite file. One connection writes, and a few
// connections read.
type sqliteEngine struct {
	writer  *writer
	readers *readers
	urgent  *readers // for readAtOnce
	path    string
	sync    string // SQLite's setting "synchronous"
	dir     string // temporary directory that close removes; may be ""
	o       Options
}

// connectionSettings apply to every connection. The cache of a connection is
// small (2,000 KiB), because the operating system already caches the file. The
// write-ahead log shrinks to 16 MiB when it begins anew: otherwise it would keep
// the size of the largest transaction.
const connectionSettings = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)" +
	"&_pragma=journal_size_limit(16777216)" +
	"&_pragma=cache_size(-2000)&_pragma=temp_store(MEMORY)&_txlock=immediate"

// foreignKeys is the setting of a connection that changes rows. Without it, SQLite
// does not look at foreign keys.
const foreignKeys = "&_pragma=foreign_keys(1)"

// openSQLite opens the database named by the part of the URL after "sqlite:".
func openSQLite(rest string, o Options) (engine, error) {
	switch path := strings.TrimPrefix(rest, "//"); path {
	case "":
		return nil, ErrURL.Saying("The database URL has no path: write sqlite:///path/to/gatehouse.db.")
	case ":memory:":
		dir, path, err := memoryPath()
		if err != nil {
			return nil, err
		}
		return openFile(path, dir, "OFF", o)
	default:
		return openFile(path, "", "FULL", o)
	}
}

// openFile opens a database file, and creates it if it is missing. If dir is not
// "", close removes that directory. sync is SQLite's setting "synchronous".
func openFile(path, dir, sync string, o Options) (engine, error) {
	e := &sqliteEngine{o: o, path: path, sync: sync, dir: dir}
	if err := e.open(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// open makes the file and the pools. close closes what it has made.
func (e *sqliteEngine) open() error {
	if err := createPrivately(e.path); err != nil {
		return err
	}
	open := func() (*sqliteConn, error) { return openConn(e.path, e.writes(foreignKeys)) }
	e.writer = &writer{open: open, files: []*identity{{path: e.path}, {path: e.path + "-wal"}}}
	var err error
	if e.readers, err = openReaders(e.path, cmp.Or(e.o.Readers, 4)); err != nil {
		return err
	}
	e.urgent, err = openReaders(e.path, 1)
	return err
}

// writes returns the settings of a connection that may write. more come after the usual
// ones.
func (e *sqliteEngine) writes(more string) string {
	return "&_pragma=synchronous(" + e.sync + ")" + more
}

// openPool opens size connections to the file at path.
func openPool(path, settings string, size int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", urlOf(path, settings))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

func urlOf(path, settings string) string { return fileURL(path, connectionSettings+settings) }

// createPrivately creates an empty database file and its directory, which only
// the current user can read. SQLite gives the same mode to its other files. An
// existing file is not opened, because closing it would release the locks that
// this process holds on it.
func createPrivately(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make directory of database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	return f.Close()
}

func (e *sqliteEngine) close() error {
	var errs []error
	for _, pool := range []*readers{e.readers, e.urgent} {
		if pool != nil {
			errs = append(errs, pool.close())
		}
	}
	if e.writer != nil {
		errs = append(errs, e.writer.close())
	}
	if e.dir != "" {
		errs = append(errs, os.RemoveAll(e.dir))
	}
	return errors.Join(errs...)
}

func (e *sqliteEngine) intact() error { return e.writer.intact() }

func (e *sqliteEngine) read(ctx context.Context, limit time.Duration, f func(*tx) error) error {
	return e.readers.read(ctx, limit, f)
}

func (e *sqliteEngine) readAtOnce(ctx context.Context, limit time.Duration, f func(*tx) error) error {
	return e.urgent.read(ctx, limit, f)
}

func (e *sqliteEngine) write(ctx context.Context, f func(*tx) error) error {
	return e.writer.write(ctx, f)
}

// snapshot keeps a connection of the readers. The write-ahead log grows meanwhile.
func (e *sqliteEngine) snapshot(ctx context.Context, f func(*tx) error) error {
	if err := e.readers.enter(ctx); err != nil {
		return err
	}
	defer e.readers.leave()
	return snapshotOf(ctx, e.readers.db, &sql.TxOptions{ReadOnly: true}, f)
}

// upToDate reports whether the file has all steps, and none that this program does not
// know. Most starts find it so. They ask a connection that is needed in any case, and the
// schema is read once, which is most of what opening a connection takes. false may also
// mean that there is no answer.
func (e *sqliteEngine) upToDate(ctx context.Context) bool {
	if info, err := os.Stat(e.path); err != nil || info.Size() == 0 {
		return false
	}
	var done []int64
	err := e.read(ctx, callLimit, func(t *tx) (err error) {
		done, err = appliedSteps(t)
		return err
	})
	if err != nil {
		return false
	}
	known, err := stepNumbers(goose.DialectSQLite3)
	return err == nil && slices.Equal(known, done)
}

// migrate runs the missing steps. SQLite has no lock that outlives a
// transaction. If two processes start at once, one may fail because the other
// has just done the step. It then reads the state again and continues.
//
// The steps have a connection without foreign keys: with them, a step that puts a
// table in the place of another would delete all rows that refer to it.
func (e *sqliteEngine) migrate(ctx context.Context) error {
	if e.upToDate(ctx) {
		return nil
	}
	db, err := openPool(e.path, e.writes(""), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	m, err := newMigrator(goose.DialectSQLite3, db, e.o.Log, func(s string) string { return s })
	if err != nil {
		return err
	}
	for range 5 {
		err = up(ctx, m, e.o.Log)
		if _, newer := errors.AsType[*newerSchema](err); err == nil || newer {
			return err
		}
	}
	return classify(err)
}
