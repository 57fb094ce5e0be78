package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// statement is one of several statements that need no answer to each other.
type statement struct {
	query string
	args  []any
	locks bool // see tx.lock
}

func (s statement) run(t *tx) (int64, error) {
	if s.locks {
		s.query = t.lock(s.query)
	}
	return t.exec(s.query, s.args...)
}

// question is a query, and what is done with each row of its answer.
type question struct {
	statement
	each func(scanner) error
}

// ask returns the question for rows whose columns are in fields, and appends them to
// list.
func ask[T any](list *[]*T, fields func(*T) []any, query string, args ...any) question {
	return question{statement{query: query, args: args}, func(row scanner) error {
		v := new(T)
		*list = append(*list, v)
		return row.Scan(fields(v)...)
	}}
}

// askAll asks questions that need no answer to each other. With PostgreSQL it is one
// round trip.
func (s *Store) askAll(ctx context.Context, list ...question) error {
	return s.engine.askAll(ctx, s.limit, list)
}

func (e *sqliteEngine) askAll(ctx context.Context, limit time.Duration, list []question) error {
	return e.read(ctx, limit, func(t *tx) error {
		for _, q := range list {
			if err := t.eachRow(q.each, q.query, q.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// askAll may ask again, so nothing is done with an answer before all are there.
func (p *postgresEngine) askAll(ctx context.Context, limit time.Duration, list []question) error {
	var statements []statement
	for _, q := range list {
		statements = append(statements, q.statement)
	}
	return within(ctx, limit, func(ctx context.Context) error {
		return retryIfStale(func() error {
			return p.batch(ctx, statements, func(results pgx.BatchResults) error { return answer(list, results) })
		})
	})
}

// answer gives each question its rows.
func answer(list []question, results pgx.BatchResults) error {
	for _, q := range list {
		rows, err := results.Query()
		if err != nil {
			return statementError(q.query, err)
		}
		for rows.Next() && err == nil {
			err = q.each(rows)
		}
		rows.Close()
		if err := cmp.Or(err, rows.Err()); err != nil {
			return statementError(q.query, err)
		}
	}
	return nil
}

// execAll runs statements in one transaction, and returns how many rows each has
// changed. With PostgreSQL it is one round trip.
func (s *Store) execAll(ctx context.Context, list []statement) (changed []int64, err error) {
	err = within(ctx, s.limit, func(ctx context.Context) (err error) {
		changed, err = s.engine.execAll(ctx, list)
		return err
	})
	s.noteWrite(err)
	return changed, err
}

// execAll runs the statements one after the other: SQLite is in this process.
func (e *sqliteEngine) execAll(ctx context.Context, list []statement) (changed []int64, err error) {
	err = e.write(ctx, func(t *tx) error {
		changed = make([]int64, len(list))
		for i, st := range list {
			n, err := st.run(t)
			if err != nil {
				return err
			}
			changed[i] = n
		}
		return nil
	})
	return changed, err
}

// execAll sends all statements at once. Without BEGIN, they are a transaction.
func (p *postgresEngine) execAll(ctx context.Context, list []statement) (changed []int64, err error) {
	err = p.repeatUnsaved(ctx, func() error {
		return p.batch(ctx, list, func(results pgx.BatchResults) error {
			changed = make([]int64, len(list))
			for i, st := range list {
				tag, err := results.Exec()
				if err != nil {
					return statementError(st.query, err)
				}
				changed[i] = tag.RowsAffected()
			}
			return nil
		})
	})
	return changed, err
}

// repeatUnsaved is repeat that also repeats what a stale connection has certainly not
// saved. Another broken connection may have.
func (p *postgresEngine) repeatUnsaved(ctx context.Context, transaction func() error) error {
	return p.repeat(ctx, func() error {
		var err error
		for range 3 {
			err = transaction()
			_, refused := errors.AsType[*pgconn.PgError](err)
			if !staleConnection(err) || !refused && !pgconn.SafeToRetry(err) {
				break
			}
		}
		return err
	})
}

// batch sends statements at once, and calls read for their results.
func (p *postgresEngine) batch(ctx context.Context, list []statement, read func(pgx.BatchResults) error) error {
	b := &pgx.Batch{}
	for _, st := range list {
		plain, err := driverValues(st.args)
		if err != nil {
			return err
		}
		if st.locks {
			st.query = (&tx{locksRows: true}).lock(st.query)
		}
		b.Queue(st.query, plain...)
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return statementError("connect", err)
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		results := raw.(*stdlib.Conn).Conn().SendBatch(ctx, b)
		err := read(results)
		return cmp.Or(err, statementError("COMMIT", results.Close()))
	})
}
