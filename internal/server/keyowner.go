package server

import (
	"context"
	"slices"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

// keyOwner checks that master keys are those of a database. The database has a
// mark of them, which is made at the first start. If keys are not those of the
// mark, they open nothing of what the database holds, and what they would seal
// would be lost with the next restore.
type keyOwner struct {
	store *store.Store
	keys  string // where the keys come from, for people
	db    string // the database, for people
}

func newKeyOwner(c *config.Config, st *store.Store) keyOwner {
	return keyOwner{store: st, keys: MasterKeysOf(c), db: DatabaseOf(c)}
}

// check returns an error if the keys are not those of the database. If the keys
// were rotated, it renews the mark, so that an older copy of them is noticed.
func (o keyOwner) check(ctx context.Context, sealer *seal.Sealer) error {
	mark, err := o.mark(ctx, sealer)
	switch {
	case err != nil:
		return err
	case !sealer.Made(mark):
		return o.wrongKeys()
	case !sealer.Outdates(mark):
		return nil
	}
	next, err := sealer.Mark()
	if err != nil {
		return err
	}
	return o.store.ReplaceMark(ctx, mark, next)
}

// mark returns the mark of the database, and makes it if there is none.
func (o keyOwner) mark(ctx context.Context, sealer *seal.Sealer) ([]byte, error) {
	mark, err := o.store.Mark(ctx)
	if err != nil || mark != nil {
		return mark, err
	}
	samples, err := o.store.SealedSamples(ctx) // of a database that is older than its mark
	if err != nil {
		return nil, err
	}
	if len(samples) > 0 && !slices.ContainsFunc(samples, sealer.HasKeyOf) {
		return nil, o.wrongKeys()
	}
	if mark, err = sealer.Mark(); err != nil {
		return nil, err
	}
	return o.store.KeepMark(ctx, mark)
}

func (o keyOwner) wrongKeys() error {
	return seal.ErrKeys.Saying("The master keys in %s are not those of the %s, or an older copy of them: they open nothing, or not all, of what it holds. Restore the right keys from your backup, or name them with master_key_file or master_key; or name the right database.", o.keys, o.db)
}
