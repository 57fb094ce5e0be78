package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements is a pool of SQLite connections that keeps prepared statements.
// Each connection parses and plans each SQL text once. PostgreSQL's driver does
// the same by itself.
type statements struct {
	db     *sql.DB
	byText sync.Map // string → *sql.Stmt
}

// prepare returns the statement for query, and prepares it at its first use.
func (s *statements) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.byText.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if before, loaded := s.byText.LoadOrStore(query, stmt); loaded {
		stmt.Close()
		return before.(*sql.Stmt), nil
	}
	return stmt, nil
}

// ExecContext implements runner.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext implements runner.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *statements) close() error {
	var errs []error
	s.byText.Range(func(_, stmt any) bool {
		errs = append(errs, stmt.(*sql.Stmt).Close())
		return true
	})
	return errors.Join(append(errs, s.db.Close())...)
}
