package autocert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// ErrNoValue says that the store has no value of a name.
var ErrNoValue = fault.New(fault.NotFound, "acme_value_missing", "There is no such value.")

// Value is one of the things that are kept: an account, a key, a certificate, what
// answers a challenge.
type Value struct {
	Name     string // folders and a name, with slashes between them
	Sealed   []byte
	Modified time.Time
}

// Store keeps the values and the locks of all nodes.
type Store interface {
	// PutACMEValue adds or replaces a value.
	PutACMEValue(ctx context.Context, v *Value) error
	// ACMEValue returns a value. ErrNoValue.
	ACMEValue(ctx context.Context, name string) (*Value, error)
	// ACMEValuesUnder returns the names that begin with folder and a slash, sorted.
	ACMEValuesUnder(ctx context.Context, folder string) ([]string, error)
	// DeleteACMEValues deletes the value of a name, and those under it.
	DeleteACMEValues(ctx context.Context, name string) error
	// LockACME takes a lock until a time, if it is free, has ended at now, or is the
	// owner's. It reports whether the owner has it.
	LockACME(ctx context.Context, name, owner string, now, until time.Time) (bool, error)
	// UnlockACME gives the owner's lock back.
	UnlockACME(ctx context.Context, name, owner string) error
}

// How long a lock lasts that its node does not renew: longer than clocks differ. How
// often the node renews it, and how often another node asks for it.
const (
	lockLife   = 5 * time.Minute
	renewEvery = time.Minute
	askEvery   = 2 * time.Second
)

// storage is the Store in the form that certmagic knows: a tree of files.
type storage struct {
	store  Store
	sealer *seal.Sealer
	now    func() time.Time

	mu   sync.Mutex
	held map[string]held // by lock
}

// held is a lock that this process has.
type held struct {
	owner string // of this holding: two of one process exclude each other, too
	stop  func() // ends its renewals
}

var _ certmagic.Storage = (*storage)(nil)

func newStorage(c *Config) *storage {
	return &storage{store: c.Store, sealer: c.Sealer, now: c.Now, held: map[string]held{}}
}

// context ties a sealed value to its name.
func contextOf(name string) string { return "acme value:" + name }

// Store implements [certmagic.Storage].
func (s *storage) Store(ctx context.Context, name string, value []byte) error {
	sealed, err := s.sealer.Seal(value, contextOf(name))
	if err != nil {
		return err
	}
	return s.store.PutACMEValue(ctx, &Value{Name: name, Sealed: sealed, Modified: s.now().UTC().Truncate(time.Millisecond)})
}

// Load implements [certmagic.Storage].
func (s *storage) Load(ctx context.Context, name string) ([]byte, error) {
	v, err := s.value(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.sealer.Open(v.Sealed, contextOf(name))
}

func (s *storage) value(ctx context.Context, name string) (*Value, error) {
	v, err := s.store.ACMEValue(ctx, name)
	if errors.Is(err, ErrNoValue) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return v, err
}

// Delete implements [certmagic.Storage].
func (s *storage) Delete(ctx context.Context, name string) error {
	return s.store.DeleteACMEValues(ctx, name)
}

// Exists implements [certmagic.Storage].
func (s *storage) Exists(ctx context.Context, name string) bool {
	_, err := s.Stat(ctx, name)
	return err == nil
}

// List implements [certmagic.Storage].
func (s *storage) List(ctx context.Context, folder string, recursive bool) ([]string, error) {
	names, err := s.store.ACMEValuesUnder(ctx, folder)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", folder, fs.ErrNotExist)
	}
	if recursive {
		return names, nil
	}
	for i, name := range names {
		first, _, _ := strings.Cut(strings.TrimPrefix(name, folder+"/"), "/")
		names[i] = path.Join(folder, first)
	}
	return slices.Compact(names), nil
}

// Stat implements [certmagic.Storage].
func (s *storage) Stat(ctx context.Context, name string) (certmagic.KeyInfo, error) {
	v, err := s.value(ctx, name)
	if err == nil {
		plain, err := s.sealer.Open(v.Sealed, contextOf(name))
		return certmagic.KeyInfo{Key: name, Modified: v.Modified, Size: int64(len(plain)), IsTerminal: true}, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return certmagic.KeyInfo{}, err
	}
	under, listErr := s.store.ACMEValuesUnder(ctx, name)
	if listErr != nil || len(under) == 0 {
		return certmagic.KeyInfo{}, errors.Join(err, listErr)
	}
	return certmagic.KeyInfo{Key: name}, nil
}

// Lock implements [certmagic.Storage]. It waits until this process has the lock.
func (s *storage) Lock(ctx context.Context, name string) error {
	owner := ids.UUID()
	for {
		now := s.now()
		locked, err := s.store.LockACME(ctx, name, owner, now, now.Add(lockLife))
		if err != nil {
			return err
		}
		if locked {
			s.keep(name, owner)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askEvery):
		}
	}
}

// keep renews a lock until Unlock.
func (s *storage) keep(name, owner string) {
	ctx, stop := context.WithCancel(context.Background())
	s.mu.Lock()
	s.held[name] = held{owner, stop}
	s.mu.Unlock()
	go func() {
		t := time.NewTicker(renewEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				now := s.now()
				_, _ = s.store.LockACME(ctx, name, owner, now, now.Add(lockLife)) // the next time, if the database is away
			}
		}
	}()
}

// Unlock implements [certmagic.Storage].
func (s *storage) Unlock(ctx context.Context, name string) error {
	s.mu.Lock()
	h, has := s.held[name]
	delete(s.held, name)
	s.mu.Unlock()
	if !has {
		return nil
	}
	h.stop()
	return s.store.UnlockACME(context.WithoutCancel(ctx), name, h.owner)
}
