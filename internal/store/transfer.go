package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/userpool"
)

// A pool as rows, for export and import. The SQL is made from the kinds of package
// transfer, because all tables are read and written alike.

// ReadPool implements [transfer.Store].
func (s *Store) ReadPool(ctx context.Context, pool userpool.PoolID, row func(transfer.Row) error) error {
	return s.engine.snapshot(ctx, func(t *tx) error {
		for i, kind := range transfer.Kinds() {
			found, err := t.readKind(kind, pool, row)
			if err != nil {
				return err
			}
			if i == 0 && !found {
				return userpool.ErrPoolNotFound
			}
		}
		return nil
	})
}

func (t *tx) readKind(k *transfer.Kind, pool userpool.PoolID, row func(transfer.Row) error) (found bool, err error) {
	query := `SELECT ` + columnsOf(k) + ` FROM ` + k.Table + ` WHERE ` + k.Pool + ` = $1`
	if k.Pool == "id" { // the pool itself
		query += ` AND ` + visible
	}
	if k.Table == "clients" {
		query += ` AND NOT deleted`
	}
	if len(k.Key) > 0 {
		query += ` ORDER BY ` + strings.Join(k.Key, ", ")
	}
	err = t.eachRow(func(s scanner) error {
		found = true
		r := transfer.Row{Kind: k, Values: make([]any, len(k.Fields))}
		if err := s.Scan(cellsOf(r)...); err != nil {
			return err
		}
		return row(r)
	}, query, pool)
	return found, err
}

