package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

func TestClassify(t *testing.T) {
	pg := func(code string) error { return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		err, want error
	}{
		{pg("23505"), errDuplicate},
		{pg("23503"), errOrphan},
		{pg("23502"), errOrphan},
		{pg("40001"), errRace},
		{pg("40P01"), errRace},
		{pg("57P01"), ErrUnavailable},
		{pg("57P03"), ErrUnavailable},
		{pg("53300"), ErrUnavailable},
		{pg("08006"), ErrUnavailable},
		{pg("25006"), ErrUnavailable},
		{sql.ErrNoRows, errNoRow},
		{driver.ErrBadConn, ErrUnavailable},
		{io.ErrUnexpectedEOF, ErrUnavailable},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, ErrUnavailable},
		{context.DeadlineExceeded, ErrUnavailable},
		{context.Canceled, context.Canceled},
	} {
		if got := classify(c.err); !errors.Is(got, c.want) || !errors.Is(got, c.err) {
			t.Errorf("classify(%v) = %v, want %v that wraps the error", c.err, got, c.want)
		}
	}
	for _, err := range []error{pg("42601"), errors.New("duplicate key"), nil} {
		if got := classify(err); got != err {
			t.Errorf("classify(%v) = %v, want the same error", err, got)
		}
	}
}

func TestSQLiteCodes(t *testing.T) {
	for code, want := range map[int]error{
		sqlite3.SQLITE_CONSTRAINT_UNIQUE:     errDuplicate,
		sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: errDuplicate,
		sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: errOrphan,
		sqlite3.SQLITE_CONSTRAINT_NOTNULL:    errOrphan,
		sqlite3.SQLITE_BUSY:                  ErrUnavailable,
		sqlite3.SQLITE_BUSY_SNAPSHOT:         ErrUnavailable,
		sqlite3.SQLITE_IOERR_FSYNC:           ErrUnavailable,
		sqlite3.SQLITE_FULL:                  ErrUnavailable,
		sqlite3.SQLITE_ERROR:                 nil,
		sqlite3.SQLITE_CORRUPT:               nil,
	} {
		if got := sqliteCode(code); got != want {
			t.Errorf("sqliteCode(%d) = %v, want %v", code, got, want)
		}
	}
}

// An error contains the statement that failed, but not its values.
func TestErrorContainsNoValues(t *testing.T) {
	s := openInMemory(t)
	err := s.write(t.Context(), func(t *tx) error {
		_, err := t.exec(`INSERT INTO pools (id, name) VALUES ($1, $2)`, "secret-1", "secret-2")
		return err
	})
	if err == nil || strings.Contains(err.Error(), "secret-") || !strings.Contains(err.Error(), "INSERT INTO pools") {
		t.Errorf("error = %v, want the statement without its values", err)
	}
}

func TestPrefixEnd(t *testing.T) {
	for _, c := range []struct{ prefix, inside, outside string }{
		{"a", "a\U0010FFFF", "b"},
		{"az", "azz", "b"},
		{"\u007f", "\u007fx", "\u0080"},
		{"\ud7ff", "\ud7ffx", "\ue000"},
		{"x\U0010FFFF", "x\U0010FFFFx", "y"},
	} {
		if end := prefixEnd(c.prefix); c.inside >= end || c.outside < end {
			t.Errorf("prefixEnd(%q) = %q, want more than %q and at most %q", c.prefix, end, c.inside, c.outside)
		}
	}
	if end := prefixEnd(""); end <= "\U0010FFFE" {
		t.Errorf("prefixEnd of the empty prefix = %q, want more than every text", end)
	}
}
