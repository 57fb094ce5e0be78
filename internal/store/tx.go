package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/session"
)

// tx runs the SQL statements of one Store method.
type tx struct {
	ctx       context.Context
	runner    runner
	locksRows bool // whether lock adds FOR NO KEY UPDATE

	issuer func(*userpool.Pool) string // see Options
	told   []session.Change            // to the gateway's sessions, at the end of the transaction
}

// runner runs statements, either on a pool of readers or in a transaction. Its values
// are those of [driverValue].
type runner interface {
	// exec returns the number of rows that the statement has changed.
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (rows, error)
}

// rows is the result of a query.
type rows interface {
	Next() bool
	scanner
	Err() error
	Close() error
}

// scanner is one row of a result.
type scanner interface{ Scan(into ...any) error }

// exec runs a statement and returns the number of rows that it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	plain, err := driverValues(args)
	if err != nil {
		return 0, err
	}
	n, err := t.runner.exec(t.ctx, query, plain)
	return n, statementError(query, err)
}

// changeOne runs a statement that changes one row. It returns errNoRow if the
// row does not exist.
func (t *tx) changeOne(query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return errNoRow
	}
	return err
}

// eachRow runs a query and calls f with each row.
func (t *tx) eachRow(f func(scanner) error, query string, args ...any) error {
	plain, err := driverValues(args)
	if err != nil {
		return err
	}
	rows, err := t.runner.query(t.ctx, query, plain)
	if err != nil {
		return statementError(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return statementError(query, err)
		}
	}
	return statementError(query, rows.Err())
}

// exists reports whether the query returns a row.
func (t *tx) exists(query string, args ...any) (bool, error) {
	found := false
	err := t.eachRow(func(scanner) error { found = true; return nil }, query, args...)
	return found, err
}

// queryOne returns the first row, or errNoRow if there is no row.
func queryOne[T any](t *tx, fields func(*T) []any, query string, args ...any) (*T, error) {
	list, err := queryAll(t, fields, query, args...)
	if err == nil && len(list) == 0 {
		return nil, errNoRow
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// queryAll returns all rows. fields returns a pointer for each column, in the
// order of the columns.
func queryAll[T any](t *tx, fields func(*T) []any, query string, args ...any) ([]*T, error) {
	var list []*T
	err := t.eachRow(func(row scanner) error {
		v := new(T)
		list = append(list, v)
		return row.Scan(fields(v)...)
	}, query, args...)
	return list, err
}

// lock makes a query lock the rows that it reads until the transaction ends. No
// other transaction can then change them between our read and our write. Only
// here does the SQL of the two databases differ: SQLite has no row locks and
// needs none, since it has one writer at a time.
//
// The lock leaves the row's key alone. FOR UPDATE would wait for every transaction
// that adds a row which refers to this one, and such transactions do not queue up
// behind it: a flood of sign-ins would keep a user from being disabled.
func (t *tx) lock(query string) string {
	if t.locksRows {
		return query + " FOR NO KEY UPDATE"
	}
	return query
}

// statementError adds the statement to a driver's error and classifies the
// error. The statement has placeholders instead of values, so it may be logged.
func statementError(query string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("run %q: %w", strings.Join(strings.Fields(query), " "), classify(err))
}

// rowList returns the placeholders of many rows for one INSERT statement. For
// two rows of two columns: "($1, $2), ($3, $4)".
func rowList(rows, columns int) string {
	list := make([]string, rows)
	for i := range list {
		list[i] = "(" + placeholders(1+i*columns, columns) + ")"
	}
	return strings.Join(list, ", ")
}

// placeholders returns n placeholders, starting with number first. For first 3
// and n 2: "$3, $4".
func placeholders(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(list, ", ")
}

// load calls f inside a read and returns its value. If no row was found and
// missing is not nil, it returns the error missing.
func load[T any](ctx context.Context, s *Store, missing error, f func(*tx) (T, error)) (T, error) {
	return loadBy(ctx, s.read, missing, f)
}

// loadAtOnce is load that does not wait for usual work.
func loadAtOnce[T any](ctx context.Context, s *Store, missing error, f func(*tx) (T, error)) (T, error) {
	return loadBy(ctx, s.readAtOnce, missing, f)
}

func loadBy[T any](ctx context.Context, read func(context.Context, func(*tx) error) error, missing error, f func(*tx) (T, error)) (T, error) {
	var v T
	err := read(ctx, func(t *tx) (err error) {
		v, err = f(t)
		return err
	})
	if missing != nil && errors.Is(err, errNoRow) {
		err = missing
	}
	return v, err
}
