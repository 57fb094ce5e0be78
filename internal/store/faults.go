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

// Errors that the store itself declares. All other errors that Store methods
// return are declared by the packages whose interfaces the store implements.
var (
	// ErrUnavailable means that the database cannot be reached or is too busy.
	ErrUnavailable = fault.New(fault.Unavailable, "database_unavailable", "The service is not available at the moment. Try again later.")
	// ErrText means that PostgreSQL cannot store the text. SQLite could, but the
	// store refuses the text for both databases.
	ErrText = fault.New(fault.Invalid, "text_invalid", "The text is not valid UTF-8, or has a NUL character.")
	// ErrNameLength means that a name is too long for the index that keeps names
	// unique.
	ErrNameLength = fault.New(fault.Invalid, "name_too_long", "The name is too long.")
	// ErrURL means that the database URL is not valid.
	ErrURL = fault.New(fault.Invalid, "database_url", "The database URL is not valid.")
)

// Meanings of a failed statement. The file of each noun translates them into
// the errors that its interface promises.
var (
	errNoRow     = errors.New("no such row")
	errDuplicate = errors.New("unique constraint violated")
	errOrphan    = errors.New("foreign key violated") // the parent row does not exist, so that it has no number either
	errRace      = errors.New("lost a race with another transaction")
)

// failure is a driver's error together with its meaning.
type failure struct{ meaning, cause error }

func (f *failure) Error() string   { return f.meaning.Error() + ": " + f.cause.Error() }
func (f *failure) Unwrap() []error { return []error{f.meaning, f.cause} }

// classify adds a meaning to a driver's error. It looks only at the code and
// type of the error, since a driver may change the text at any time. An error
// without a known meaning is returned unchanged.
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

// meaningOf returns the meaning of a driver's error, or nil if it has none.
func meaningOf(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errNoRow
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresCode(e.Code)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteCode(e.Code())
	}
	if connectionBroken(err) {
		return ErrUnavailable
	}
	return nil
}

// postgresCode returns the meaning of an error code of PostgreSQL, or nil. The
// codes are listed in Appendix A of PostgreSQL's manual.
func postgresCode(code string) error {
	switch code {
	case "23505":
		return errDuplicate
	case "23503", "23502": // foreign key, not null
		return errOrphan
	case "40001", "40P01": // serialization failure, deadlock
		return errRace
	case "25006", // read only: this server is a standby
		"25P03",          // the server ended a transaction that was idle for too long
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

// sqliteCode returns the meaning of an extended error code of SQLite, or nil.
// The codes are listed at https://sqlite.org/rescode.html.
func sqliteCode(code int) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return errDuplicate
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_NOTNULL:
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

// connectionBroken reports whether the connection failed, not the statement.
func connectionBroken(err error) bool {
	for _, gone := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, context.DeadlineExceeded} {
		if errors.Is(err, gone) {
			return true
		}
	}
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return network || connect || pgconn.SafeToRetry(err)
}

// translate returns the error to if err is the error from. It returns any other
// err unchanged.
func translate(err, from, to error) error {
	if errors.Is(err, from) {
		return to
	}
	return err
}
