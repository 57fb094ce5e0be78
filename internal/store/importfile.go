package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/userimport"
)

// AddImportChunk implements [userimport.FileStore].
func (s *Store) AddImportChunk(ctx context.Context, job userimport.ID, file string, number int64, data []byte, now time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO import_chunks (file, number, job_id, added, data)
			VALUES ($1, $2, $3, $4, $5)`, file, number, job, now, data)
		return err
	})
	return translate(err, errOrphan, userimport.ErrJobNotFound)
}

// ImportChunk implements [userimport.FileStore].
func (s *Store) ImportChunk(ctx context.Context, file string, number int64) ([]byte, error) {
	data, err := load(ctx, s, nil, func(t *tx) (*[]byte, error) {
		return queryOne(t, func(data *[]byte) []any { return []any{data} },
			`SELECT data FROM import_chunks WHERE file = $1 AND number = $2`, file, number)
	})
	if errors.Is(err, errNoRow) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return *data, nil
}

// DropImportFile implements [userimport.FileStore].
func (s *Store) DropImportFile(ctx context.Context, file string, limit int) (int, error) {
	var n int64
	err := s.write(ctx, func(t *tx) (err error) {
		n, err = t.exec(`DELETE FROM import_chunks WHERE (file, number) IN
			(SELECT file, number FROM import_chunks WHERE file = $1 LIMIT $2)`, file, limit)
		return err
	})
	return int(n), err
}

// deleteImportChunksBefore deletes chunks that no job needs any more: of files that
// did not arrive whole, and of jobs that have ended or can't be started any more. The
// chunks of a running job stay.
func deleteImportChunksBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM import_chunks WHERE (file, number) IN
		(SELECT c.file, c.number FROM import_chunks c JOIN import_jobs j ON j.id = c.job_id
		WHERE c.added < $1 AND (c.file <> j.file OR j.completed <> 0 OR j.started = 0 AND j.created < $1) LIMIT $2)`, before, limit)
}
