package store

import "context"

// Empty reports whether the database has no content yet: no row that an
// installation would miss, or that its master keys have sealed. A mark of the
// master keys is content: another process may be about to use them.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	content := false
	err := s.read(ctx, func(t *tx) (err error) {
		content, err = t.exists(`SELECT 1 WHERE EXISTS (SELECT 1 FROM pools)
			OR EXISTS (SELECT 1 FROM operator_keys)
			OR EXISTS (SELECT 1 FROM identity_providers)
			OR EXISTS (SELECT 1 FROM team_keys)
			OR EXISTS (SELECT 1 FROM gateway_sessions)
			OR EXISTS (SELECT 1 FROM gateway_devices)
			OR EXISTS (SELECT 1 FROM messages)
			OR EXISTS (SELECT 1 FROM installation WHERE name = $1)`, nameMark)
		return err
	})
	return !content, err
}
