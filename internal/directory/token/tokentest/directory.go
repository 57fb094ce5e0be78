package tokentest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Names in the directory.
const (
	PoolID  userpool.PoolID = "us-east-1_Test00001"
	BaseURL string          = "https://id.example.com"
	// Callback is the redirect URI of every client.
	Callback string = "https://app.example.com/callback"
	// Secret is the secret of every confidential client.
	Secret seal.Secret = "hush-hush"
)

// Start is where the clock of a new directory stands.
var Start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// Directory is a pool with an engine for its tokens.
type Directory struct {
	*Memory
	Engine *token.Engine
	Home   *userpool.Pool

	clock struct {
		sync.Mutex
		now time.Time
	}
}

// made has keys that every test shares, since making them takes long.
var made = sync.OnceValues(func() ([]token.SigningKey, *seal.Sealer) {
	sealer, err := seal.New()
	if err != nil {
		panic(err)
	}
	d := build(sealer)
	if _, err := d.Engine.JWKS(context.Background(), d.Home); err != nil {
		panic(err)
	}
	return d.Memory.keys, sealer
})

// New returns a directory with one empty pool, whose keys are made.
func New(testing.TB) *Directory {
	keys, sealer := made()
	d := build(sealer)
	d.Memory.keys = append(d.Memory.keys, keys...)
	return d
}

func build(sealer *seal.Sealer) *Directory {
	d := &Directory{Memory: newMemory()}
	d.clock.now = Start
	d.Home = d.AddPool(PoolID)
	d.Engine = token.New(token.Config{
		Store: d.Memory, Sealer: sealer, Now: d.Now, BaseURL: BaseURL,
		Pools: userpool.New(userpool.Config{Store: d.Memory, Sealer: sealer, Now: d.Now}),
		Users: user.New(user.Config{Store: users{m: d.Memory}, Now: d.Now}),
	})
	return d
}

// Now is the directory's clock.
func (d *Directory) Now() time.Time {
	d.clock.Lock()
	defer d.clock.Unlock()
	return d.clock.now
}

// Pass moves the clock.
func (d *Directory) Pass(by time.Duration) {
	d.clock.Lock()
	defer d.clock.Unlock()
	d.clock.now = d.clock.now.Add(by)
}

// AddPool adds an empty pool.
func (d *Directory) AddPool(id userpool.PoolID) *userpool.Pool {
	p := &userpool.Pool{ID: id, Name: string(id), Created: Start}
	put(d.Memory, d.pools, id, p)
	return p
}

// SavePool stores p as it is now.
func (d *Directory) SavePool(p *userpool.Pool) { put(d.Memory, d.pools, p.ID, p) }

// AddClient adds a public client of the pool that may use code and implicit
// with every system scope, after change (nil: none) has had its say.
func (d *Directory) AddClient(id userpool.ClientID, change func(*userpool.Client)) *userpool.Client {
	c := &userpool.Client{ID: id, Pool: d.Home.ID, Name: string(id), Created: Start, Settings: userpool.ClientSettings{
		OAuth: true, Grants: []string{userpool.GrantCode, userpool.GrantImplicit}, Scopes: userpool.SystemScopes(),
		CallbackURLs: []string{Callback}, LogoutURLs: []string{"https://app.example.com/bye"}, Providers: []string{userpool.ProviderCognito},
	}}
	if change != nil {
		change(c)
	}
	d.SaveClient(c)
	return c
}

// SaveClient stores c as it is now.
func (d *Directory) SaveClient(c *userpool.Client) { put(d.Memory, d.clients, c.ID, c) }

// Confidential gives a new client the secret [Secret].
func (d *Directory) Confidential(c *userpool.Client) {
	if err := d.Engine.Pools.SetSecret(c, Secret); err != nil {
		panic(err)
	}
}

// DeleteClient removes a client.
func (d *Directory) DeleteClient(id userpool.ClientID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.clients, id)
}

// AddUser adds a confirmed user, whose sub is made of the name.
func (d *Directory) AddUser(name string, attributes map[string]string) *user.User {
	u := &user.User{
		Pool: d.Home.ID, Sub: user.Sub("5ub00000-0000-0000-0000-" + name), Username: name, Status: user.Confirmed,
		Enabled: true, Attributes: attributes, Created: Start,
	}
	d.SaveUser(u)
	return u
}

// SaveUser stores u as it is now.
func (d *Directory) SaveUser(u *user.User) { put(d.Memory, d.users, u.Sub, u) }

// DeleteUser removes a user.
func (d *Directory) DeleteUser(sub user.Sub) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.users, sub)
}

// SetGroups gives a user its groups, in order of precedence.
func (d *Directory) SetGroups(sub user.Sub, groups ...*user.Group) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.groups[sub] = groups
}

// AddResourceServer adds a resource server with those scopes.
func (d *Directory) AddResourceServer(identifier string, scopes ...string) {
	r := &userpool.ResourceServer{Pool: d.Home.ID, Identifier: identifier, Name: identifier}
	for _, s := range scopes {
		r.Scopes = append(r.Scopes, userpool.Scope{Name: s})
	}
	put(d.Memory, d.servers, identifier, r)
}

// AddDomain gives the pool a domain.
func (d *Directory) AddDomain(name string, custom bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.domains = append(d.domains, &userpool.Domain{Name: name, Pool: d.Home.ID, Custom: custom})
}

// DropGrants removes every grant.
func (d *Directory) DropGrants() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.grants)
}

// DropKeys removes the signing keys of a pool.
func (d *Directory) DropKeys(pool userpool.PoolID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys = slices.DeleteFunc(slices.Clone(d.keys), func(k token.SigningKey) bool { return k.Pool == pool })
}
