package session

import (
	"context"
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
}

var _ Store = (*MemoryStore)(nil)

// CreateSession implements [Store].
func (m *MemoryStore) CreateSession(_ context.Context, r Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = map[ID]Record{}
	}
	if _, taken := m.records[r.ID]; taken {
		return ErrStale
	}
	m.records[r.ID] = r
	return nil
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
	m.records[r.ID] = r
	return nil
}

// DeleteSession implements [Store].
func (m *MemoryStore) DeleteSession(_ context.Context, id ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, id)
	return nil
}

// DeleteSessionsOf implements [Store].
func (m *MemoryStore) DeleteSessionsOf(_ context.Context, person string) ([]ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []ID
	for id, r := range m.records {
		if r.Person == person {
			ids = append(ids, id)
			delete(m.records, id)
		}
	}
	return ids, nil
}

// DeleteExpiredSessions implements [Store].
func (m *MemoryStore) DeleteExpiredSessions(_ context.Context, now time.Time, limit int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sessions, keys := 0, 0
	for id, r := range m.records {
		if sessions < limit && r.Expires.Before(now) {
			delete(m.records, id)
			sessions++
		}
	}
	for key, until := range m.spent {
		if keys < limit && until.Before(now) {
			delete(m.spent, key)
			keys++
		}
	}
	return sessions + keys, nil
}

// SpendTicket implements [Store].
func (m *MemoryStore) SpendTicket(_ context.Context, key string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, spent := m.spent[key]; spent {
		return ErrSpent
	}
	if m.spent == nil {
		m.spent = map[string]time.Time{}
	}
	m.spent[key] = until
	return nil
}
