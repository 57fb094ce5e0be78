package config

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Providers are further identity providers of the gateway.
type Providers struct {
	// More identity providers, beside the one of the `idp_` keys or instead of it.
	// People choose among all of them on a page of the sign-in service, which
	// remembers the choice. A route with `idp` accepts one of them alone. All have
	// the callback URL `/oauth2/callback` on `authenticate_service_url`.
	IDPProviders []Provider `key:"idp_providers"`
}

// Provider is one identity provider of the gateway.
type Provider struct {
	// The name by which a route asks for this provider: lower-case letters, digits
	// and hyphens. The user ids of its people are `<name>/<id at the provider>`,
	// because two providers may use the same ids.
	Name string `key:"name"`

	// What the page calls the provider. Left out, the name of its kind, for example
	// `Google`; for `oidc` the `name`.
	DisplayName string `key:"display_name"`

	// The kind of provider, as for `idp_provider`.
	Kind string `key:"provider"`

	// The provider's issuer, as for `idp_provider_url`.
	URL string `key:"url"`

	// The id of the client that is registered for Gatehouse at the provider.
	ClientID string `key:"client_id"`

	// The secret of that client.
	ClientSecret seal.Secret `key:"client_secret"`

	// The path of a file that holds `client_secret`. It wins over the key.
	ClientSecretFile string `key:"client_secret_file"`

	// The scopes to ask for, as for `idp_scopes`.
	Scopes []string `key:"scopes"`

	// More parameters for the authorization request, as for `idp_request_params`.
	RequestParams map[string]string `key:"request_params"`

	// Believe e-mail addresses that the provider calls unverified, as for
	// `idp_allow_unverified_email`.
	AllowUnverifiedEmail bool `key:"allow_unverified_email"`

	// Main: it is the provider of the idp_ keys. Its user ids have no name before
	// them.
	Main bool
}

// RouteProvider says where people sign in for a route.
type RouteProvider struct {
	// The name of the only provider whose people this route accepts: one of
	// `idp_providers`, or the value of `idp_provider`. Left out, the people of all of
	// them.
	IDP string `key:"idp"`

	// The id of a client of this route's own at the provider, with the same callback
	// URL. A session that was made with another client is no session for this route,
	// and its sessions are none for others.
	IDPClientID string `key:"idp_client_id"`

	// The secret of that client.
	IDPClientSecret seal.Secret `key:"idp_client_secret"`

	// How long ago people may have signed in at the provider, for example `15m`. Others
	// sign in there again, without losing their place. The provider must say when
	// somebody signed in (`auth_time`). 0: as long as the session lasts.
	ReauthenticateAfter time.Duration `key:"reauthenticate_after"`
}

// Title is what people call the provider. One of the idp_ keys has no name of its own:
// its host tells people more than its kind does.
func (p *Provider) Title() string {
	switch {
	case p.DisplayName != "":
		return p.DisplayName
	case p.Kind == "oidc" && !p.Main:
		return p.Name
	case p.Kind == "oidc":
		if u, err := url.Parse(p.URL); err == nil && u.Hostname() != "" {
			return u.Hostname()
		}
	}
	return providerKinds()[p.Kind].title
}

// UserPrefix stands before the ids of the provider's people.
func (p *Provider) UserPrefix() string {
	if p.Main {
		return ""
	}
	return p.Name + "/"
}

// PrefixesOfOthers are what stands before the ids of all people but those of the provider
// of the idp_ keys.
func (c *Config) PrefixesOfOthers() []string {
	all := []string{ServiceAccounts + "/"}
	for _, p := range c.IDPProviders {
		all = append(all, p.UserPrefix())
	}
	for name := range c.Bearer.IdentityProviders {
		all = append(all, strings.ToLower(name)+"/")
	}
	slices.Sort(all)
	return all
}

// main returns the provider of the idp_ keys.
func (s *SignIn) main() Provider {
	return Provider{
		Name: s.IDPProvider, Kind: s.IDPProvider, URL: s.IDPProviderURL, ClientID: s.IDPClientID, ClientSecret: s.IDPClientSecret, ClientSecretFile: s.IDPClientSecretFile,
		Scopes: s.IDPScopes, RequestParams: s.IDPRequestParams, AllowUnverifiedEmail: s.IDPAllowUnverifiedEmail, Main: true,
	}
}

// AllProviders returns the identity providers among which people choose: the one of
// the idp_ keys first, if they name one.
func (c *Config) AllProviders() []Provider {
	if c.IDPProvider == "" {
		return c.IDPProviders
	}
	return append([]Provider{c.SignIn.main()}, c.IDPProviders...)
}

