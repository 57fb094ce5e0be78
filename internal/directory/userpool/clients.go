package userpool

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// Client returns a client of any pool. ErrClientNotFound, which names the id.
func (e *Engine) Client(ctx context.Context, id ClientID) (*Client, error) {
	c, err := e.store.Client(ctx, id)
	return c, nameClient(err, id)
}

// ClientAndPool returns a client with its pool. ErrClientNotFound, ErrPoolNotFound.
func (e *Engine) ClientAndPool(ctx context.Context, id ClientID) (*Client, *Pool, error) {
	c, p, err := e.store.ClientAndPool(ctx, id)
	if errors.Is(err, ErrClientNotFound) {
		if c, err = e.Client(ctx, id); err == nil { // then it is the pool that is gone
			_, err = e.Pool(ctx, c.Pool)
		}
		return nil, nil, cmp.Or(err, nameClient(ErrClientNotFound, id))
	}
	if err != nil {
		return nil, nil, err
	}
	e.last.note(p.ID, p, nil)
	return c, p, nil
}

// ClientOf returns a client of a pool. ErrClientNotFound, also if the client
// belongs to another pool.
func (e *Engine) ClientOf(ctx context.Context, pool PoolID, id ClientID) (*Client, error) {
	c, err := e.Client(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.Pool != pool {
		return nil, nameClient(ErrClientNotFound, id)
	}
	return c, nil
}

// nameClient puts the id of a client that does not exist into the error's text.
func nameClient(err error, id ClientID) error {
	if errors.Is(err, ErrClientNotFound) {
		return NoClient(id)
	}
	return err
}

// NoClient returns ErrClientNotFound with the id of the client.
func NoClient(id ClientID) error {
	return ErrClientNotFound.Saying("User pool client %s does not exist.", id)
}

// ListClients returns a page of a pool's clients, sorted by id, and the id after
// which the next page starts: "" after the last page.
func (e *Engine) ListClients(ctx context.Context, pool PoolID, after ClientID, size int) (clients []*Client, next ClientID, err error) {
	size = PageSize(size, MaxPage)
	rows, err := e.store.Clients(ctx, pool, after, size+1)
	if err != nil {
		return nil, "", err
	}
	clients, next = CutPage(rows, size, func(c *Client) ClientID { return c.ID })
	return clients, next, nil
}

// NewClient says which app client to create.
type NewClient struct {
	ID             ClientID // "": a new id
	Name           string
	GenerateSecret bool
	Secret         seal.Secret // a secret of the caller's choice; not with GenerateSecret
	Settings       ClientSettings
	Origin         Origin
}

// CreateClient makes an app client. ErrClientSettings, ErrOAuthFlow,
// ErrScopeNotFound, ErrClientExists, ErrPoolNotFound, ErrTooManyResources,
// ErrTooManyUntried.
func (e *Engine) CreateClient(ctx context.Context, pool *Pool, n NewClient) (*Client, error) {
	if n.GenerateSecret && n.Secret != "" {
		return nil, ErrClientSettings.Saying("GenerateSecret cannot be true when ClientSecret is given.")
	}
	if n.ID == "" {
		n.ID = cmp.Or(e.clientID(), ClientID(ids.ClientID()))
	}
	if n.GenerateSecret {
		n.Secret = seal.Secret(ids.ClientSecret())
	}
	now := e.now()
	c := &Client{ID: n.ID, Pool: pool.ID, Name: n.Name, Created: now, Modified: now, Settings: n.Settings, Origin: n.Origin}
	if n.Secret != "" {
		sealed, err := e.sealSecret(c.ID, n.Secret, now)
		if err != nil {
			return nil, err
		}
		c.Secrets = []ClientSecret{sealed}
	}
	if err := checkClient(pool, c, "creating"); err != nil {
		return nil, err
	}
	if err := e.checkNamed(ctx, pool, c); err != nil {
		return nil, err
	}
	err := lostProvider(e.store.CreateClient(ctx, c))
	if errors.Is(err, ErrTooManyResources) {
		err = ErrTooManyResources.Saying("A user pool may have at most %d app clients.", MaxClients)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// UpdateClient changes an app client and checks the result. change runs on a
// copy first, so that scopes and providers are looked up outside the transaction. It
// undoes a change of what [Engine.SetClientSSO] sets. A client that its owner
// changes is no longer untried.
// ErrClientNotFound and the errors of [Engine.CreateClient].
func (e *Engine) UpdateClient(ctx context.Context, pool *Pool, id ClientID, change func(*Client) error) (*Client, error) {
	draft, err := e.ClientOf(ctx, pool.ID, id)
	if err != nil {
		return nil, err
	}
	if draft.Settings, err = draft.Settings.copied(); err != nil {
		return nil, err
	}
	if err := change(draft); err != nil {
		return nil, err
	}
	if err := e.checkNamed(ctx, pool, draft); err != nil {
		return nil, err
	}
	c, err := e.store.UpdateClient(ctx, pool.ID, id, func(c *Client) error {
		sso := c.Settings.SSOMinutes
		if err := change(c); err != nil {
			return err
		}
		c.Settings.SSOMinutes, c.Modified = sso, e.now()
		c.tried()
		return checkClient(pool, c, "updating")
	})
	return c, nameClient(lostProvider(err), id)
}

// NoteSignIn notes that somebody signs in to a client, which is then no longer
// untried. ErrClientNotFound.
func (e *Engine) NoteSignIn(ctx context.Context, c *Client) error {
	if c.Origin != Untried {
		return nil
	}
	_, err := e.store.UpdateClient(ctx, c.Pool, c.ID, func(c *Client) error {
		c.tried()
		return nil
	})
	return nameClient(err, c.ID)
}

func (c *Client) tried() {
	if c.Origin == Untried {
		c.Origin = ByAnyone
	}
}

// DeleteClient removes an app client and its tokens. ErrClientNotFound.
func (e *Engine) DeleteClient(ctx context.Context, pool PoolID, id ClientID) error {
	return nameClient(e.store.DeleteClient(ctx, pool, id), id)
}

// checkNamed checks that the pool has what the client names.
func (e *Engine) checkNamed(ctx context.Context, pool *Pool, c *Client) error {
	if err := e.checkProviders(ctx, pool, c, ""); err != nil {
		return err
	}
	return e.checkScopes(ctx, pool, c)
}

// checkScopes checks that the pool has every scope of the client.
func (e *Engine) checkScopes(ctx context.Context, pool *Pool, c *Client) error {
	for _, scope := range c.Settings.Scopes {
		known, err := e.scopeExists(ctx, pool.ID, scope)
		if err != nil {
			return err
		}
		if !known {
			return ErrScopeNotFound.Saying("Invalid scope requested: %s", scope)
		}
	}
	return nil
}

// ExistingScopes returns those of the scopes that the pool has, in their order.
func (e *Engine) ExistingScopes(ctx context.Context, pool PoolID, scopes []string) (existing []string, err error) {
	for _, s := range scopes {
		known, err := e.scopeExists(ctx, pool, s)
		if err != nil {
			return nil, err
		}
		if known {
			existing = append(existing, s)
		}
	}
	return existing, nil
}

// scopeExists reports whether the pool has a scope. Of a custom one, the part before
// the last "/" is the resource server's identifier, which may contain "/" itself.
func (e *Engine) scopeExists(ctx context.Context, pool PoolID, scope string) (bool, error) {
	if scope == ScopeRegister || slices.Contains(SystemScopes(), scope) {
		return true, nil
	}
	i := strings.LastIndexByte(scope, '/')
	if i < 0 {
		return false, nil
	}
	r, err := e.store.ResourceServer(ctx, pool, scope[:i])
	if err != nil {
		if errors.Is(err, ErrResourceServerNotFound) {
			return false, nil
		}
		return false, err
	}
	return slices.ContainsFunc(r.Scopes, func(s Scope) bool { return s.Name == scope[i+1:] }), nil
}
