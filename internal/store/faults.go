package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/internal/base/fault"
)

// Errors of the store itself. All others are those that the engines declare.
var (
	// ErrUnavailable says that the database is away, or too busy to answer.
	ErrUnavailable = fault.New(fault.Unavailable, "database_unavailable", "The service is not available at the moment. Try again later.")
	// ErrText refuses text that PostgreSQL could not keep.
	ErrText = fault.New(fault.Invalid, "text_invalid", "The text is not valid UTF-8, or has a NUL character.")
	// ErrNameLength refuses a name that is too long to be kept unique.
	ErrNameLength = fault.New(fault.Invalid, "name_too_long", "The name is too long.")
	ErrURL        = fault.New(fault.Invalid, "database_url", "The database URL is not valid.")
)

// What a statement can run into, for the noun's file to translate.
var (
	errNone      = errors.New("no such row")
	errDuplicate = errors.New("unique constraint violated")
	errOrphan    = errors.New("foreign key violated") // the row's parent is not there
	errRace      = errors.New("lost a race with another transaction")
)

// failure is a driver's error with what it means to us.
type failure struct{ meaning, cause error }

func (f *failure) Error() string   { return f.meaning.Error() + ": " + f.cause.Error() }
func (f *failure) Unwrap() []error { return []error{f.meaning, f.cause} }

// classify gives a driver's error its meaning, by its code and type alone: the
// text of an error is not part of any driver's promise.
func classify(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	meaning := meaningOf(err)
	if meaning == nil {
		return err
	}
	if meaning == ErrUnavailable {
		return ErrUnavailable.Because(err)
	}
	return &failure{meaning, err}
}

func meaningOf(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errNone
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresCode(e.Code)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteCode(e.Code())
	}
	if broken(err) {
		return ErrUnavailable
	}
	return nil
}

// postgresCode knows the codes of PostgreSQL's Appendix A.
func postgresCode(code string) error {
	switch code {
	case "23505":
		return errDuplicate
	case "23503":
		return errOrphan
	case "40001", "40P01": // serialization failure, deadlock
		return errRace
	case "25006", // read only: we are talking to a standby
		"55P03", "57014": // lock not available, cancelled by a timeout
		return ErrUnavailable
	}
	for _, class := range []string{"08", "53", "57P", "58"} { // connection, resources, shutdown, system
		if strings.HasPrefix(code, class) {
			return ErrUnavailable
		}
	}
	return nil
}

// sqliteCode knows the extended codes of https://sqlite.org/rescode.html.
func sqliteCode(code int) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return errDuplicate
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return errOrphan
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return ErrUnavailable
	}
	return nil
}

// broken reports whether the connection, rather than a statement, failed.
func broken(err error) bool {
	for _, gone := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, context.DeadlineExceeded} {
		if errors.Is(err, gone) {
			return true
		}
	}
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return network || connect || pgconn.SafeToRetry(err)
}

// instead returns then where err means when, and else err.
func instead(err, when, then error) error {
	if errors.Is(err, when) {
		return then
	}
	return err
}
