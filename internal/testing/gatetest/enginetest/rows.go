package enginetest

import (
	"errors"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// The methods of this file store rows without the rules of the engines. They are
// for the tests of package token and of the edges that use it. Those tests need
// clients and users in states that the rules allow only after several steps.

const (
	// BaseURL is the start of the issuers' URLs.
	BaseURL string = "https://id.example.com"
	// Callback is the redirect URI of every client that AddClient creates.
	Callback string = "https://app.example.com/callback"
	// Secret is the secret that Confidential sets.
	Secret seal.Secret = "hush-hush"
)

func (d *Directory) must(what string, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
}

// AddPool adds an empty pool.
func (d *Directory) AddPool(id userpool.PoolID) *userpool.Pool {
	d.t.Helper()
	p := &userpool.Pool{ID: id, Name: string(id), Created: Start, Modified: Start}
	d.must("add pool "+string(id), d.Store.CreatePool(d.t.Context(), p))
	return p
}

// SavePool saves the changes that the test has made to p.
func (d *Directory) SavePool(p *userpool.Pool) {
	d.t.Helper()
	_, err := d.Store.UpdatePool(d.t.Context(), p.ID, func(stored *userpool.Pool) error {
		*stored = *p
		return nil
	})
	d.must("save pool "+string(p.ID), err)
}

// DeletePool deletes a pool with its users and clients.
func (d *Directory) DeletePool(id userpool.PoolID) {
	d.t.Helper()
	err := d.Store.DeletePool(d.t.Context(), id, func(*userpool.Pool, []*userpool.Domain) error { return nil })
	d.must("delete pool "+string(id), err)
}

// AddClient adds a public client of the pool. The client may use the OAuth grants
// code and implicit with every system scope. change, if not nil, changes these
// settings. If the id exists, AddClient replaces that client and keeps its
// sign-ins.
func (d *Directory) AddClient(id userpool.ClientID, change func(*userpool.Client)) *userpool.Client {
	d.t.Helper()
	c := &userpool.Client{ID: id, Pool: d.Pool.ID, Name: string(id), Created: Start, Modified: Start, Settings: userpool.ClientSettings{
		OAuth: true, Grants: []string{userpool.GrantCode, userpool.GrantImplicit}, Scopes: userpool.SystemScopes(),
		CallbackURLs: []string{Callback}, LogoutURLs: []string{"https://app.example.com/bye"}, Providers: []string{userpool.ProviderCognito},
	}}
	if change != nil {
		change(c)
	}
	err := d.Store.CreateClient(d.t.Context(), c)
	if errors.Is(err, userpool.ErrClientExists) {
		_, err = d.Store.UpdateClient(d.t.Context(), c.Pool, id, func(stored *userpool.Client) error {
			*stored = *c
			return nil
		})
	}
	d.must("add client "+string(id), err)
	return c
}

// Confidential is a change for [Directory.AddClient] that sets the secret
// [Secret].
func (d *Directory) Confidential(c *userpool.Client) {
	d.t.Helper()
	d.must("set the secret of "+string(c.ID), d.Pools.SetSecret(c, Secret))
}

// DeleteClient deletes a client of the pool.
func (d *Directory) DeleteClient(id userpool.ClientID) {
	d.t.Helper()
	d.must("delete client "+string(id), d.Store.DeleteClient(d.t.Context(), d.Pool.ID, id))
}

// AddUser adds a confirmed user without a password. The sub ends with the name.
func (d *Directory) AddUser(name string, attributes map[string]string) *user.User {
	d.t.Helper()
	u := &user.User{
		Pool: d.Pool.ID, Sub: user.Sub("5ub00000-0000-0000-0000-" + name), Username: name, Status: user.Confirmed,
		Enabled: true, Attributes: attributes, Created: Start, Modified: Start,
	}
	d.must("add user "+name, d.Store.CreateUser(d.t.Context(), u, false))
	return u
}

// SaveUser saves the changes that the test has made to u.
func (d *Directory) SaveUser(u *user.User) {
	d.t.Helper()
	_, err := d.Store.UpdateUser(d.t.Context(), u.Pool, u.Sub, user.Change{Apply: func(stored *user.User) error {
		*stored = *u
		return nil
	}})
	d.must("save user "+u.Username, err)
}

// DeleteUser deletes a user of the pool.
func (d *Directory) DeleteUser(sub user.Sub) {
	d.t.Helper()
	d.must("delete user "+string(sub), d.Store.DeleteUser(d.t.Context(), d.Pool.ID, sub))
}

// AddGroups adds groups and makes the user a member of each.
func (d *Directory) AddGroups(sub user.Sub, groups ...*user.Group) {
	d.t.Helper()
	for _, g := range groups {
		g.Pool = d.Pool.ID
		d.must("add group "+g.Name, d.Store.CreateGroup(d.t.Context(), g))
		d.must("join group "+g.Name, d.Store.AddMember(d.t.Context(), g.Pool, g.Name, sub, d.Now()))
	}
}

// AddResourceServer adds a resource server with the scopes.
func (d *Directory) AddResourceServer(identifier string, scopes ...string) {
	d.t.Helper()
	r := &userpool.ResourceServer{Pool: d.Pool.ID, Identifier: identifier, Name: identifier}
	for _, s := range scopes {
		r.Scopes = append(r.Scopes, userpool.Scope{Name: s})
	}
	d.must("add resource server "+identifier, d.Store.CreateResourceServer(d.t.Context(), r))
}

// AddDomain gives the pool a domain. The domain is custom if its name has a dot.
func (d *Directory) AddDomain(name string) {
	d.t.Helper()
	domain := &userpool.Domain{Name: name, Pool: d.Pool.ID, Custom: strings.Contains(name, ".")}
	d.must("add domain "+name, d.Store.CreateDomain(d.t.Context(), domain))
}
