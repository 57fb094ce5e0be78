package operator

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"
)

// Memory is a Store that lasts as long as the process. The zero value is empty
// and ready.
type Memory struct {
	mu   sync.Mutex
	keys []*Key // oldest first
}

var _ Store = (*Memory)(nil)

// find returns the kept key for which is holds, or nil.
func (m *Memory) find(is func(*Key) bool) *Key {
	if i := slices.IndexFunc(m.keys, is); i >= 0 {
		return m.keys[i]
	}
	return nil
}

func withID(id string) func(*Key) bool { return func(k *Key) bool { return k.ID == id } }

func withHash(hash []byte) func(*Key) bool {
	return func(k *Key) bool { return len(k.Hash) > 0 && bytes.Equal(k.Hash, hash) }
}

// CreateKey implements Store.
func (m *Memory) CreateKey(_ context.Context, k *Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.find(withID(k.ID)) != nil || m.find(withHash(k.Hash)) != nil {
		return ErrKeyExists
	}
	kept := *k
	m.keys = append(m.keys, &kept)
	return nil
}

// Key implements Store.
func (m *Memory) Key(_ context.Context, id string) (*Key, error) { return m.get(withID(id)) }

// KeyByHash implements Store.
func (m *Memory) KeyByHash(_ context.Context, hash []byte) (*Key, error) {
	return m.get(withHash(hash))
}

func (m *Memory) get(is func(*Key) bool) (*Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.find(is)
	if k == nil {
		return nil, ErrKeyNotFound
	}
	found := *k
	return &found, nil
}

// Keys implements Store.
func (m *Memory) Keys(context.Context) ([]*Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*Key, len(m.keys))
	for i, k := range m.keys {
		c := *k
		all[i] = &c
	}
	return all, nil
}

// RevokeKey implements Store.
func (m *Memory) RevokeKey(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.find(withID(id))
	if k == nil {
		return ErrKeyNotFound
	}
	if k.Revoked.IsZero() {
		k.Revoked = at
	}
	return nil
}

// UseKey implements Store.
func (m *Memory) UseKey(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.find(withID(id)); k != nil {
		k.LastUsed = at
	}
	return nil
}
