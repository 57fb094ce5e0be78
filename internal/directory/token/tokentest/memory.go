package tokentest

import (
	"context"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Memory keeps everything in maps, under one lock.
type Memory struct {
	userpool.Store // nil: what is not overridden below is not for these tests

	mu       sync.Mutex
	pools    map[userpool.PoolID]*userpool.Pool
	clients  map[userpool.ClientID]*userpool.Client
	servers  map[string]*userpool.ResourceServer
	domains  []*userpool.Domain
	users    map[user.Sub]*user.User
	groups   map[user.Sub][]*user.Group
	keys     []token.SigningKey
	grants   map[token.GrantID]*token.Grant
	codes    map[string]*token.Code
	sessions map[string]*token.BrowserSession
}

func newMemory() *Memory {
	return &Memory{
		pools: map[userpool.PoolID]*userpool.Pool{}, clients: map[userpool.ClientID]*userpool.Client{},
		servers: map[string]*userpool.ResourceServer{}, users: map[user.Sub]*user.User{}, groups: map[user.Sub][]*user.Group{},
		grants: map[token.GrantID]*token.Grant{}, codes: map[string]*token.Code{}, sessions: map[string]*token.BrowserSession{},
	}
}

// find returns a copy of what the map has, so that nobody edits the rows.
func find[K comparable, V any](m *Memory, rows map[K]*V, key K, missing error) (*V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := rows[key]
	if !ok {
		return nil, missing
	}
	c := *row
	return &c, nil
}

func put[K comparable, V any](m *Memory, rows map[K]*V, key K, value *V) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := *value
	rows[key] = &c
	return nil
}

// Pool is of userpool.Store, as are the three methods after it.
func (m *Memory) Pool(_ context.Context, id userpool.PoolID) (*userpool.Pool, error) {
	return find(m, m.pools, id, userpool.ErrPoolNotFound)
}

// Client returns a client by its id.
func (m *Memory) Client(_ context.Context, id userpool.ClientID) (*userpool.Client, error) {
	return find(m, m.clients, id, userpool.ErrClientNotFound)
}

// ResourceServer returns a resource server of whatever pool.
func (m *Memory) ResourceServer(_ context.Context, _ userpool.PoolID, identifier string) (*userpool.ResourceServer, error) {
	return find(m, m.servers, identifier, userpool.ErrResourceServerNotFound)
}

// Domain returns a domain by its name.
func (m *Memory) Domain(_ context.Context, name string) (*userpool.Domain, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.domains {
		if d.Name == name {
			return d, nil
		}
	}
	return nil, userpool.ErrDomainNotFound
}

// DomainsOf returns the domains of a pool.
func (m *Memory) DomainsOf(_ context.Context, pool userpool.PoolID) ([]*userpool.Domain, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var of []*userpool.Domain
	for _, d := range m.domains {
		if d.Pool == pool {
			of = append(of, d)
		}
	}
	return of, nil
}

// users is the part of Memory that is a user.Store.
type users struct {
	user.Store
	m *Memory
}

func (u users) User(_ context.Context, pool userpool.PoolID, sub user.Sub) (*user.User, error) {
	found, err := find(u.m, u.m.users, sub, user.ErrUserNotFound)
	if err == nil && found.Pool != pool {
		return nil, user.ErrUserNotFound
	}
	return found, err
}

func (u users) GroupsOf(_ context.Context, _ userpool.PoolID, sub user.Sub) ([]*user.Group, error) {
	u.m.mu.Lock()
	defer u.m.mu.Unlock()
	return slices.Clone(u.m.groups[sub]), nil
}

// SigningKeys and the methods after it are token.Store.
func (m *Memory) SigningKeys(_ context.Context, pool userpool.PoolID) ([]token.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keysOf(pool), nil
}

func (m *Memory) keysOf(pool userpool.PoolID) []token.SigningKey {
	var of []token.SigningKey
	for _, k := range m.keys {
		if k.Pool == pool {
			of = append(of, k)
		}
	}
	return of
}

