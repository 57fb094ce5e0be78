package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// The defaults of [Config].
const (
	DefaultLife   = 14 * time.Hour // Pomerium: cookie_expire
	DefaultOutage = 15 * time.Minute
	DefaultCached = 100_000
)

// storeTimeout limits what several requests wait for at the store.
const storeTimeout = 5 * time.Second

// ErrUnavailable says that nobody can tell at the moment whether a session
// lives.
var ErrUnavailable = fault.New(fault.Unavailable, "session_unavailable", "We can't tell who is signed in at the moment. Please try again shortly.")

// Config is what a Manager needs. Store and Box must be set.
type Config struct {
	Store Store
	Box   *seal.Box // seals the stored sessions
	// Life is from sign-in to the end. 0: DefaultLife.
	Life time.Duration
	// Idle ends sessions that nobody uses for so long. An open connection is a use. 0:
	// none ends so.
	Idle time.Duration
	// Outage is how long the sessions in memory go on while the store does not
	// answer. 0: DefaultOutage.
	Outage time.Duration
	// Cached is how many sessions are kept in memory. 0: DefaultCached.
	Cached int
	// Renew asks the session's identity provider for a new identity and new
	// tokens, by the tokens that it gave before. After an error of kind Unavailable or Internal the manager tries
	// again later; any other error ends the session. With an error the renewal has
	// the refresh token for the next try, if it is another one, and nothing else.
	// nil: sessions end with their tokens.
	Renew func(ctx context.Context, s *Session, t Tokens) (*Renewal, error)
	// Recheck asks, between two renewals, whether the session still stands, and
	// for the identity as it is now. It returns nil if the provider has nothing to
	// say. Its errors are as those of Renew. nil: no provider is asked.
	Recheck func(ctx context.Context, s *Session, t Tokens) (*Renewal, error)
	// Stands reports whether the provider of a session is still in use. It is asked
	// for open connections alone: requests are refused by who knows the providers.
	// nil: every provider is.
	Stands func(s *Session) bool
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: nothing is logged
}

// Manager keeps sessions. It is safe for concurrent use.
type Manager struct {
	cfg       Config
	memory    *memory
	unsaved   unsaved
	sightings sightings
	attendees attendees
	loads     singleflight.Group
	renewals  singleflight.Group
	running   sync.WaitGroup

	started  time.Time
	stop     context.CancelFunc
	position Mark         // the last change that the memory follows; 0: none. Only follow uses it.
	away     atomic.Bool  // the last look at the store failed
	heard    atomic.Int64 // when the store last said what changed, as time since started; 0: never
	back     atomic.Int64 // when the store answered again after an outage, as time since started; 0: at the start
}

// NewManager returns a manager; Close ends it.
func NewManager(cfg Config) (*Manager, error) {
	if cfg.Store == nil || cfg.Box == nil {
		return nil, errors.New("session: a manager needs a store and a box")
	}
	cfg.Life = orDefault(cfg.Life, DefaultLife)
	cfg.Outage = orDefault(cfg.Outage, DefaultOutage)
	cfg.Cached = orDefault(cfg.Cached, DefaultCached)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	memory, err := newMemory(cfg.Cached)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &Manager{cfg: cfg, memory: memory, started: time.Now(), stop: stop}
	m.catchUp(ctx) // if it fails, sessions are read from the store meanwhile
	m.running.Go(func() { m.follow(ctx) })
	m.running.Go(func() { m.attendOften(ctx) })
	return m, nil
}

func orDefault[T int | time.Duration](v, d T) T {
	if v > 0 {
		return v
	}
	return d
}

// Close waits for what runs in the background.
func (m *Manager) Close() {
	m.stop()
	m.running.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	m.tellSeen(ctx)
	m.memory.close()
}

// SignIn describes a new session.
type SignIn struct {
	Identity identity.Identity // SessionID is ignored
	Provider string
	Renewal  // its Identity is ignored
	Notes    map[string]string
	Client   Client
	// Authenticated is that of the session.
	Authenticated time.Time
	// Life shortens the session's life. 0: the manager's.
	Life time.Duration
	// Since is what [Manager.Mark] returned before the provider was asked about
	// the person. If the person's sessions have ended since, the new session does
	// not begin. 0: the present mark.
	Since Mark
}

// Mark returns the mark of the last change.
func (m *Manager) Mark(ctx context.Context) (Mark, error) {
	mark, err := m.cfg.Store.LastMark(ctx)
	if err != nil {
		return 0, ErrUnavailable.Because(fmt.Errorf("read the mark of the last change: %w", err))
	}
	return mark, nil
}

