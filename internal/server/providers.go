package server

import (
	"net/http"
	"sync/atomic"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/relyingparty"
)

// currentProviders holds the identity providers of the configuration. They change
// with it.
type currentProviders struct{ made atomic.Pointer[providers] }

// providers are the identity providers of one configuration.
type providers struct {
	choices authenticate.ProviderList
	all     authenticate.ProviderList // the choices, and those with a client of a route's own
}

// set makes p the current ones.
func (c *currentProviders) set(p *providers) { c.made.Store(p) }

// none reports whether the configuration names no identity provider in Pomerium's way.
func (c *currentProviders) none() bool { return len(c.Choices()) == 0 }

// Choices implements [authenticate.Providers].
func (c *currentProviders) Choices() []relyingparty.Provider { return c.made.Load().choices }

// All implements [authenticate.Providers].
func (c *currentProviders) All() []relyingparty.Provider { return c.made.Load().all }

// ByID implements [authenticate.Providers].
func (c *currentProviders) ByID(id string) relyingparty.Provider { return c.made.Load().all.ByID(id) }

// newProviders makes the identity providers of a configuration.
func newProviders(c *config.Config, sealer *seal.Sealer, client *http.Client) (*providers, error) {
	var made providers
	for _, p := range c.AllProviders() {
		p.ClientSecret = providerSecret(c, &p, sealer)
		provider, err := newProvider(c, &p, client)
		if err != nil {
			return nil, err
		}
		made.choices = append(made.choices, provider)
	}
	made.all = append(made.all, made.choices...)
	for _, r := range c.AllRoutes() {
		p := c.ProviderOf(r)
		if p == nil || made.all.ByID(idOf(p)) != nil {
			continue
		}
		provider, err := newProvider(c, p, client)
		if err != nil {
			return nil, err
		}
		made.all = append(made.all, provider)
	}
	return &made, nil
}

func newProvider(c *config.Config, p *config.Provider, client *http.Client) (relyingparty.Provider, error) {
	if p.Kind == "github" {
		cfg := githubConfig(p)
		cfg.HTTP = client
		return relyingparty.NewGitHub(*cfg)
	}
	cfg := discoveredConfig(p)
	cfg.HTTP, cfg.OutlivesIDToken = client, !c.Flag("refresh_session_at_id_token_expiration")
	cfg.AfterLogout = afterLogoutOf(c, p)
	if p.Main {
		cfg.Others = c.PrefixesOfOthers()
	}
	return relyingparty.NewDiscovered(*cfg)
}

// afterLogoutOf returns where a provider sends people after a sign-out, "" for our page.
// Pomerium: Cognito leads to that page, which goes on to signout_redirect_url.
func afterLogoutOf(c *config.Config, p *config.Provider) string {
	if p.Kind == "cognito" {
		return ""
	}
	return text(c.SignoutRedirectURL)
}

func discoveredConfig(p *config.Provider) *relyingparty.DiscoveredConfig {
	return &relyingparty.DiscoveredConfig{
		Name: p.Title(), Issuer: p.URL, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: p.Scopes, Params: p.RequestParams,
		AllowUnverifiedEmail: p.AllowUnverifiedEmail, GroupsClaim: groupsClaimOf(p), UserPrefix: p.UserPrefix(), AccessTokenIssuers: accessTokenIssuersOf(p),
		Particulars: particularsOf(p),
	}
}

// particularsOf returns what a kind of provider does in its own way. Pomerium: the
// paths of Cognito and Auth0.
func particularsOf(p *config.Provider) relyingparty.Particulars {
	switch p.Kind {
	case "apple":
		return relyingparty.Particulars{NoPKCE: true}
	case "auth0":
		return relyingparty.Particulars{LogoutPath: "/v2/logout"}
	case "azure":
		return relyingparty.Particulars{Graph: true}
	case "cognito":
		return relyingparty.Particulars{LogoutPath: "/logout", RevokePath: "/oauth2/revoke"}
	}
	return relyingparty.Particulars{}
}

func githubConfig(p *config.Provider) *relyingparty.GitHubConfig {
	return &relyingparty.GitHubConfig{
		Name: p.Title(), URL: p.URL, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: p.Scopes, Params: p.RequestParams,
		AllowUnverifiedEmail: p.AllowUnverifiedEmail, UserPrefix: p.UserPrefix(),
	}
}

// idOf returns the id of a provider.
func idOf(p *config.Provider) string {
	if p.Kind == "github" {
		return githubConfig(p).ID()
	}
	return discoveredConfig(p).ID()
}

// groupsClaimOf returns the claim in which the provider names groups. "": groups.
// Cognito: "Using tokens with user pools", the ID token.
func groupsClaimOf(p *config.Provider) string {
	if p.Kind == "cognito" {
		return "cognito:groups"
	}
	return ""
}

// providerIDOf returns the id of the only provider whose people a route accepts, or ""
// if it accepts those of all.
func providerIDOf(c *config.Config, r *config.Route) string {
	if p := c.ProviderOf(r); p != nil {
		return idOf(p)
	}
	return ""
}
