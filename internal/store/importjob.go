package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
)

func importJobFields(j *userimport.Job) []any {
	return []any{&j.ID, &j.Pool, &j.Name, &j.LogsRole, &j.Status, &j.Message, asTime{&j.Created}, asTime{&j.Started}, asTime{&j.Completed},
		&j.Imported, &j.Skipped, &j.Failed, &j.File, &j.Size, &j.Lines, &j.Place, &j.Holder, asTime{&j.Until}, &j.Hashing}
}

const (
	importJobRows = `SELECT id, pool_id, name, logs_role, status, message, created, started, completed,
		imported, skipped, failed, file, size, lines, place, holder, held_until, hashing FROM import_jobs `
	// activeImport is the condition of the index import_jobs_active.
	activeImport = `status IN ('Pending', 'InProgress', 'Stopping')`
)

// CreateImportJob implements [userimport.JobStore].
func (s *Store) CreateImportJob(ctx context.Context, j *userimport.Job, most int) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.lockPool(j.Pool); err != nil {
			return err
		}
		full, err := t.exists(`SELECT 1 WHERE (SELECT COUNT(*) FROM import_jobs WHERE pool_id = $1) >= $2`, j.Pool, most)
		if err != nil {
			return err
		}
		if full {
			return userimport.ErrTooManyJobs
		}
		_, err = t.exec(`INSERT INTO import_jobs (id, pool_id, name, logs_role, status, message, created, started, completed,
				imported, skipped, failed, file, size, lines, place, holder, held_until, hashing)
			VALUES (`+placeholders(1, 19)+`)`, importJobFields(j)...)
		return err
	})
}

// ImportJob implements [userimport.JobStore].
func (s *Store) ImportJob(ctx context.Context, pool userpool.PoolID, id userimport.ID) (*userimport.Job, error) {
	return load(ctx, s, userimport.ErrJobNotFound, func(t *tx) (*userimport.Job, error) {
		return queryOne(t, importJobFields, importJobRows+`WHERE id = $1 AND pool_id = $2`, id, pool)
	})
}

// ImportJobs implements [userimport.JobStore].
func (s *Store) ImportJobs(ctx context.Context, pool userpool.PoolID, after userimport.Place, limit int) ([]*userimport.Job, error) {
	return load(ctx, s, nil, func(t *tx) ([]*userimport.Job, error) {
		return queryAll(t, importJobFields, importJobRows+`WHERE pool_id = $1 AND (created, id) < ($2, $3)
			ORDER BY created DESC, id DESC LIMIT $4`, pool, after.Created, after.ID, limit)
	})
}

// Importing implements [userimport.JobStore].
func (s *Store) Importing(ctx context.Context, pool userpool.PoolID) (bool, error) {
	return load(ctx, s, nil, func(t *tx) (bool, error) {
		return t.exists(`SELECT 1 FROM import_jobs WHERE pool_id = $1 AND `+activeImport, pool)
	})
}

// UpdateImportJob implements [userimport.JobStore].
func (s *Store) UpdateImportJob(ctx context.Context, pool userpool.PoolID, id userimport.ID, change func(*userimport.Job) error) (*userimport.Job, error) {
	var j *userimport.Job
	err := s.write(ctx, func(t *tx) (err error) {
		if j, err = queryOne(t, importJobFields, t.lock(importJobRows+`WHERE id = $1 AND pool_id = $2`), id, pool); err != nil {
			return err
		}
		if err := change(j); err != nil {
			return err
		}
		return t.saveImportJob(j)
	})
	if err != nil {
		return nil, translate(err, errNoRow, userimport.ErrJobNotFound)
	}
	return j, nil
}

func (t *tx) saveImportJob(j *userimport.Job) error {
	return t.changeOne(`UPDATE import_jobs SET name = $3, logs_role = $4, status = $5, message = $6, created = $7, started = $8, completed = $9,
			imported = $10, skipped = $11, failed = $12, file = $13, size = $14, lines = $15, place = $16, holder = $17, held_until = $18, hashing = $19
		WHERE id = $1 AND pool_id = $2`, importJobFields(j)...)
}

// ClaimImportJob implements [userimport.RunStore]. It writes only if there is a job
// to claim: nodes ask often.
func (s *Store) ClaimImportJob(ctx context.Context, now time.Time, change func(*userimport.Job)) (*userimport.Job, error) {
	const free = `WHERE ` + activeImport + ` AND held_until <= $1 ORDER BY started LIMIT 1`
	due, err := load(ctx, s, nil, func(t *tx) (bool, error) { return t.exists(`SELECT 1 FROM import_jobs `+free, now) })
	if err != nil || !due {
		return nil, err
	}
	var j *userimport.Job
	err = s.write(ctx, func(t *tx) (err error) {
		if j, err = queryOne(t, importJobFields, t.lock(importJobRows+free), now); err != nil {
			return err
		}
		change(j)
		return t.saveImportJob(j)
	})
	if errors.Is(err, errNoRow) { // another node was quicker
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return j, nil
}
