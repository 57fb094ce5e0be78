package session

import (
	"fmt"
	"slices"
	"sync"

	"github.com/maypok86/otter/v2"
)

// memory is what one node has of the sessions in use.
type memory struct {
	cache *otter.Cache[ID, *Session]

	mu     sync.Mutex // held while sessions are kept or forgotten
	count  int        // of the changes that forget got
	recent []Change   // the last of them
}

// recentChanges is how many changes are remembered for sessions that are being
// read from the store.
const recentChanges = 1024

func newMemory(size int) (*memory, error) {
	cache, err := otter.New(&otter.Options[ID, *Session]{MaximumSize: size})
	if err != nil {
		return nil, fmt.Errorf("session memory: %w", err)
	}
	return &memory{cache: cache}, nil
}

func (m *memory) close() { m.cache.StopAllGoroutines() }

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
	missed := m.count - before
	if missed > len(m.recent) || newCovering(m.recent[len(m.recent)-missed:]).covers(s) {
		return false
	}
	m.cache.Set(s.ID, s)
	return true
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
		m.cache.Invalidate(id)
	}
	if rest.onlyIDs() {
		return
	}
	for id, s := range m.cache.All() {
		if rest.covers(s) {
			m.cache.Invalidate(id)
		}
	}
}

// drop forgets a session whose proof was refused.
func (m *memory) drop(id ID) { m.cache.Invalidate(id) }

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
