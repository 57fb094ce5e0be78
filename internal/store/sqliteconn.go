package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"modernc.org/sqlite"
)

// sqliteConn is a connection to a SQLite file, for one caller at a time. It prepares
// each SQL text once, so that SQLite parses and plans it once. PostgreSQL's driver does
// the same by itself.
//
// It calls the driver, without database/sql in between: what that adds (its own locks
// for each call and each row, conversions of any type to any other) took a tenth of the
// time of finding a user, and nobody else has the connection.
type sqliteConn struct {
	conn  driver.Conn
	stmts map[string]sqliteStmt
}

// sqliteStmt is a prepared statement, as the driver has it.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// openConn opens a connection to the file at path. settings come after the usual ones.
func openConn(path, settings string) (*sqliteConn, error) {
	connector, err := sqlite.NewConnector(urlOf(path, settings))
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return &sqliteConn{conn, map[string]sqliteStmt{}}, nil
}

// exec implements runner.
func (c *sqliteConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	stmt, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, namedValues(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query implements runner.
func (c *sqliteConn) query(ctx context.Context, query string, args []any) (rows, error) {
	stmt, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.QueryContext(ctx, namedValues(args))
	if err != nil {
		return nil, err
	}
	return &sqliteRows{rows: result, values: make([]driver.Value, len(result.Columns()))}, nil
}

func (c *sqliteConn) prepare(query string) (sqliteStmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	prepared, err := c.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	stmt, ok := prepared.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statements are %T", prepared), prepared.Close())
	}
	c.stmts[query] = stmt
	return stmt, nil
}

func (c *sqliteConn) close() error {
	var errs []error
	for _, stmt := range c.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.conn.Close())...)
}

// namedValues numbers values that [driverValue] made.
func namedValues(args []any) []driver.NamedValue {
	list := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return list
}

// sqliteRows implements rows.
type sqliteRows struct {
	rows   driver.Rows
	values []driver.Value // of the row
	err    error
}

func (r *sqliteRows) Next() bool {
	if r.err == nil {
		r.err = r.rows.Next(r.values)
	}
	return r.err == nil
}

func (r *sqliteRows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

func (r *sqliteRows) Close() error { return r.rows.Close() }

// Scan implements scanner.
func (r *sqliteRows) Scan(into ...any) error {
	if len(into) != len(r.values) {
		return fmt.Errorf("want the %d columns of the row, got a place for %d", len(r.values), len(into))
	}
	for i, v := range r.values {
		if err := assign(into[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// assign stores a value that the driver made for us alone. It converts nothing, except
// 0 and 1 to a bool: each column is read as what was written.
func assign(into any, v driver.Value) error {
	switch into := into.(type) {
	case sql.Scanner:
		return into.Scan(v)
	case *[]byte:
		b, ok := v.([]byte)
		if ok || v == nil {
			*into = b
			return nil
		}
	default:
		if assignNullable(reflect.ValueOf(into).Elem(), v) {
			return nil
		}
	}
	return fmt.Errorf("no place of type %T for a %T", into, v)
}

// assignNullable makes a pointer nil for NULL.
func assignNullable(into reflect.Value, v driver.Value) bool {
	if into.Kind() != reflect.Pointer {
		return assignKind(into, v)
	}
	if v == nil {
		into.SetZero()
		return true
	}
	into.Set(reflect.New(into.Type().Elem()))
	return assignKind(into.Elem(), v)
}

// assignKind is assign for texts, numbers and bools, of named types too.
func assignKind(into reflect.Value, v driver.Value) bool {
	switch v := v.(type) {
	case string:
		if into.Kind() != reflect.String {
			return false
		}
		into.SetString(v)
	case int64:
		switch {
		case into.Kind() == reflect.Bool && v>>1 == 0:
			into.SetBool(v == 1)
		case into.CanInt() && !into.OverflowInt(v):
			into.SetInt(v)
		case into.CanUint() && v >= 0 && !into.OverflowUint(uint64(v)):
			into.SetUint(uint64(v))
		default:
			return false
		}
	default:
		return false
	}
	return true
}
