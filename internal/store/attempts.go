package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/userpool"
)

func attemptsFields(a *credential.Attempts) []any {
	return []any{&a.Count, asTime{&a.First}, asTime{&a.Last}, asTime{&a.Locked}}
}

// countedFields is attemptsFields with the time up to which counts are forgotten.
func countedFields(a *credential.Attempts) []any {
	return append(attemptsFields(a), asTime{&a.Forgotten})
}

// Attempts implements [credential.Store].
func (s *Store) Attempts(ctx context.Context, pool userpool.PoolID, subject string) (credential.Attempts, error) {
	a, err := load(ctx, s, nil, func(t *tx) (*credential.Attempts, error) {
		return queryOne(t, attemptsFields, `SELECT count, first_at, last_at, locked
			FROM attempts WHERE pool_id = $1 AND subject = $2`, pool, subject)
	})
	if errors.Is(err, errNoRow) {
		return credential.Attempts{}, nil
	}
	if err != nil {
		return credential.Attempts{}, err
	}
	return *a, nil
}

// Count implements [credential.Store].
func (s *Store) Count(ctx context.Context, pool userpool.PoolID, subject string, change func(*credential.Attempts) error) (credential.Attempts, error) {
	var a *credential.Attempts
	err := s.write(ctx, func(t *tx) (err error) {
		// Insert the row, so that it can be locked. Otherwise two transactions
		// could both find no row and both start at zero.
		if _, err := t.exec(`INSERT INTO attempts (pool_id, subject, count, first_at, last_at, locked)
			VALUES ($1, $2, 0, 0, 0, 0) ON CONFLICT (pool_id, subject) DO NOTHING`, pool, subject); err != nil {
			return err
		}
		a, err = queryOne(t, countedFields, t.lock(`SELECT count, first_at, last_at, locked, COALESCE((
				SELECT f.last_at FROM attempts f WHERE f.pool_id = $1 AND f.subject = $3), 0)
			FROM attempts WHERE pool_id = $1 AND subject = $2`), pool, subject, forgotten)
		if errors.Is(err, errNoRow) {
			return errRace // Forget has just deleted the row
		}
		if err != nil {
			return err
		}
		if err := change(a); err != nil {
			return err
		}
		return t.changeOne(`UPDATE attempts SET count = $3, first_at = $4, last_at = $5, locked = $6
			WHERE pool_id = $1 AND subject = $2`, append([]any{pool, subject}, attemptsFields(a)...)...)
	})
	if err != nil {
		return credential.Attempts{}, translate(err, errOrphan, userpool.ErrPoolNotFound)
	}
	return *a, nil
}

// Forget implements [credential.Store].
func (s *Store) Forget(ctx context.Context, pool userpool.PoolID, subject string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM attempts WHERE pool_id = $1 AND subject = $2`, pool, subject)
		return err
	})
}

func deleteAttemptsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM attempts WHERE (pool_id, subject) IN
		(SELECT pool_id, subject FROM attempts WHERE last_at < $1 AND locked < $1 LIMIT $2)`, before, limit)
}

// maxUnknown is how many counts of names that no user has are kept. Anybody can
// add one with a request; those that were used last stay.
const maxUnknown = 100_000

// forgotten is the subject of the count whose last_at says up to when the counts of
// a pool are forgotten.
const forgotten = "forgotten"

// deleteUnknownAttempts deletes counts of names that no user has, so that max of
// them stay, besides those that may be locked. Nobody must learn from that which
// names have no user. So a count of guesses stays as long as it can matter, and for
// the others it is noted up to when they are forgotten: users are answered as if
// theirs were, too. Counts of users are never deleted for it: that would end a lock.
func deleteUnknownAttempts(max int) batchDelete {
	return func(t *tx, now time.Time, limit int) (int64, error) {
		deleted, err := queryAll(t, countOfPool, `DELETE FROM attempts WHERE (pool_id, subject) IN
			(SELECT pool_id, subject FROM attempts
			WHERE subject LIKE '%name:%' AND NOT (subject LIKE 'sign-in%' AND last_at >= $3)
			ORDER BY last_at DESC LIMIT $1 OFFSET $2) RETURNING pool_id, subject, last_at`, limit, max, now.Add(-credential.LongestLock))
		if err != nil {
			return 0, err
		}
		for pool, until := range newest(deleted) {
			if err := t.noteForgotten(pool, until); err != nil {
				return 0, err
			}
		}
		return int64(len(deleted)), nil
	}
}

// deletedCount is a count that was deleted.
type deletedCount struct {
	pool    userpool.PoolID
	subject string
	last    time.Time
}

func countOfPool(d *deletedCount) []any { return []any{&d.pool, &d.subject, asTime{&d.last}} }

// newest returns the time of the newest count of each pool, without guesses: those
// had ended anyway.
func newest(deleted []*deletedCount) map[userpool.PoolID]time.Time {
	last := map[userpool.PoolID]time.Time{}
	for _, d := range deleted {
		if !strings.HasPrefix(d.subject, "sign-in") && d.last.After(last[d.pool]) {
			last[d.pool] = d.last
		}
	}
	return last
}

// noteForgotten notes that counts of a pool are forgotten up to a time.
func (t *tx) noteForgotten(pool userpool.PoolID, until time.Time) error {
	_, err := t.exec(`INSERT INTO attempts (pool_id, subject, count, first_at, last_at, locked)
		SELECT id, $2, 0, 0, $3, 0 FROM pools WHERE id = $1
		ON CONFLICT (pool_id, subject) DO UPDATE SET last_at = excluded.last_at WHERE attempts.last_at < excluded.last_at`, pool, forgotten, until)
	return err
}
