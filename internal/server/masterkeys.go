package server

import (
	"context"
	"io/fs"
	"log/slog"
	"os"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

// openSealer opens the master keys that the configuration names, which must be
// those of the database. Beside an empty database it makes them if their file
// does not exist. Beside one with content it does not: new keys open nothing of
// what the lost ones sealed.
func openSealer(ctx context.Context, c *config.Config, st *store.Store) (*seal.Sealer, error) {
	sealer, err := findKeys(ctx, c, st)
	if err != nil {
		return nil, err
	}
	return sealer, newKeyOwner(c, st).check(ctx, sealer)
}

func findKeys(ctx context.Context, c *config.Config, st *store.Store) (*seal.Sealer, error) {
	if c.MasterKeyFile == "" {
		return seal.FromText(c.MasterKey.Reveal())
	}
	empty, err := st.Empty(ctx)
	if err != nil {
		return nil, err
	}
	if !empty {
		return seal.Load(c.MasterKeyFile)
	}
	if err := makeDir(c.DataDir); err != nil {
		return nil, err
	}
	return seal.LoadOrCreate(c.MasterKeyFile)
}

// openUsedSealer opens the master keys of an installation that has content. It
// does not make any.
func openUsedSealer(c *config.Config) (*seal.Sealer, error) {
	if c.MasterKeyFile == "" {
		return seal.FromText(c.MasterKey.Reveal())
	}
	return seal.Load(c.MasterKeyFile)
}

// makeDir makes the directory for what Gatehouse writes by itself.
func makeDir(dir string) error { return os.MkdirAll(dir, 0o700) }

// ErrNoKeyFile says that the master keys cannot be rotated where they are.
var ErrNoKeyFile = fault.New(fault.Unsupported, "master_keys_not_in_file", "The master keys are in master_key, which no command can change: write them to a file, name it with master_key_file, and rotate there.")

// RotationStep is a part of adding a master key.
type RotationStep int

// The steps. A key opens once it is added, and seals once it is promoted.
const (
	AddAndPromote RotationStep = iota
	AddKey
	PromoteKey
)

// RotateMasterKeys changes the file of the master keys. The older keys stay in
// it. Running processes take the change up by themselves.
func RotateMasterKeys(c *config.Config, step RotationStep) error {
	if c.MasterKeyFile == "" {
		return ErrNoKeyFile
	}
	switch step {
	case AddKey:
		return seal.AddKey(c.MasterKeyFile)
	case PromoteKey:
		return seal.Promote(c.MasterKeyFile)
	}
	return seal.Rotate(c.MasterKeyFile)
}

// keyFile follows the file of the master keys while the process runs.
type keyFile struct {
	path   string // empty: the keys are not in a file
	sealer *seal.Sealer
	owner  keyOwner
	log    *slog.Logger
	seen   fs.FileInfo
}

func newKeyFile(c *config.Config, sealer *seal.Sealer, st *store.Store, log *slog.Logger) *keyFile {
	k := &keyFile{path: c.MasterKeyFile, sealer: sealer, owner: newKeyOwner(c, st), log: log}
	k.changed()
	return k
}

// follow reads the keys again if the file changed. If they cannot be read, or are
// not those of the database, the known ones stay in use.
func (k *keyFile) follow(ctx context.Context) {
	if !k.changed() {
		return
	}
	err := k.sealer.Reload(k.path, func(next *seal.Sealer) error { return k.owner.check(ctx, next) })
	if err != nil {
		if fault.KindOf(err) == fault.Unavailable {
			k.seen = nil // the database does not answer: try again
		}
		k.log.LogAttrs(ctx, slog.LevelError, "the master keys were not read again, the known ones stay in use", slog.String("error", err.Error()))
		return
	}
	k.log.LogAttrs(ctx, slog.LevelInfo, "the master keys were read again", slog.String("file", k.path))
}

// changed reports whether the file is another one than at the last call.
func (k *keyFile) changed() bool {
	if k.path == "" {
		return false
	}
	before := k.seen
	info, err := os.Stat(k.path)
	if err != nil {
		return false
	}
	k.seen = info
	return before == nil || !os.SameFile(before, info) || !before.ModTime().Equal(info.ModTime()) || before.Size() != info.Size()
}
