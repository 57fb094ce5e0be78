package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
)

// lite is the embedded engine: one connection that writes, a few that read.
type lite struct {
	writer  *writer
	readers *statements
	dir     string // removed by Close, if not ""
	o       Options
}

// settings of every connection. The cache of each is small (in KiB): more
// memory there gains nothing over that of the operating system.
const liteSettings = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
	"&_pragma=foreign_keys(1)&_pragma=cache_size(-2000)&_pragma=temp_store(MEMORY)&_txlock=immediate"

// openSQLite opens the database named by the part of the URL after "sqlite:".
func openSQLite(rest string, o Options) (*lite, error) {
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

// openFile opens a database file, and makes it if it is missing. Closing it
// removes dir, if that is not "". sync is SQLite's setting "synchronous".
func openFile(path, dir, sync string, o Options) (*lite, error) {
	e := &lite{o: o, dir: dir}
	if err := createPrivately(path); err != nil {
		return nil, errors.Join(err, e.close())
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
	writes, err1 := openPool(path, "&_pragma=synchronous("+sync+")", 1)
	reads, err2 := openPool(path, "&_pragma=query_only(1)", o.Readers)
	e.writer, e.readers = &writer{db: writes}, &statements{db: reads}
	return e, errors.Join(err1, err2)
}

func openPool(path, settings string, size int) (*sql.DB, error) {
	// Escaped, so that no character of a path is taken for a setting.
	name := (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: liteSettings + settings}).String()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// createPrivately makes an empty database file, and the directory it lies in,
// that nobody else can read. SQLite gives its other files the same mode. A
// file that is there is not even opened: closing it would drop the locks that
// this process has on it.
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

func (e *lite) close() error {
	var errs []error
	if e.readers != nil {
		errs = append(errs, e.readers.close(), e.writer.close())
	}
	if e.dir != "" {
		errs = append(errs, os.RemoveAll(e.dir))
	}
	return errors.Join(errs...)
}

func (e *lite) read(ctx context.Context, f func(*tx) error) error {
	return f(&tx{ctx: ctx, runner: e.readers})
}

func (e *lite) write(ctx context.Context, f func(*tx) error) error {
	return e.writer.write(ctx, f)
}

// migrate runs the steps. SQLite has no lock that outlives a transaction: of
// two processes that start at once, one may find a step done that it was about
// to do. It looks again, and goes on behind it.
func (e *lite) migrate(ctx context.Context) error {
	m, err := newMigrator(goose.DialectSQLite3, e.writer.db, e.o.Log, func(s string) string { return s })
	if err != nil {
		return err
	}
	for range 5 {
		if _, err = m.Up(ctx); err == nil {
			return nil
		}
	}
	return classify(err)
}
