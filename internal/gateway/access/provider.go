package access

import (
	"context"
	"slices"

	"gatehouse/internal/base/ids"
)

// Create keeps a new provider. ErrProviderInvalid.
func (e *Engine) Create(ctx context.Context, name string, config OIDC) (*IdentityProvider, error) {
	now := e.now()
	p := &IdentityProvider{ID: ids.UUID(), Name: name, Config: config, Revision: 1, Created: now, Modified: now}
	p.Config.SealedSecret = nil
	if err := e.ready(p); err != nil {
		return nil, err
	}
	defer e.forget()
	return p, e.Store.CreateIdentityProvider(ctx, p)
}

// Get returns a provider; its secret stays sealed. ErrProviderNotFound.
func (e *Engine) Get(ctx context.Context, id string) (*IdentityProvider, error) {
	if p := e.declaredByID(id); p != nil {
		return p, nil
	}
	return e.Store.IdentityProvider(ctx, id)
}

// List returns all providers: the declared ones, then the others by age.
// Secrets stay sealed.
func (e *Engine) List(ctx context.Context) ([]*IdentityProvider, error) {
	stored, err := e.Store.IdentityProviders(ctx)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	list := slices.Clone(e.declared)
	e.mu.Unlock()
	for _, p := range stored {
		// A provider that was made by the API and is declared now is the
		// declared one.
		if e.declaredByID(p.ID) == nil {
			list = append(list, p)
		}
	}
	return list, nil
}

// Replace sets all that can change of a provider. An empty client secret keeps
// the one that is stored: who reads a provider does not see it.
// ErrProviderNotFound, ErrProviderInvalid, ErrProviderDeclared.
func (e *Engine) Replace(ctx context.Context, id, name string, config OIDC) (*IdentityProvider, error) {
	if e.declaredByID(id) != nil {
		return nil, ErrProviderDeclared
	}
	defer e.forget()
	return e.Store.UpdateIdentityProvider(ctx, id, func(p *IdentityProvider) error {
		stored := p.Config.SealedSecret
		p.Name, p.Config, p.Modified = name, config, e.now()
		p.Config.SealedSecret = stored
		return e.ready(p)
	})
}

// Delete removes a provider. Its sessions count no more once every node has
// heard of it, which is within [Freshness]. ErrProviderNotFound,
// ErrProviderDeclared.
func (e *Engine) Delete(ctx context.Context, id string) error {
	if e.declaredByID(id) != nil {
		return ErrProviderDeclared
	}
	defer e.forget()
	return e.Store.DeleteIdentityProvider(ctx, id)
}

// SetDeclared replaces the providers of the configuration file, whose secrets
// are given in ClientSecret. The caller gives the list away.
func (e *Engine) SetDeclared(list []*IdentityProvider) error {
	now := e.now()
	for _, p := range list {
		p.Declared, p.Created, p.Modified, p.Revision = true, now, now, 1
		if err := e.ready(p); err != nil {
			return err
		}
	}
	e.mu.Lock()
	e.declared = list
	e.mu.Unlock()
	e.forget()
	return nil
}

func (e *Engine) declaredByID(id string) *IdentityProvider {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.declared {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// ready checks a provider and seals the secret that was given with it.
func (e *Engine) ready(p *IdentityProvider) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Config.ClientSecret == "" {
		return nil
	}
	sealed, err := e.Sealer.Seal([]byte(p.Config.ClientSecret.Reveal()), secretContext(p.ID))
	if err != nil {
		return err
	}
	p.Config.SealedSecret, p.Config.ClientSecret = sealed, ""
	return nil
}

func secretContext(id string) string { return "identity-provider:" + id }