// ProviderOf returns the only provider whose people a route accepts, with the client
// of the route's own if it has one. It returns nil if the route accepts the people of
// all providers.
func (c *Config) ProviderOf(r *Route) *Provider {
	all := c.AllProviders()
	i := max(0, slices.IndexFunc(all, func(p Provider) bool { return p.Name == r.IDP }))
	if !r.namesProvider() || i >= len(all) {
		return nil
	}
	p := all[i]
	if r.IDPClientID != "" {
		p.ClientID = r.IDPClientID
	}
	if r.IDPClientSecret != "" {
		p.ClientSecret = r.IDPClientSecret
	}
	return &p
}

// namesProvider reports whether a route has a provider or a client of its own.
func (r *RouteProvider) namesProvider() bool {
	return r.IDP != "" || r.IDPClientID != "" || r.IDPClientSecret != ""
}

// completeProviders fills in the defaults of the providers' kinds.
func (c *Config) completeProviders() {
	main := c.SignIn.main()
	main.complete()
	c.IDPProviderURL, c.IDPScopes, c.IDPRequestParams = main.URL, main.Scopes, main.RequestParams
	for i := range c.IDPProviders {
		c.IDPProviders[i].complete()
	}
}

var providerName = pattern.New(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// checkProviders checks the providers of idp_providers.
func (k *checker) checkProviders() {
	seen := map[string]bool{k.c.IDPProvider: true}
	for i := range k.c.IDPProviders {
		p, path := &k.c.IDPProviders[i], settings.Item("idp_providers", i)
		switch {
		case p.Name == "":
			k.missing(path+".name", "write the name by which routes ask for the provider")
		case !providerName.MatchString(p.Name):
			k.fail(path+".name", settings.Quote(p.Name), "a name of lower-case letters, digits and hyphens", "")
		case p.Name == ServiceAccounts:
			k.fail(path+".name", settings.Quote(p.Name), "a name of its own", "the user ids of service accounts begin so")
		case seen[p.Name]:
			k.fail(path+".name", settings.Quote(p.Name), "a name that no other provider has", "")
		}
		seen[p.Name] = true
		k.checkProvider(p, func(key string) string { return path + "." + key }, false)
	}
}

// checkRouteProviders checks where people sign in for the routes.
func (k *checker) checkRouteProviders() {
	names, secrets := []string{}, map[string]seal.Secret{}
	for _, p := range k.c.AllProviders() {
		names = append(names, p.Name)
		secrets[p.Name+" "+p.ClientID] = p.ClientSecret
	}
	for i, r := range k.c.AllRoutes() {
		r = r.keyed(i)
		k.checkReauthenticate(r)
		switch p := k.c.ProviderOf(r); {
		case !r.namesProvider():
		case len(names) == 0, k.c.People != nil:
			k.missing("idp_provider", r.Key+"."+r.firstProviderKey()+" needs it")
		case r.IDP != "" && !slices.Contains(names, r.IDP):
			k.fail(r.Key+".idp", settings.Quote(r.IDP), settings.OneOf(names), settings.Suggest(r.IDP, names))
		default:
			client := p.Name + " " + p.ClientID
			if before, known := secrets[client]; known && before != p.ClientSecret {
				k.fail(r.Key+".idp_client_secret", "the secret", "that of the client's other mention", "a client has one secret, and the file has two for "+settings.Quote(p.ClientID))
			}
			secrets[client] = p.ClientSecret
		}
	}
}

// checkReauthenticate checks reauthenticate_after. It works with the providers of the
// gateway alone, and with those that say when somebody signed in.
func (k *checker) checkReauthenticate(r *Route) {
	path, all := r.Key+".reauthenticate_after", k.c.AllProviders()
	if p := k.c.ProviderOf(r); p != nil {
		all = []Provider{*p}
	}
	switch {
	case r.ReauthenticateAfter == 0:
	case r.ReauthenticateAfter < time.Minute:
		k.fail(path, settings.Quote(r.ReauthenticateAfter.String()), "a duration of 1m or more", "")
	case r.AllowPublicUnauthenticatedAccess:
		k.fail(path, settings.Quote(r.ReauthenticateAfter.String()), "possible together with allow_public_unauthenticated_access", "nobody signs in for such a route: remove one of the two")
	case len(all) == 0:
		k.missing("idp_provider", path+" needs it")
	case !slices.ContainsFunc(all, func(p Provider) bool { return p.Kind != "github" }):
		k.fail(path, settings.Quote(r.ReauthenticateAfter.String()), "possible with github", "GitHub does not say when somebody signed in there")
	}
}

func (r *Route) firstProviderKey() string {
	switch {
	case r.IDP != "":
		return "idp"
	case r.IDPClientID != "":
		return "idp_client_id"
	}
	return "idp_client_secret"
}
