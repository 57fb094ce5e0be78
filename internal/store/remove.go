package store

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/directory/userpool"
)

// A pool or a client can have a million rows, and whoever signs in holds a lock on
// it that a deletion waits for. So deleting has two steps:
//
//	DeletePool, DeleteClient ─ mark: from here on nobody finds it ─▶ remove its rows,
//	some at a time, and at last itself
//
// The caller waits a little for the second step. What is left, also after the end of
// the process, Remove removes. Until then the id is taken.

// removeAtOnce is how long the caller waits.
const removeAtOnce = time.Second

// removal removes what was marked with the ids that the query finds.
type removal struct {
	marked string   // finds all ids
	one    string   // finds $1, if it is still there
	steps  []string // remove some rows of $1; the next one follows when none is left
}

var removals = []removal{
	{
		marked: `SELECT id FROM pools WHERE deleted ORDER BY id`,
		one:    `SELECT 1 FROM pools WHERE id = $1 AND deleted`,
		steps: []string{
			`DELETE FROM import_jobs WHERE id IN (SELECT id FROM import_jobs WHERE pool_id = $1 LIMIT 1)`,
			`DELETE FROM users WHERE (pool_id, sub) IN (SELECT pool_id, sub FROM users WHERE pool_id = $1 LIMIT 100)`,
			`DELETE FROM attempts WHERE (pool_id, subject) IN (SELECT pool_id, subject FROM attempts WHERE pool_id = $1 LIMIT 500)`,
			`DELETE FROM grants WHERE (pool_id, id) IN (SELECT pool_id, id FROM grants WHERE pool_id = $1 LIMIT 500)`,
			`DELETE FROM pools WHERE id = $1`, // the foreign keys delete the rest, which is little
		},
	},
	{
		marked: `SELECT id FROM clients WHERE deleted ORDER BY id`,
		one:    `SELECT 1 FROM clients WHERE id = $1 AND deleted`,
		steps: []string{
			`DELETE FROM grants WHERE (pool_id, id) IN (SELECT pool_id, id FROM grants WHERE client_id = $1 LIMIT 500)`,
			`DELETE FROM auth_codes WHERE hash IN (SELECT hash FROM auth_codes WHERE client_id = $1 LIMIT 500)`,
			`DELETE FROM clients WHERE id = $1`,
		},
	},
}

var poolRemoval, clientRemoval = &removals[0], &removals[1]

// Remove removes the rows of what was deleted, some at a time, so that nobody waits
// for it. Every node may call it at any time. What fails is left for the next call.
func (s *Store) Remove(ctx context.Context) error {
	var failed []error
	for i := range removals {
		ids, err := s.marked(ctx, &removals[i])
		failed = append(failed, err)
		for _, id := range ids {
			failed = append(failed, s.remove(ctx, &removals[i], id))
		}
	}
	return errors.Join(failed...)
}

func (s *Store) marked(ctx context.Context, r *removal) (ids []string, err error) {
	err = s.read(ctx, func(t *tx) error {
		ids = nil
		return t.eachRow(func(row scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		}, r.marked)
	})
	return ids, err
}

// remove removes one of them.
func (s *Store) remove(ctx context.Context, r *removal, id string) error {
	for {
		left, err := s.removeSome(ctx, r, id)
		if err != nil || !left {
			return err
		}
	}
}

// removeSome removes some rows, and reports whether any may be left. It does not say
// to readiness how it went: to wait for the sign-ins under way is no fault.
func (s *Store) removeSome(ctx context.Context, r *removal, id string) (left bool, err error) {
	err = within(ctx, s.limit, func(ctx context.Context) error {
		return s.engine.write(ctx, func(t *tx) error {
			if left, err = t.exists(t.lock(r.one), id); err != nil || !left { // nodes take turns
				return err
			}
			for _, step := range r.steps {
				if n, err := t.exec(step, id); err != nil || n > 0 {
					return err
				}
			}
			return nil
		})
	})
	return left, err
}

// removeSoon removes as much as can be done while the caller waits. The deletion
// stands, whatever becomes of it.
func (s *Store) removeSoon(ctx context.Context, r *removal, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeAtOnce)
	defer cancel()
	_ = s.remove(ctx, r, id)
}

// visible leaves out pools that are being imported or removed.
const visible = `importing = '' AND NOT deleted`

// markPool makes nobody find a pool and its clients any more.
func (t *tx) markPool(id userpool.PoolID) error {
	if _, err := t.exec(`UPDATE clients SET deleted = TRUE WHERE pool_id = $1`, id); err != nil {
		return err
	}
	return t.changeOne(`UPDATE pools SET deleted = TRUE WHERE id = $1`, id)
}

// markClient makes nobody find a client any more. What others count or list of it
// goes at once.
func (t *tx) markClient(pool userpool.PoolID, id userpool.ClientID) error {
	if err := t.changeOne(`UPDATE clients SET deleted = TRUE WHERE id = $1 AND pool_id = $2 AND NOT deleted`, id, pool); err != nil {
		return err
	}
	for _, table := range []string{"client_providers", "login_styles", "ui_customizations", "terms"} {
		if _, err := t.exec(`DELETE FROM `+table+` WHERE client_id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}
