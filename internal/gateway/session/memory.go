package session

import (
	"fmt"
	"slices"
	"sync"

	"github.com/maypok86/otter/v2"
)

// memory is what one node has of the sessions in use.
type memory struct {
	cache  *otter.Cache[ID, *Session]
	tokens *otter.Cache[ID, Held] // of sessions whose tokens routes send

	mu     sync.Mutex // held while sessions are kept or forgotten
	count  int        // of the changes that forget got
	recent []Change   // the last of them
}

// recentChanges is how many changes are remembered for sessions that are being
// read from the store.
const recentChanges = 1024

// cachedTokens is of how many sessions the tokens are kept. They take 4 KiB a session.
const cachedTokens = 5_000

func newMemory(size int) (*memory, error) {
	cache, err := otter.New(&otter.Options[ID, *Session]{MaximumSize: size})
	if err != nil {
		return nil, fmt.Errorf("session memory: %w", err)
	}
	tokens, err := otter.New(&otter.Options[ID, Held]{MaximumSize: min(size, cachedTokens)})
	if err != nil {
		return nil, fmt.Errorf("memory of tokens: %w", err)
	}
	return &memory{cache: cache, tokens: tokens}, nil
}

func (m *memory) close() {
	m.cache.StopAllGoroutines()
	m.tokens.StopAllGoroutines()
}

func (m *memory) get(id ID) (*Session, bool) { return m.cache.GetIfPresent(id) }

// forgotten returns how many changes there were so far.
func (m *memory) forgotten() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// keep keeps a session that was read from the store after forgotten returned
// before. If a change concerned s since, s may be too old: keep does nothing and
// returns false.
func (m *memory) keep(s *Session, before int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.concerned(s, before) {
		return false
	}
	m.cache.Set(s.ID, s)
	return true
}

// concerned reports whether a change concerned s since forgotten returned before, or
// may have.
func (m *memory) concerned(s *Session, before int) bool {
	missed := m.count - before
	return missed > len(m.recent) || newCovering(m.recent[len(m.recent)-missed:]).covers(s)
}

// held returns a session with its tokens, if they are kept for its revision.
func (m *memory) held(s *Session) (Held, bool) {
	h, ok := m.tokens.GetIfPresent(s.ID)
	return h, ok && h.Revision == s.Revision
}

// keepTokens keeps the tokens of a session that is in memory. before is as for keep.
func (m *memory) keepTokens(h Held, before int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.concerned(h.Session, before) {
		m.tokens.Set(h.ID, h)
	}
}

// forget forgets the sessions that the changes concern.
func (m *memory) forget(changes ...Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count += len(changes)
	m.recent = append(m.recent, changes...)
	m.recent = slices.Delete(m.recent, 0, max(0, len(m.recent)-recentChanges))
	rest := newCovering(changes)
	for id := range rest.ids {
		m.drop(id)
	}
	if rest.onlyIDs() {
		return
	}
	for id, s := range m.cache.All() {
		if rest.covers(s) {
			m.drop(id)
		}
	}
	for id, h := range m.tokens.All() {
		if rest.covers(h.Session) {
			m.drop(id)
		}
	}
}

// drop forgets one session.
func (m *memory) drop(id ID) {
	m.cache.Invalidate(id)
	m.tokens.Invalidate(id)
}

// covering answers for many scopes at once: a node may have as many sessions in
// memory as there are changes.
type covering struct {
	everyone bool
	ids      map[ID]bool
	origins  map[Origin]bool // with the fields that a scope sets
}

func newCovering(changes []Change) covering {
	c := covering{ids: map[ID]bool{}, origins: map[Origin]bool{}}
	for _, change := range changes {
		switch s := change.Scope; {
		case s.Everyone:
			c.everyone = true
		case s.ID != "":
			c.ids[s.ID] = true
		case s.Issuer != "":
			c.origins[s.Origin] = true
		}
	}
	return c
}

func (c covering) onlyIDs() bool { return !c.everyone && len(c.origins) == 0 }

func (c covering) covers(s *Session) bool {
	if c.everyone || c.ids[s.ID] {
		return true
	}
	o := s.Origin
	return c.origins[Origin{Issuer: o.Issuer}] || c.origins[Origin{Issuer: o.Issuer, Subject: o.Subject}] ||
		c.origins[Origin{Issuer: o.Issuer, ProviderSession: o.ProviderSession}] || c.origins[o]
}
