package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// The defaults of [Config].
const (
	DefaultLife      = 14 * time.Hour // Pomerium: cookie_expire
	DefaultStaleness = 5 * time.Second
	DefaultCached    = 100_000
)

// storeTimeout limits one call to the store that several requests wait for.
const storeTimeout = 5 * time.Second

// Config is what a Manager needs. Store and Box must be set.
type Config struct {
	Store Store
	Box   *seal.Box // seals the stored sessions
	// Life is from sign-in to the end. 0: DefaultLife.
	Life time.Duration
	// Staleness is how long this node may use a session after another node
	// deleted or changed it. 0: DefaultStaleness.
	Staleness time.Duration
	// Cached is how many sessions are kept in memory. 0: DefaultCached.
	Cached int
	// Renew asks the session's identity provider for a new identity and new
	// tokens. After an error of kind Unavailable or Internal the manager tries
	// again later; any other error ends the session. nil: sessions end with
	// their tokens.
	Renew func(ctx context.Context, s *Session) (*Renewal, error)
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: nothing is logged
}

// Manager keeps sessions. It is safe for concurrent use.
type Manager struct {
	cfg      Config
	cache    *otter.Cache[ID, *Session]
	renewals singleflight.Group
	running  sync.WaitGroup
}

// NewManager returns a manager; Close ends it.
func NewManager(cfg Config) (*Manager, error) {
	if cfg.Store == nil || cfg.Box == nil {
		return nil, errors.New("session: a manager needs a store and a box")
	}
	cfg.Life = orDefault(cfg.Life, DefaultLife)
	cfg.Staleness = orDefault(cfg.Staleness, DefaultStaleness)
	cfg.Cached = orDefault(cfg.Cached, DefaultCached)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Manager{cfg: cfg}
	cache, err := otter.New(&otter.Options[ID, *Session]{
		MaximumSize:      cfg.Cached,
		ExpiryCalculator: otter.ExpiryWriting[ID, *Session](cfg.Staleness),
		// A session in use is loaded again before the bound, in the background,
		// so that no request waits for the store.
		RefreshCalculator: otter.RefreshWriting[ID, *Session](cfg.Staleness / 2),
		Clock:             clock{cfg.Now},
		// If a reload fails, the load after the bound reports the error.
		Logger: &otter.NoopLogger{},
	})
	if err != nil {
		return nil, fmt.Errorf("session cache: %w", err)
	}
	m.cache = cache
	return m, nil
}

func orDefault[T int | time.Duration](v, d T) T {
	if v > 0 {
		return v
	}
	return d
}

// clock makes the cache use the manager's clock.
type clock struct{ now func() time.Time }

func (c clock) NowNano() int64                        { return c.now().UnixNano() }
func (c clock) Tick(d time.Duration) <-chan time.Time { return time.Tick(d) }

// Close waits for the renewals in the background and stops the cache.
func (m *Manager) Close() {
	m.running.Wait()
	m.cache.StopAllGoroutines()
}

// SignIn describes a new session.
type SignIn struct {
	Identity identity.Identity // SessionID is ignored
	Provider string
	Renewal  // its Identity is ignored
	Notes    map[string]string
	// Life shortens the session's life. 0: the manager's.
	Life time.Duration
}

// Create saves a new session and returns it with its handle, which is kept
// nowhere else. Every sign-in gets a new handle, so a handle that an attacker
// put into a browser before never becomes valid.
func (m *Manager) Create(ctx context.Context, in SignIn) (seal.Secret, *Session, error) {
	now := m.cfg.Now()
	life := m.cfg.Life
	if in.Life > 0 && in.Life < life {
		life = in.Life
	}
	handle := seal.Secret(ids.Token())
	id := IDOf(handle)
	in.Identity.SessionID = string(id)
	s := &Session{
		ID: id, Identity: in.Identity, Provider: in.Provider, IDToken: in.IDToken, AccessToken: in.AccessToken, RefreshToken: in.RefreshToken,
		TokenExpiry: in.TokenExpiry, Issued: now, Expires: now.Add(life), Notes: in.Notes, Revision: 1,
	}
	record, err := encode(m.cfg.Box, s)
	if err != nil {
		return "", nil, err
	}
	if err := m.cfg.Store.CreateSession(ctx, record); err != nil {
		return "", nil, fmt.Errorf("create session: %w", err)
	}
	return handle, s, nil
}

// Get returns the session of a handle. The errors are ErrNotFound, ErrExpired
// and those of the store.
func (m *Manager) Get(ctx context.Context, handle seal.Secret) (*Session, error) {
	return m.Lookup(ctx, IDOf(handle))
}

// Lookup returns the session with an id, and renews it if that is due.
func (m *Manager) Lookup(ctx context.Context, id ID) (*Session, error) {
	s, err := m.cache.Get(ctx, id, loader{m})
	switch {
	case errors.Is(err, otter.ErrNotFound):
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	}
	now := m.cfg.Now()
	if !now.Before(s.Expires) {
		return nil, m.end(ctx, id)
	}
	if s.TokenExpiry.IsZero() || now.Before(s.TokenExpiry.Add(-renewAhead)) {
		return s, nil
	}
	return m.due(ctx, s, now)
}

// Delete signs a session out: on this node at once, on the others within the
// staleness bound.
func (m *Manager) Delete(ctx context.Context, id ID) error {
	if err := m.cfg.Store.DeleteSession(ctx, id); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	m.cache.Invalidate(id)
	return nil
}

// DeleteOf signs out every session of a person (see [PersonOf]) and returns
// how many there were.
func (m *Manager) DeleteOf(ctx context.Context, person string) (int, error) {
	gone, err := m.cfg.Store.DeleteSessionsOf(ctx, person)
	if err != nil {
		return 0, fmt.Errorf("delete sessions of a person: %w", err)
	}
	for _, id := range gone {
		m.cache.Invalidate(id)
	}
	return len(gone), nil
}

// Sweep deletes all expired sessions from the store, in small batches, and
// returns how many rows it deleted.
func (m *Manager) Sweep(ctx context.Context) (int, error) {
	const batch = 500
	for total := 0; ; {
		n, err := m.cfg.Store.DeleteExpiredSessions(ctx, m.cfg.Now(), batch)
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

// end deletes a session that is over, and returns ErrExpired.
func (m *Manager) end(ctx context.Context, id ID) error {
	if err := m.Delete(context.WithoutCancel(ctx), id); err != nil {
		return err
	}
	return ErrExpired
}

// loader loads sessions into the cache. Several requests may wait for one load,
// so the end of the first request must not cancel it.
type loader struct{ *Manager }

func (l loader) Load(ctx context.Context, id ID) (*Session, error) { return l.Reload(ctx, id, nil) }

func (l loader) Reload(ctx context.Context, id ID, old *Session) (*Session, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	record, err := l.cfg.Store.LoadSession(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, otter.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	if old != nil && old.Revision == record.Revision {
		return old, nil // unchanged
	}
	return decode(l.cfg.Box, record)
}
