package server

import (
	"context"
	"errors"
	"io/fs"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

// Backup copies the database of an installation into a new file, for the command
// line. Processes may use the database meanwhile.
func Backup(ctx context.Context, c *config.Config, file string) error {
	return store.Backup(ctx, c.Database.Reveal(), file)
}

// ErrRestoredKeys says that a database was restored, and that the master keys are
// not beside it.
var ErrRestoredKeys = fault.New(fault.Invalid, "restored_without_keys", "The database was restored, but the master keys are not there.")

// Restore makes the database of an installation from a backup. Then it asks
// whether the master keys are those of the backup; if they are not, the database
// is restored all the same, and the error says what is missing.
func Restore(ctx context.Context, c *config.Config, file string) error {
	if err := store.Restore(ctx, c.Database.Reveal(), file); err != nil {
		return err
	}
	st, err := store.Open(ctx, c.Database.Reveal(), store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	sealer, err := openUsedSealer(c)
	if err == nil {
		err = newKeyOwner(c, st).check(ctx, sealer)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return ErrRestoredKeys.Saying("The database was restored, but the master keys are not there: restore them to %s from their own backup before the start.", MasterKeysOf(c))
	}
	if known := fault.As(err); known != nil {
		return ErrRestoredKeys.Saying("The database was restored. %s", known.Message)
	}
	return err
}
