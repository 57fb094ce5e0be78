package access

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/ids"
	"gatehouse/internal/policy"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/seal"
	"gatehouse/internal/web"
)

// Create keeps a new provider. ErrProviderInvalid.
func (e *Engine) Create(ctx context.Context, name string, config OIDC) (*IdentityProvider, error) {
	p := &IdentityProvider{ID: ids.UUID(), Name: name, Config: config, Revision: 1, Created: e.now(), Modified: e.now()}
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := e.sealSecret(p); err != nil {
		return nil, err
	}
	return p, e.Store.CreateIdentityProvider(ctx, p)
}

// Get returns a provider, its secret opened. ErrProviderNotFound.
func (e *Engine) Get(ctx context.Context, id string) (*IdentityProvider, error) {
	if p := e.declaredByID(id); p != nil {
		return p, nil
	}
	p, err := e.Store.IdentityProvider(ctx, id)
	if err != nil {
		return nil, err
	}
	return p, e.openSecret(p)
}

// List returns all providers: the declared ones, then the others by age.
func (e *Engine) List(ctx context.Context) ([]*IdentityProvider, error) {
	stored, err := e.Store.IdentityProviders(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range stored {
		if err := e.openSecret(p); err != nil {
			return nil, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return append(slices.Clone(e.declared), stored...), nil
}

// Replace sets all that can change of a provider. An empty client secret keeps
// the one that is stored: who reads a provider does not see it.
// ErrProviderNotFound, ErrProviderInvalid, ErrProviderDeclared.
func (e *Engine) Replace(ctx context.Context, id, name string, config OIDC) (*IdentityProvider, error) {
	if e.declaredByID(id) != nil {
		return nil, ErrProviderDeclared
	}
	p, err := e.Store.UpdateIdentityProvider(ctx, id, func(p *IdentityProvider) error {
		if err := e.openSecret(p); err != nil {
			return err
		}
		if config.ClientSecret == "" {
			config.ClientSecret = p.Config.ClientSecret
		}
		p.Name, p.Config, p.Modified = name, config, e.now()
		if err := p.check(); err != nil {
			return err
		}
		return e.sealSecret(p)
	})
	return p, err
}

// Delete removes a provider. Its sessions end at their next renewal.
// ErrProviderNotFound, ErrProviderDeclared.
func (e *Engine) Delete(ctx context.Context, id string) error {
	if e.declaredByID(id) != nil {
		return ErrProviderDeclared
	}
	return e.Store.DeleteIdentityProvider(ctx, id)
}

// SetDeclared replaces the providers of the configuration file.
func (e *Engine) SetDeclared(list []*IdentityProvider) {
	for _, p := range list {
		p.Declared, p.Created, p.Modified = true, e.now(), e.now()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.declared = list
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

// Provider makes a provider that signs people in, and keeps it for as long as
// its settings stay the same.
func (e *Engine) Provider(p *IdentityProvider) (relyingparty.Provider, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if m, ok := e.made[p.ID]; ok && m.revision == p.Revision && m.modified.Equal(p.Modified) {
		return m.provider, nil
	}
	provider, err := relyingparty.NewExplicit(relyingparty.ExplicitConfig{
		ID: p.ID, ClientID: p.Config.ClientID, ClientSecret: p.Config.ClientSecret,
		AuthURL: p.Config.AuthURL, TokenURL: p.Config.TokenURL, CertsURL: p.Config.CertsURL,
		Scopes: p.Config.Scopes, PKCE: p.Config.PKCE, EmailClaimName: p.Config.EmailClaimName, HTTP: e.HTTP, Now: e.Now,
	})
	if err != nil {
		return nil, ErrProviderInvalid.Because(err)
	}
	if e.made == nil {
		e.made = map[string]made{}
	}
	e.made[p.ID] = made{p.Revision, p.Modified, provider}
	return provider, nil
}

// Claims returns, of what an ID token says, the claims that the provider is
// configured to pass on. Names are whole names, never paths.
// Cloudflare Access: OIDC claims.
func (p *IdentityProvider) Claims(identity *policy.Identity) map[string]any {
	out := map[string]any{}
	for _, name := range p.Config.Claims {
		values := identity.Claims[name]
		switch {
		case strings.EqualFold(name, "groups"): // in the identity's groups already
		case len(values) == 1 && !isListClaim(name):
			out[name] = values[0]
		case len(values) > 0:
			out[name] = values
		}
	}
	return out
}

// isListClaim reports whether a claim is a list even with one element. Claims
// are kept as lists always, so that the token's own form is lost; those of
// groups are lists in every provider's tokens.
func isListClaim(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), "groups") || strings.HasSuffix(strings.ToLower(name), "roles")
}

// check holds a provider's settings against their rules, and says everything
// that is wrong at once.
func (p *IdentityProvider) check() error {
	var faults []string
	require := func(ok bool, say string) {
		if !ok {
			faults = append(faults, say)
		}
	}
	require(p.Name != "", "name is required")
	require(p.Config.ClientID != "", "config.client_id is required")
	require(p.Config.ClientSecret != "", "config.client_secret is required")
	for _, u := range []struct{ key, value string }{
		{"config.auth_url", p.Config.AuthURL}, {"config.token_url", p.Config.TokenURL}, {"config.certs_url", p.Config.CertsURL},
	} {
		require(isEndpoint(u.value), u.key+" must be an https URL (http is allowed for localhost only)")
	}
	require(len(p.Config.Scopes) == 0 || slices.Contains(p.Config.Scopes, "openid"), "config.scopes must hold openid: without it the provider issues no ID token")
	if len(faults) == 0 {
		return nil
	}
	return ErrProviderInvalid.Saying("%s", strings.Join(faults, "; "))
}

func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (web.IsLocalhost(u.Hostname()) || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

func (e *Engine) sealSecret(p *IdentityProvider) error {
	var err error
	p.Config.SealedSecret, err = e.Sealer.Seal([]byte(p.Config.ClientSecret.Reveal()), secretContext(p.ID))
	return err
}

func (e *Engine) openSecret(p *IdentityProvider) error {
	b, err := e.Sealer.Open(p.Config.SealedSecret, secretContext(p.ID))
	if err != nil {
		return errors.Join(errors.New("open the client secret of identity provider "+p.ID), err)
	}
	p.Config.ClientSecret = seal.Secret(b)
	return nil
}

func secretContext(id string) string { return "identity-provider:" + id }

func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
