package session

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a [Store] in memory, for tests that run in a synctest bubble:
// a database's own goroutines don't belong to the bubble. The zero value is
// ready. TestMemoryStore runs the suite of all stores on it.
type MemoryStore struct {
	mu      sync.Mutex
	records map[ID]Record
	spent   map[string]time.Time
	history []Change // of the marks from 2 on
}

var _ Store = (*MemoryStore)(nil)

// CreateSession implements [Store].
func (m *MemoryStore) CreateSession(_ context.Context, r Record, since Mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = map[ID]Record{}
	}
	if _, taken := m.records[r.ID]; taken {
		return ErrStale
	}
	for _, c := range m.history[since-1:] {
		if !c.Scope.Covers(r.ID, r.Origin) {
			continue
		}
		if c.Ended {
			return ErrExpired
		}
		r.Changed = c.Mark
	}
	m.records[r.ID] = r
	m.endOldest(r.Origin)
	return nil
}

func (m *MemoryStore) endOldest(o Origin) {
	mine := []Record{}
	for _, r := range m.records {
		if r.Issuer == o.Issuer && r.Subject == o.Subject && o.Subject != "" {
			mine = append(mine, r)
		}
	}
	slices.SortFunc(mine, func(a, b Record) int { return b.Created.Compare(a.Created) })
	for _, r := range mine[min(len(mine), PerPerson):] {
		m.apply(Change{Scope: Scope{ID: r.ID}, Ended: true})
	}
}

// Apply records a change and applies it to the sessions, as a transaction of the
// user pools does.
func (m *MemoryStore) Apply(c Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.apply(c)
}

func (m *MemoryStore) apply(c Change) (n int) {
	c.Mark = Mark(len(m.history) + 2)
	m.history = append(m.history, c)
	for id, r := range m.records {
		if !c.Scope.Covers(id, r.Origin) {
			continue
		}
		n++
		if r.Changed = c.Mark; c.Ended {
			delete(m.records, id)
		} else {
			m.records[id] = r
		}
	}
	return n
}

// LastMark implements [Store].
func (m *MemoryStore) LastMark(context.Context) (Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Mark(len(m.history) + 1), nil
}

// Changes implements [Store].
func (m *MemoryStore) Changes(_ context.Context, after Mark) ([]Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if after < 1 || int(after)-1 > len(m.history) {
		return nil, ErrTooFarBehind
	}
	return slices.Clone(m.history[after-1:]), nil
}

// Sessions implements [Store].
func (m *MemoryStore) Sessions(_ context.Context, created time.Time, id ID, limit int) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	order := func(a, b Record) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) }
	var list []Record
	for _, r := range m.records {
		if order(r, Record{Created: created, ID: id}) > 0 {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, order)
	return list[:min(limit, len(list))], nil
}

// PersonSessions implements [Store].
func (m *MemoryStore) PersonSessions(_ context.Context, issuer, subject string) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Record
	for _, r := range m.records {
		if r.Issuer == issuer && r.Subject == subject {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b Record) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return list[:min(PerPerson, len(list))], nil
}

// EndSessions implements [Store].
func (m *MemoryStore) EndSessions(_ context.Context, scope Scope) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if scope.Empty() {
		return 0, nil
	}
	return m.apply(Change{Scope: scope, Ended: true}), nil
}

// EndSessionsOnce implements [Store].
func (m *MemoryStore) EndSessionsOnce(_ context.Context, scope Scope, key string, until time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.spend(key, until); err != nil {
		return 0, err
	}
	if scope.Empty() {
		return 0, nil
	}
	return m.apply(Change{Scope: scope, Ended: true}), nil
}

// LoadSession implements [Store].
func (m *MemoryStore) LoadSession(_ context.Context, id ID) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[id]
	if !ok {
		return Record{}, ErrNotFound
	}
	return r, nil
}

// UpdateSession implements [Store].
func (m *MemoryStore) UpdateSession(_ context.Context, r Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.records[r.ID]
	if !ok {
		return ErrNotFound
	}
	if old.Revision != r.Revision-1 {
		return ErrStale
	}
	r.Origin, r.Created, r.Changed, r.Seen = old.Origin, old.Created, old.Changed, old.Seen
	m.records[r.ID] = r
	return nil
}

// SeeSessions implements [Store].
func (m *MemoryStore) SeeSessions(_ context.Context, seen map[ID]time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, at := range seen {
		if r, ok := m.records[id]; ok && at.After(r.Seen) {
			r.Seen = at
			m.records[id] = r
		}
	}
	return nil
}

// SpendTicket implements [Store].
func (m *MemoryStore) SpendTicket(_ context.Context, key string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spend(key, until)
}

func (m *MemoryStore) spend(key string, until time.Time) error {
	if _, spent := m.spent[key]; spent {
		return ErrSpent
	}
	if m.spent == nil {
		m.spent = map[string]time.Time{}
	}
	m.spent[key] = until
	return nil
}