// AddSigningKeys adds the keys whose use the pool lacks.
func (m *Memory) AddSigningKeys(_ context.Context, pool userpool.PoolID, keys []token.SigningKey) ([]token.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pools[pool] == nil {
		return nil, userpool.ErrPoolNotFound
	}
	standing := m.keysOf(pool)
	for _, k := range keys {
		if !slices.ContainsFunc(standing, func(s token.SigningKey) bool { return s.Use == k.Use }) {
			m.keys = append(m.keys, k)
		}
	}
	return m.keysOf(pool), nil
}

// CreateGrant saves a grant.
func (m *Memory) CreateGrant(_ context.Context, g *token.Grant) error {
	return put(m, m.grants, g.ID, g)
}

// Grant returns a grant of the pool.
func (m *Memory) Grant(_ context.Context, pool userpool.PoolID, id token.GrantID) (*token.Grant, error) {
	g, err := find(m, m.grants, id, token.ErrGrantNotFound)
	if err == nil && g.Pool != pool {
		return nil, token.ErrGrantNotFound
	}
	return g, err
}

// GrantByRefresh returns the grant of a refresh token.
func (m *Memory) GrantByRefresh(_ context.Context, hash []byte) (*token.Grant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range m.grants {
		if g.RefreshHash != nil && string(g.RefreshHash) == string(hash) {
			c := *g
			return &c, nil
		}
	}
	return nil, token.ErrGrantNotFound
}

func (m *Memory) revoke(now time.Time, which func(*token.Grant) bool) (found bool) {
	for _, g := range m.grants {
		if which(g) {
			found = true
			if g.Revoked.IsZero() {
				g.Revoked = now
			}
		}
	}
	return found
}

// RevokeGrant revokes one grant.
func (m *Memory) RevokeGrant(_ context.Context, pool userpool.PoolID, id token.GrantID, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.revoke(now, func(g *token.Grant) bool { return g.Pool == pool && g.ID == id }) {
		return token.ErrGrantNotFound
	}
	return nil
}

// RevokeGrantsOf revokes a user's grants and notes the sign-out.
func (m *Memory) RevokeGrantsOf(_ context.Context, pool userpool.PoolID, sub user.Sub, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.users[sub]
	if !ok || u.Pool != pool {
		return user.ErrUserNotFound
	}
	c := *u
	c.SignedOut = now
	m.users[sub] = &c
	m.revoke(now, func(g *token.Grant) bool { return g.Pool == pool && g.Sub == sub })
	return nil
}

// CreateAuthCode saves a code.
func (m *Memory) CreateAuthCode(_ context.Context, c *token.Code) error {
	return put(m, m.codes, string(c.Hash), c)
}

// AuthCode returns a code.
func (m *Memory) AuthCode(_ context.Context, hash []byte) (*token.Code, error) {
	return find(m, m.codes, string(hash), token.ErrCodeUnknown)
}

// RedeemAuthCode uses a code up.
func (m *Memory) RedeemAuthCode(_ context.Context, hash []byte, now time.Time, redeem func(*token.Code) (*token.Grant, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.codes[string(hash)]
	if !ok {
		return token.ErrCodeUnknown
	}
	if !c.Used.IsZero() {
		m.revoke(now, func(g *token.Grant) bool { return g.ID == c.Grant })
		return token.ErrCodeUsed
	}
	g, err := redeem(c)
	if err != nil {
		return err
	}
	saved := *g
	m.grants[g.ID], c.Used, c.Grant = &saved, now, g.ID
	return nil
}

// CreateBrowserSession saves a session.
func (m *Memory) CreateBrowserSession(_ context.Context, s *token.BrowserSession) error {
	return put(m, m.sessions, string(s.Hash), s)
}

// BrowserSession returns a session.
func (m *Memory) BrowserSession(_ context.Context, hash []byte) (*token.BrowserSession, error) {
	return find(m, m.sessions, string(hash), token.ErrSessionUnknown)
}

// DeleteBrowserSession deletes a session.
func (m *Memory) DeleteBrowserSession(_ context.Context, hash []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, string(hash))
	return nil
}

// DeleteBrowserSessionsOf deletes a user's sessions.
func (m *Memory) DeleteBrowserSessionsOf(_ context.Context, pool userpool.PoolID, sub user.Sub) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, s := range m.sessions {
		if s.Pool == pool && s.Sub == sub {
			delete(m.sessions, k)
		}
	}
	return nil
}
