package store

import (
	"context"
	"database/sql"
)

// pooled is a runner on what database/sql has: a pool of connections or a transaction.
type pooled struct {
	db interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (p pooled) exec(ctx context.Context, query string, args []any) (int64, error) {
	result, err := p.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p pooled) query(ctx context.Context, query string, args []any) (rows, error) {
	result, err := p.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return result, nil
}
