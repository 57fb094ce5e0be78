package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/autocert"
)

func acmeFields(v *autocert.Value) []any { return []any{&v.Name, &v.Sealed, asTime{&v.Modified}} }

// PutACMEValue implements [autocert.Store].
func (s *Store) PutACMEValue(ctx context.Context, v *autocert.Value) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO acme_values (name, sealed, modified) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, modified = excluded.modified`, v.Name, v.Sealed, v.Modified)
		return err
	})
}

// ACMEValue implements [autocert.Store].
func (s *Store) ACMEValue(ctx context.Context, name string) (*autocert.Value, error) {
	return load(ctx, s, autocert.ErrNoValue, func(t *tx) (*autocert.Value, error) {
		return queryOne(t, acmeFields, `SELECT name, sealed, modified FROM acme_values WHERE name = $1`, name)
	})
}

// ACMEValuesUnder implements [autocert.Store].
func (s *Store) ACMEValuesUnder(ctx context.Context, folder string) ([]string, error) {
	return load(ctx, s, nil, func(t *tx) ([]string, error) {
		var names []string
		err := t.eachRow(func(row scanner) error {
			var name string
			err := row.Scan(&name)
			names = append(names, name)
			return err
		}, `SELECT name FROM acme_values WHERE SUBSTR(name, 1, LENGTH($1)) = $1 ORDER BY name`, folder+"/")
		return names, err
	})
}

// DeleteACMEValues implements [autocert.Store].
func (s *Store) DeleteACMEValues(ctx context.Context, name string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM acme_values WHERE name = $1 OR SUBSTR(name, 1, LENGTH($2)) = $2`, name, name+"/")
		return err
	})
}

// LockACME implements [autocert.Store].
func (s *Store) LockACME(ctx context.Context, name, owner string, now, until time.Time) (locked bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(`INSERT INTO acme_locks (name, owner, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
			WHERE acme_locks.owner = excluded.owner OR acme_locks.until < $4`, name, owner, until, now)
		locked = n > 0
		return err
	})
	return locked, err
}

// UnlockACME implements [autocert.Store].
func (s *Store) UnlockACME(ctx context.Context, name, owner string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.changeOne(`DELETE FROM acme_locks WHERE name = $1 AND owner = $2`, name, owner)
	})
	if errors.Is(err, errNoRow) {
		return nil // it has ended by itself
	}
	return err
}
