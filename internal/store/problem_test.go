package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

// TestProblems tests problems that a test cannot cause in reasonable time.
func TestProblems(t *testing.T) {
	pg := func(code string) OpenError {
		return problemOf(fmt.Errorf("x: %w", &pgconn.PgError{Code: code, Message: "a\nb"}))
	}
	tests := []struct {
		got     OpenError
		problem string
		passing bool
	}{
		{pg("57P03"), "the server is starting or stopping", true},
		{pg("53300"), "the server takes no more connections", true},
		{pg("57P01"), "a b (SQLSTATE 57P01)", true},
		{pg("0A000"), "a b (SQLSTATE 0A000)", false},
		{problemOf(fmt.Errorf("x: %w", context.DeadlineExceeded)), "the server does not answer in time", true},
		{problemOf(fmt.Errorf("x: %w", &net.DNSError{Name: "db.example.com"})), "the host name db.example.com is not known", true},
		{problemOf(&net.OpError{Op: "dial", Err: errors.New("no route to host")}), "the server cannot be reached: no route to host", true},
		{problemOf(io.ErrUnexpectedEOF), "the server ended the connection", true},
		{problemOf(fmt.Errorf("a\nb")), "a b", false},
		{sqliteProblem(sqlite3.SQLITE_BUSY), "another process holds the file locked", true},
		{sqliteProblem(sqlite3.SQLITE_CORRUPT_INDEX), "the file is damaged", false},
		{sqliteProblem(sqlite3.SQLITE_READONLY_DIRECTORY), "this process may not write the file and its directory", false},
		{sqliteProblem(sqlite3.SQLITE_FULL), "the disk is full", false},
		{sqliteProblem(sqlite3.SQLITE_IOERR_FSYNC), "SQLite reports error ", false},
	}
	for _, tt := range tests {
		if !strings.HasPrefix(tt.got.Problem, tt.problem) || tt.got.Passing != tt.passing {
			t.Errorf("got %+v, want the problem %q, passing %v", tt.got, tt.problem, tt.passing)
		}
	}
}
