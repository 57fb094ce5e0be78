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
	mu     sync.Mutex
	keys   []*AccessKey // oldest first, as tokens
	tokens []*APIToken
}

var _ Store = (*Memory)(nil)

// find returns a copy of the first element that is the one asked for, and its
// place, or nil and -1.
func find[T any](list []*T, is func(*T) bool) (*T, int) {
	i := slices.IndexFunc(list, is)
	if i < 0 {
		return nil, -1
	}
	v := *list[i]
	return &v, i
}

func copies[T any](list []*T) []*T {
	out := make([]*T, len(list))
	for i, v := range list {
		c := *v
		out[i] = &c
	}
	return out
}

func keyWithID(id string) func(*AccessKey) bool {
	return func(k *AccessKey) bool { return k.ID == id }
}

func tokenWithID(id string) func(*APIToken) bool {
	return func(t *APIToken) bool { return t.ID == id }
}

// CreateAccessKey implements Store.
func (m *Memory) CreateAccessKey(_ context.Context, k *AccessKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, i := find(m.keys, keyWithID(k.ID)); i >= 0 {
		return ErrKeyExists
	}
	m.keys = append(m.keys, copies([]*AccessKey{k})...)
	return nil
}

// AccessKey implements Store.
func (m *Memory) AccessKey(_ context.Context, id string) (*AccessKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, i := find(m.keys, keyWithID(id))
	if i < 0 {
		return nil, ErrKeyNotFound
	}
	return k, nil
}

// AccessKeys implements Store.
func (m *Memory) AccessKeys(context.Context) ([]*AccessKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return copies(m.keys), nil
}

// RevokeAccessKey implements Store.
func (m *Memory) RevokeAccessKey(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, i := find(m.keys, keyWithID(id))
	if i < 0 {
		return ErrKeyNotFound
	}
	if m.keys[i].Revoked.IsZero() {
		m.keys[i].Revoked = at
	}
	return nil
}

// UseAccessKey implements Store.
func (m *Memory) UseAccessKey(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, i := find(m.keys, keyWithID(id)); i >= 0 {
		m.keys[i].LastUsed = at
	}
	return nil
}

// CreateAPIToken implements Store.
func (m *Memory) CreateAPIToken(_ context.Context, t *APIToken) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, i := find(m.tokens, tokenWithID(t.ID)); i >= 0 {
		return ErrTokenExists
	}
	m.tokens = append(m.tokens, copies([]*APIToken{t})...)
	return nil
}

// APITokenByHash implements Store.
func (m *Memory) APITokenByHash(_ context.Context, hash []byte) (*APIToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, i := find(m.tokens, func(t *APIToken) bool { return bytes.Equal(t.Hash, hash) })
	if i < 0 {
		return nil, ErrTokenNotFound
	}
	return t, nil
}

// APITokens implements Store.
func (m *Memory) APITokens(context.Context) ([]*APIToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return copies(m.tokens), nil
}

// RevokeAPIToken implements Store.
func (m *Memory) RevokeAPIToken(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, i := find(m.tokens, tokenWithID(id))
	if i < 0 {
		return ErrTokenNotFound
	}
	if m.tokens[i].Revoked.IsZero() {
		m.tokens[i].Revoked = at
	}
	return nil
}

// UseAPIToken implements Store.
func (m *Memory) UseAPIToken(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, i := find(m.tokens, tokenWithID(id)); i >= 0 {
		m.tokens[i].LastUsed = at
	}
	return nil
}
