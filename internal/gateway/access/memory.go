package access

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// MemoryStore is a [Store] and a [KeyStore] in the memory of one process, for
// tests. The zero value is ready.
type MemoryStore struct {
	mu        sync.Mutex
	providers map[string]IdentityProvider
	key       *TeamKey
}

var (
	_ Store    = (*MemoryStore)(nil)
	_ KeyStore = (*MemoryStore)(nil)
)

// CreateIdentityProvider implements [Store].
func (m *MemoryStore) CreateIdentityProvider(_ context.Context, p *IdentityProvider) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.providers == nil {
		m.providers = map[string]IdentityProvider{}
	}
	m.providers[p.ID] = *p
	return nil
}

// IdentityProvider implements [Store].
func (m *MemoryStore) IdentityProvider(_ context.Context, id string) (*IdentityProvider, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.providers[id]
	if !ok {
		return nil, ErrProviderNotFound
	}
	return &p, nil
}

// UpdateIdentityProvider implements [Store].
func (m *MemoryStore) UpdateIdentityProvider(_ context.Context, id string, change func(*IdentityProvider) error) (*IdentityProvider, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.providers[id]
	if !ok {
		return nil, ErrProviderNotFound
	}
	if err := change(&p); err != nil {
		return nil, err
	}
	p.Revision++
	m.providers[id] = p
	return &p, nil
}

// DeleteIdentityProvider implements [Store].
func (m *MemoryStore) DeleteIdentityProvider(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.providers[id]; !ok {
		return ErrProviderNotFound
	}
	delete(m.providers, id)
	return nil
}

// IdentityProviders implements [Store].
func (m *MemoryStore) IdentityProviders(context.Context) ([]*IdentityProvider, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*IdentityProvider
	for _, p := range m.providers {
		list = append(list, &p)
	}
	slices.SortFunc(list, func(a, b *IdentityProvider) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// TeamKey implements [KeyStore].
func (m *MemoryStore) TeamKey(context.Context) (*TeamKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key == nil {
		return nil, ErrNoTeamKey
	}
	return m.key, nil
}

// KeepTeamKey implements [KeyStore].
func (m *MemoryStore) KeepTeamKey(_ context.Context, k *TeamKey) (*TeamKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key == nil {
		m.key = k
	}
	return m.key, nil
}
