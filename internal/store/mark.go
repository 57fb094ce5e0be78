package store

import (
	"context"
	"errors"
)

// nameMark is the row of the master keys' mark.
const nameMark = "master_keys"

// Mark returns the mark of the master keys that seal what the database holds, or
// nil if it has none yet.
func (s *Store) Mark(ctx context.Context) ([]byte, error) {
	return load(ctx, s, nil, func(t *tx) ([]byte, error) { return t.mark() })
}

// KeepMark saves the mark unless the database has one. It returns the mark that
// the database has then: if two processes call it at once, both get the same.
func (s *Store) KeepMark(ctx context.Context, mark []byte) (kept []byte, err error) {
	err = s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO installation (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO NOTHING`, nameMark, mark)
		if err == nil {
			kept, err = t.mark()
		}
		return err
	})
	return kept, err
}

// ReplaceMark replaces the mark before by next. If the database has another mark,
// it keeps that.
func (s *Store) ReplaceMark(ctx context.Context, before, next []byte) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE installation SET value = $3 WHERE name = $1 AND value = $2`, nameMark, before, next)
		return err
	})
}

func (t *tx) mark() ([]byte, error) {
	value, err := queryOne(t, func(b *[]byte) []any { return []any{b} },
		`SELECT value FROM installation WHERE name = $1`, nameMark)
	if errors.Is(err, errNoRow) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return *value, nil
}

// sealedSamples are values of each kind that the master keys have sealed.
var sealedSamples = []string{
	`SELECT sealed FROM signing_keys LIMIT 3`,
	`SELECT sealed FROM operator_keys WHERE sealed IS NOT NULL LIMIT 3`,
	`SELECT password_sealed FROM users WHERE password_sealed IS NOT NULL LIMIT 3`,
	`SELECT sealed FROM team_keys LIMIT 3`,
	`SELECT body FROM messages LIMIT 3`,
}

// SealedSamples returns some values that the master keys have sealed. They tell
// whose keys those are in a database that has no mark yet.
func (s *Store) SealedSamples(ctx context.Context) ([][]byte, error) {
	return load(ctx, s, nil, func(t *tx) ([][]byte, error) {
		var all [][]byte
		for _, query := range sealedSamples {
			err := t.eachRow(func(row scanner) error {
				var value []byte
				err := row.Scan(&value)
				all = append(all, value)
				return err
			}, query)
			if err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}
