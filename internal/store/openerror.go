package store

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// OpenError says why a database cannot be opened, and what to do about it. It
// contains no secrets.
type OpenError struct {
	Database string // the result of Describe
	Problem  string // example: "the server refuses the user name or the password"
	Advice   string // what to do; may be empty
	// Passing reports whether the problem may end by itself. Example: the server
	// is still starting. The caller may then wait and try again.
	Passing bool

	cause error
}

// Error returns the database, the problem and the advice in one line.
func (e *OpenError) Error() string {
	text := e.Database + ": " + e.Problem
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// Unwrap returns the driver's error.
func (e *OpenError) Unwrap() error { return e.cause }

// openError turns an error of opening the database at url into an [*OpenError].
// It returns [ErrURL] unchanged, since that error already explains the problem.
func openError(url string, err error) error {
	if errors.Is(err, ErrURL) {
		return err
	}
	e := problemOf(err)
	e.Database, e.cause = Describe(url), err
	return &e
}

// problemOf returns the problem and the advice for a driver's error. It chooses
// them by the code and type of the error.
func problemOf(err error) OpenError {
	if newer, ok := errors.AsType[*newerSchema](err); ok {
		return OpenError{Problem: newer.Error(), Advice: "a newer Gatehouse has written it: start that one, or restore the backup from before the upgrade"}
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresProblem(pg)
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteProblem(lite.Code())
	}
	if e, ok := fileProblem(err); ok {
		return e
	}
	if e, ok := networkProblem(err); ok {
		return e
	}
	return OpenError{Problem: oneLine(err.Error())}
}

// postgresProblem explains an error of PostgreSQL. The codes are listed in
// Appendix A of PostgreSQL's manual.
func postgresProblem(err *pgconn.PgError) OpenError {
	switch err.Code {
	case "28P01", "28000":
		return OpenError{Problem: "the server refuses the user name or the password", Advice: "correct them in the key database, or let the user in with pg_hba.conf at the server"}
	case "3D000":
		return OpenError{Problem: "the server has no database of that name", Advice: "make it with CREATE DATABASE, or correct the key database"}
	case "42501":
		return OpenError{Problem: "the user may not create or change tables", Advice: "make the user the owner of the database, or grant it CREATE on the schema public"}
	case "53300":
		return OpenError{Problem: "the server takes no more connections", Advice: "raise max_connections at the server, or end other clients", Passing: true}
	case "57P03":
		return OpenError{Problem: "the server is starting or stopping", Passing: true}
	}
	passing := postgresCode(err.Code) == ErrUnavailable
	return OpenError{Problem: oneLine(err.Message) + " (SQLSTATE " + err.Code + ")", Passing: passing}
}

// sqliteProblem explains an error code of SQLite. The codes are listed at
// https://sqlite.org/rescode.html.
func sqliteProblem(code int) OpenError {
	switch code & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return OpenError{Problem: "the file is not a database", Advice: "name another file in the key database; this one was not changed"}
	case sqlite3.SQLITE_CORRUPT:
		return OpenError{Problem: "the file is damaged", Advice: "restore it from a backup"}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return OpenError{Problem: "another process holds the file locked", Advice: "end that process, or wait for it", Passing: true}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return noPermission
	case sqlite3.SQLITE_FULL:
		return OpenError{Problem: "the disk is full", Advice: "make room"}
	}
	return OpenError{Problem: "SQLite reports error " + sqlite.ErrorCodeString[code]}
}

// noPermission is the problem of a file or directory that cannot be written.
var noPermission = OpenError{
	Problem: "this process may not write the file and its directory",
	Advice:  "let its user write there, or name another place with data_dir or the key database",
}

// fileProblem explains an error of the file system. It returns false if err is
// of another kind.
func fileProblem(err error) (OpenError, bool) {
	path, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return OpenError{}, false
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return noPermission, true
	}
	return OpenError{Problem: path.Path + ": " + path.Err.Error(), Advice: "name another place with data_dir or the key database"}, true
}

// networkProblem explains an error of the connection to a server. It returns
// false if err is of another kind.
func networkProblem(err error) (OpenError, bool) {
	dns, unknown := errors.AsType[*net.DNSError](err)
	op, network := errors.AsType[*net.OpError](err)
	const advice = "start the server, or correct the key database"
	switch {
	case unknown:
		return OpenError{Problem: "the host name " + dns.Name + " is not known", Advice: "correct it in the key database", Passing: true}, true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return OpenError{Problem: "the server does not answer in time", Advice: advice, Passing: true}, true
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return OpenError{Problem: "no server listens there", Advice: advice, Passing: true}, true
	case network:
		return OpenError{Problem: "the server cannot be reached: " + oneLine(op.Err.Error()), Advice: advice, Passing: true}, true
	case connectionBroken(err):
		return OpenError{Problem: "the server ended the connection", Advice: advice, Passing: true}, true
	}
	return OpenError{}, false
}

// oneLine replaces line breaks and other white space by single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