// Create saves a new session and returns it with its handle, which is kept
// nowhere else. Every sign-in gets a new handle, so a handle that an attacker
// put into a browser before never becomes valid. ErrExpired, if the person's
// sessions have ended since in.Since.
func (m *Manager) Create(ctx context.Context, in SignIn) (seal.Secret, *Session, error) {
	if in.Since == 0 {
		var err error
		if in.Since, err = m.Mark(ctx); err != nil {
			return "", nil, err
		}
	}
	handle := newHandle()
	s := m.begin(IDOf(handle), in)
	record, err := encode(m.cfg.Box, s)
	if err != nil {
		return "", nil, err
	}
	if err := m.cfg.Store.CreateSession(ctx, record, in.Since); err != nil {
		return "", nil, fmt.Errorf("create session: %w", err)
	}
	return handle, s.Session, nil
}

// begin returns the session of a sign-in.
func (m *Manager) begin(id ID, in SignIn) Held {
	now, life := m.cfg.Now(), m.cfg.Life
	if in.Life > 0 && in.Life < life {
		life = in.Life
	}
	in.Identity.SessionID = string(id)
	s := &Session{
		ID: id, Identity: in.Identity, Provider: in.Provider, Origin: in.Origin,
		TokenExpiry: in.TokenExpiry,
		Issued:      now, Authenticated: in.Authenticated, Expires: now.Add(life), Notes: in.Notes, Client: in.Client, Revision: 1, read: in.Since, seen: newSeen(now),
	}
	if in.Rechecks {
		s.checked = now
	}
	return s.hold(in.Tokens)
}

// Get returns the session of a handle. The errors are ErrNotFound, ErrExpired
// and ErrUnavailable.
func (m *Manager) Get(ctx context.Context, handle seal.Secret) (*Session, error) {
	return m.Lookup(ctx, IDOf(handle))
}

// Lookup returns the session with an id, and renews it if that is due. The
// errors are those of Get.
func (m *Manager) Lookup(ctx context.Context, id ID) (*Session, error) {
	s, err := m.find(ctx, id)
	if err != nil {
		return nil, err
	}
	now := m.cfg.Now()
	if !now.Before(s.Expires) {
		return nil, m.end(ctx, id)
	}
	if err := m.use(ctx, s, now); err != nil {
		return nil, err
	}
	if !s.due(now) {
		return s, nil
	}
	return m.current(ctx, s, now)
}

// find returns a session from memory, or else from the store.
func (m *Manager) find(ctx context.Context, id ID) (*Session, error) {
	if s, ok := m.memory.get(id); ok && m.follows() {
		return s, nil
	}
	s, err, _ := m.loads.Do(string(id), func() (any, error) {
		// Several requests may wait for one load, so the end of the first request
		// must not cancel it.
		return m.load(context.WithoutCancel(ctx), id)
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, ErrNotFound
	case err != nil:
		return nil, ErrUnavailable.Because(err)
	}
	return s.(*Session), nil
}

// load reads a session from the store and keeps it in memory. A session that was
// to be forgotten meanwhile is read again: the store may have changed it since.
func (m *Manager) load(ctx context.Context, id ID) (*Session, error) {
	for {
		before := m.memory.forgotten()
		s, err := m.read(ctx, id)
		if err != nil || m.memory.keep(s.Session, before) {
			return s.Session, err
		}
	}
}

// read reads a session with its tokens from the store, past the memory. The store must
// have what the provider answered last.
func (m *Manager) read(ctx context.Context, id ID) (Held, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := m.settle(ctx, id); err != nil {
		return Held{}, fmt.Errorf("save session: %w: %w", errNotRead, err)
	}
	record, err := m.cfg.Store.LoadSession(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Held{}, err
	}
	if err != nil {
		return Held{}, fmt.Errorf("load session: %w: %w", errNotRead, err)
	}
	return decode(m.cfg.Box, record)
}

// Delete signs a session out: on this node at once, on the others within a
// second.
func (m *Manager) Delete(ctx context.Context, id ID) error {
	_, err := m.End(ctx, Scope{ID: id})
	return err
}

// End signs out every session of a scope, as Delete does, and returns how many
// there were.
func (m *Manager) End(ctx context.Context, scope Scope) (int, error) {
	n, err := m.cfg.Store.EndSessions(ctx, scope)
	return m.ended(scope, n, err)
}

// EndOnce is End for an order that may be carried out once. key names the order
// until a time. The error is ErrSpent if it was carried out already. An order
// that failed can come again.
func (m *Manager) EndOnce(ctx context.Context, scope Scope, key string, until time.Time) (int, error) {
	n, err := m.cfg.Store.EndSessionsOnce(ctx, scope, key, until)
	return m.ended(scope, n, err)
}

// ended makes this node forget the n sessions that the store ended.
func (m *Manager) ended(scope Scope, n int, err error) (int, error) {
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	m.tell(Change{Scope: scope, Ended: true})
	return n, nil
}

// end deletes a session that is over, and returns ErrExpired.
func (m *Manager) end(ctx context.Context, id ID) error {
	if err := m.Delete(context.WithoutCancel(ctx), id); err != nil {
		return err
	}
	return ErrExpired
}