func columnsOf(k *transfer.Kind) string {
	names := make([]string, len(k.Fields))
	for i, f := range k.Fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

func cellsOf(r transfer.Row) []any {
	cells := make([]any, len(r.Values))
	for i, f := range r.Kind.Fields {
		cells[i] = cell{f, &r.Values[i]}
	}
	return cells
}

// cell scans a column into a value of a row.
type cell struct {
	field transfer.Field
	into  *any
}

// Scan implements [sql.Scanner].
func (c cell) Scan(src any) error {
	if src == nil && c.field.Optional {
		return nil
	}
	switch c.field.Type {
	case transfer.Number:
		return scanAs[int64](c.into, src)
	case transfer.Flag:
		return scanAs[bool](c.into, src)
	case transfer.Bytes:
		err := scanAs[[]byte](c.into, src)
		if b, _ := (*c.into).([]byte); b == nil { // SQLite: a value without bytes
			*c.into = []byte{}
		}
		return err
	case transfer.Document:
		text, ok := src.(string)
		if !ok {
			return fmt.Errorf("want a document in %s, got a %T", c.field.Name, src)
		}
		*c.into = json.RawMessage(text)
		return nil
	}
	return scanAs[string](c.into, src)
}

func scanAs[T any](into *any, src any) error {
	var v sql.Null[T]
	if err := v.Scan(src); err != nil {
		return err
	}
	*into = v.V
	return nil
}

// cellValues returns the values of a row as the columns take them.
func cellValues(r transfer.Row) []any {
	values := make([]any, len(r.Values))
	for i, v := range r.Values {
		if document, ok := v.(json.RawMessage); ok {
			v = string(document)
		}
		values[i] = v
	}
	return values
}

// BeginImport implements [transfer.Store].
func (s *Store) BeginImport(ctx context.Context, pool transfer.Row, at transfer.Place) (transfer.Place, error) {
	begun := at
	err := s.write(ctx, func(t *tx) error {
		begun = at
		made, err := t.makeHidden(pool, at)
		if err != nil || made {
			return err
		}
		has, err := queryOne(t, importFields, t.lock(`SELECT importing, imported, imported_sum, deleted FROM pools WHERE id = $1`), at.Pool)
		if err != nil {
			return translate(err, errNoRow, errRace) // it was discarded meanwhile
		}
		begun.Rows, begun.Sum = has.rows, has.sum
		switch {
		case has.export == "" && !has.deleted:
			return transfer.ErrPoolTaken
		case has.deleted:
			return transfer.ErrOtherImport.Saying("The pool was deleted, and its rows are still being removed.")
		case has.export == at.Export:
			return nil
		case has.rows > 0:
			return transfer.ErrOtherImport
		}
		begun = at
		return t.takeOver(pool, at)
	})
	return begun, err
}

// makeHidden inserts a pool that is being imported. It reports false if it is there.
func (t *tx) makeHidden(pool transfer.Row, at transfer.Place) (bool, error) {
	values := append([]any{at.Pool, at.Export, at.Sum}, cellValues(pool)...)
	return t.insertPool(`id, importing, imported_sum, `+columnsOf(pool.Kind), values...)
}

// takeOver puts the pool of an export in the place of another one's that has no rows.
func (t *tx) takeOver(pool transfer.Row, at transfer.Place) error {
	if err := t.changeOne(`DELETE FROM pools WHERE id = $1`, at.Pool); err != nil {
		return err
	}
	_, err := t.makeHidden(pool, at)
	return err
}

// importState is how far the import of a hidden pool has come.
type importState struct {
	export  string
	rows    int
	sum     []byte
	deleted bool
}

func importFields(i *importState) []any { return []any{&i.export, &i.rows, &i.sum, &i.deleted} }

// AddRows implements [transfer.Store].
func (s *Store) AddRows(ctx context.Context, at transfer.Place, rows []transfer.Row, sum []byte) error {
	err := s.write(ctx, func(t *tx) error {
		err := t.changeOne(`UPDATE pools SET imported = $4, imported_sum = $5 WHERE id = $1 AND importing = $2 AND imported = $3 AND NOT deleted`,
			at.Pool, at.Export, at.Rows, at.Rows+len(rows), sum)
		if err != nil {
			return translate(err, errNoRow, transfer.ErrOtherImport)
		}
		return t.addRows(at.Pool, rows)
	})
	switch {
	case errors.Is(err, errDuplicate):
		return cmp.Or(s.clashOf(ctx, rows), error(transfer.ErrClash.Because(err)))
	case errors.Is(err, errOrphan):
		return transfer.ErrDamaged.Because(err)
	}
	return err
}

// rowsAtOnce is how many rows one statement inserts.
const rowsAtOnce = 50

// addRows inserts rows of any kinds: many with one statement where they are of one
// kind, so that a few statements serve all.
func (t *tx) addRows(pool userpool.PoolID, rows []transfer.Row) error {
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && n < rowsAtOnce && rows[n].Kind == rows[0].Kind {
			n++
		}
		if n < rowsAtOnce {
			n = 1
		}
		if err := t.insertRows(pool, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (t *tx) insertRows(pool userpool.PoolID, rows []transfer.Row) error {
	k := rows[0].Kind
	var values []any
	for _, r := range rows {
		values = append(append(values, pool), cellValues(r)...)
	}
	table, columns, list := k.Table, k.Pool+`, `+columnsOf(k), rowList(len(rows), 1+len(k.Fields))
	switch table {
	case "users":
		columns, list = userValues.columns+columns, userValues.rows(len(rows), 1+len(k.Fields))
	case "login_names":
		table, columns, list = "user_names", nameValues.columns, nameValues.rows(len(rows), 4)
	case "user_search":
		table, columns, list = "user_values", searchValues.columns, searchValues.rows(len(rows), 4)
	}
	_, err := t.exec(`INSERT INTO `+table+` (`+columns+`) VALUES `+list, values...)
	return err
}

// clashOf returns an error that names the first of the rows whose key another pool
// has, or nil.
func (s *Store) clashOf(ctx context.Context, rows []transfer.Row) error {
	var clash error
	err := s.read(ctx, func(t *tx) error {
		for _, r := range rows {
			if !r.Kind.Shared {
				continue
			}
			taken, err := t.exists(`SELECT 1 FROM `+r.Kind.Table+` WHERE `+r.Kind.Key[0]+` = $1`, r.KeyText())
			if err != nil {
				return err
			}
			if taken {
				clash = transfer.ErrClash.Saying("The %s %s of the export belongs to another pool here.", r.Kind.Called, r.KeyText())
				return nil
			}
		}
		return nil
	})
	return cmp.Or(err, clash)
}

// FinishImport implements [transfer.Store].
func (s *Store) FinishImport(ctx context.Context, at transfer.Place) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`UPDATE pools SET importing = '', imported = 0, imported_sum = NULL WHERE id = $1 AND importing = $2 AND imported = $3 AND NOT deleted`, at.Pool, at.Export, at.Rows)
	})
	return translate(err, errNoRow, transfer.ErrOtherImport)
}

// DiscardImport implements [transfer.Store].
func (s *Store) DiscardImport(ctx context.Context, pool userpool.PoolID) error {
	err := s.write(ctx, func(t *tx) error {
		hidden, err := t.exists(t.lock(`SELECT 1 FROM pools WHERE id = $1 AND importing <> ''`), pool)
		if err == nil && !hidden {
			err = userpool.ErrPoolNotFound
		}
		if err != nil {
			return err
		}
		return t.markPool(pool)
	})
	if err != nil {
		return err
	}
	return s.remove(ctx, poolRemoval, string(pool))
}

// snapshotOf runs f in a transaction that only reads.
func snapshotOf(ctx context.Context, db *sql.DB, o *sql.TxOptions, f func(*tx) error) error {
	t, err := db.BeginTx(ctx, o)
	if err != nil {
		return statementError("BEGIN", err)
	}
	defer t.Rollback() // nothing was written
	return f(&tx{ctx: ctx, runner: pooled{t}})
}
