package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// tx is what a method's statements run in.
type tx struct {
	ctx      context.Context
	runner   runner
	locksRow bool // see lock
}

// runner runs statements: a pool of readers, or a transaction.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	plain, err := plainAll(args)
	if err != nil {
		return 0, err
	}
	result, err := t.runner.ExecContext(t.ctx, query, plain...)
	if err != nil {
		return 0, failed(query, err)
	}
	n, err := result.RowsAffected()
	return n, failed(query, err)
}

// change runs a statement that is for one row, and returns errNone when there
// is no such row.
func (t *tx) change(query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return errNone
	}
	return err
}

// each calls f with every row.
func (t *tx) each(f func(scanner) error, query string, args ...any) error {
	plain, err := plainAll(args)
	if err != nil {
		return err
	}
	rows, err := t.runner.QueryContext(t.ctx, query, plain...)
	if err != nil {
		return failed(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return failed(query, err)
		}
	}
	return failed(query, rows.Err())
}

// exists reports whether the query has a row.
func (t *tx) exists(query string, args ...any) (bool, error) {
	found := false
	err := t.each(func(scanner) error { found = true; return nil }, query, args...)
	return found, err
}

// one returns the first row, or errNone.
func one[T any](t *tx, fields func(*T) []any, query string, args ...any) (*T, error) {
	list, err := all(t, fields, query, args...)
	if err == nil && len(list) == 0 {
		return nil, errNone
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// all returns every row. fields names where the columns go, in their order.
func all[T any](t *tx, fields func(*T) []any, query string, args ...any) ([]*T, error) {
	var list []*T
	err := t.each(func(row scanner) error {
		v := new(T)
		list = append(list, v)
		return row.Scan(fields(v)...)
	}, query, args...)
	return list, err
}

// lock makes a query lock the rows that it reads until the transaction ends,
// so that nobody changes them between our reading and our writing. This is the
// one place where the SQL of the two engines differs: SQLite, which has one
// writer at a time anyway, does not know the clause.
func (t *tx) lock(query string) string {
	if t.locksRow {
		return query + " FOR UPDATE"
	}
	return query
}

// failed says which statement failed. Its text has no values, so the log may
// have it.
func failed(query string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("run %q: %w", strings.Join(strings.Fields(query), " "), classify(err))
}

// rowList returns "($1, $2), ($3, $4)" for two rows of two columns, so that
// many rows go in one statement.
func rowList(rows, columns int) string {
	list := make([]string, rows)
	for i := range list {
		list[i] = "(" + placeholders(1+i*columns, columns) + ")"
	}
	return strings.Join(list, ", ")
}

// placeholders returns "$3, $4" for two of them from the third.
func placeholders(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(list, ", ")
}

// found loads with f, inside a read.
func found[T any](ctx context.Context, s *Store, missing error, f func(*tx) (T, error)) (T, error) {
	var v T
	err := s.read(ctx, func(t *tx) (err error) {
		v, err = f(t)
		return err
	})
	if missing != nil && errors.Is(err, errNone) {
		err = missing
	}
	return v, err
}
