package session

import (
	"context"
	"sync"
	"time"
)

// MemoryStore is a [Store] in the memory of one process: for tests, and for a
// gateway of one node that may lose its sessions at a restart, which is how
// Pomerium behaves with its storage type "memory". The zero value is ready.
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
	n := 0
	for id, r := range m.records {
		if n < limit && r.Expires.Before(now) {
			delete(m.records, id)
			n++
		}
	}
	for key, until := range m.spent {
		if n < limit && until.Before(now) {
			delete(m.spent, key)
			n++
		}
	}
	return n, nil
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
