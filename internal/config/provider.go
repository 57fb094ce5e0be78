package config

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"gatehouse/internal/base/settings"
)

// provider holds the defaults that a name of idp_provider stands for.
type provider struct {
	url    string // the default issuer; empty: the file must name the issuer
	scopes string
	params map[string]string
}

// providers returns the allowed names of idp_provider with their defaults.
// Pomerium: names, default scopes and parameters.
func providers() map[string]provider {
	const offline = "openid,profile,email,offline_access"
	return map[string]provider{
		"auth0":    {scopes: offline},
		"azure":    {scopes: offline, params: map[string]string{"prompt": "select_account"}},
		"cognito":  {scopes: "openid,profile,email"},
		"gitlab":   {scopes: "openid,profile,email", url: "https://gitlab.com"},
		"google":   {scopes: "openid,profile,email", url: "https://accounts.google.com", params: map[string]string{"prompt": "select_account consent", "access_type": "offline"}},
		"oidc":     {scopes: offline},
		"okta":     {scopes: offline},
		"onelogin": {scopes: "openid,profile,email,groups,offline_access"},
		"ping":     {scopes: offline},
	}
}

func providerNames() []string { return slices.Sorted(maps.Keys(providers())) }

// splitScopes separates scopes that are written with spaces between them (RFC 6749
// §3.3), or with commas inside the items of a list. A scope has neither.
func splitScopes(written []string) []string {
	var scopes []string
	for _, item := range written {
		scopes = append(scopes, strings.FieldsFunc(item, func(c rune) bool { return c == ',' || unicode.IsSpace(c) })...)
	}
	return scopes
}

// completeProvider fills in the defaults of the provider's name.
func (s *SignIn) completeProvider() {
	if s.IDPScopes != nil {
		s.IDPScopes = splitScopes(s.IDPScopes)
	}
	p, ok := providers()[s.IDPProvider]
	if !ok {
		return
	}
	if s.IDPProviderURL == "" {
		s.IDPProviderURL = p.url
	}
	// Pomerium: the issuer of auth0 ends in a slash.
	if s.IDPProvider == "auth0" && s.IDPProviderURL != "" && !strings.HasSuffix(s.IDPProviderURL, "/") {
		s.IDPProviderURL += "/"
	}
	if s.IDPScopes == nil {
		s.IDPScopes = strings.Split(p.scopes, ",")
	}
	if s.IDPRequestParams == nil {
		s.IDPRequestParams = p.params
	}
}

// checkProvider checks the keys that begin with idp_. The own directory needs no
// secret of the file.
func (k *checker) checkProvider(s *SignIn, own bool) {
	if s.IDPProvider == "" {
		if s.IDPProviderURL != "" || s.IDPClientID != "" || s.IDPClientSecret != "" {
			k.missing("idp_provider", "the other idp_ keys need it: write oidc for any OpenID Connect provider")
		}
		return
	}
	p, ok := providers()[s.IDPProvider]
	if !ok {
		k.unknownProvider(s.IDPProvider)
		return
	}
	switch {
	case s.IDPProviderURL == "" && p.url == "":
		k.missing("idp_provider_url", "write the issuer of the provider")
	case s.IDPProviderURL != "":
		k.issuer("idp_provider_url", s)
	}
	if s.IDPClientID == "" {
		k.missing("idp_client_id", "write the id of the client that is registered at the provider")
	}
	if s.IDPClientSecret == "" && s.IDPClientSecretFile == "" && !own {
		k.missing("idp_client_secret", "write the secret of that client, or name its file with idp_client_secret_file")
	}
	if !slices.Contains(s.IDPScopes, "openid") {
		k.fail("idp_scopes", settings.Quote(strings.Join(s.IDPScopes, ",")), "a list of scopes with openid", "without openid the provider issues no ID token")
	}
}

func (k *checker) unknownProvider(name string) {
	switch name {
	case "apple", "github":
		k.fail("idp_provider", settings.Quote(name), "offered by this version", "it does not support OpenID Connect: use a provider that does")
	case "hosted":
		k.fail("idp_provider", settings.Quote(name), "offered by this version", "it is a service of Pomerium: leave the idp_ keys out, and people sign in with the users of this installation, or register a client at your own identity provider")
	default:
		k.fail("idp_provider", settings.Quote(name), settings.OneOf(providerNames()), settings.Suggest(name, providerNames()))
	}
}

func (k *checker) issuer(path string, s *SignIn) {
	u, hint, ok := settings.ParseURL(s.IDPProviderURL)
	switch {
	case !ok:
		k.fail(path, settings.QuoteURL(s.IDPProviderURL), "a URL", hint)
	case u.Scheme != "https" && u.Scheme != "http":
		k.fail(path, settings.QuoteURL(s.IDPProviderURL), "an https URL", "")
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		k.fail(path, settings.QuoteURL(s.IDPProviderURL), "an issuer", "an issuer has no user, query or fragment")
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		k.fail(path, settings.QuoteURL(s.IDPProviderURL), "an issuer", settings.DidYouMean(strings.TrimSuffix(s.IDPProviderURL, "/.well-known/openid-configuration")))
	case s.IDPProvider == "azure" && slices.Contains([]string{"/common", "/organizations", "/consumers"}, firstSegment(u.Path)):
		// The tokens of these endpoints name the issuer of the user's tenant,
		// so that no issuer could be checked.
		k.fail(path, settings.QuoteURL(s.IDPProviderURL), "the issuer of one tenant", "write https://login.microsoftonline.com/<tenant id>/v2.0")
	}
}

func firstSegment(path string) string {
	if i := strings.IndexByte(strings.TrimPrefix(path, "/"), '/'); i >= 0 {
		return path[:i+1]
	}
	return path
}
