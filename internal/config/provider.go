package config

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"gatehouse/internal/base/settings"
)

// providerKind holds the defaults that a name of idp_provider stands for.
type providerKind struct {
	title  string // as people know it
	url    string // the default issuer; empty: the file must name the issuer
	scopes string
	params map[string]string
	merges bool // parameters of the file are added to params, and do not replace them
	plain  bool // scopes need no openid: it is added, or the provider does not know it
}

// providerKinds returns the allowed names of idp_provider with their defaults.
// Pomerium: names, default scopes and parameters.
func providerKinds() map[string]providerKind {
	const offline = "openid,profile,email,offline_access"
	return map[string]providerKind{
		"apple":    {title: "Apple", scopes: "openid,name,email", url: "https://appleid.apple.com", params: map[string]string{"response_mode": "form_post"}, merges: true, plain: true},
		"auth0":    {title: "Auth0", scopes: offline},
		"azure":    {title: "Microsoft", scopes: offline, url: "https://login.microsoftonline.com/common/v2.0", params: map[string]string{"prompt": "select_account"}},
		"cognito":  {title: "Cognito", scopes: "openid,profile,email"},
		"github":   {title: "GitHub", scopes: "user:email,read:org", url: "https://github.com", plain: true},
		"gitlab":   {title: "GitLab", scopes: "openid,profile,email", url: "https://gitlab.com"},
		"google":   {title: "Google", scopes: "openid,profile,email", url: "https://accounts.google.com", params: map[string]string{"prompt": "select_account consent", "access_type": "offline"}},
		"oidc":     {title: "OpenID Connect", scopes: offline},
		"okta":     {title: "Okta", scopes: offline},
		"onelogin": {title: "OneLogin", scopes: "openid,profile,email,groups,offline_access"},
		"ping":     {title: "Ping", scopes: offline},
	}
}

func providerNames() []string { return slices.Sorted(maps.Keys(providerKinds())) }

// splitScopes separates scopes that are written with spaces between them (RFC 6749
// §3.3), or with commas inside the items of a list. A scope has neither.
func splitScopes(written []string) []string {
	var scopes []string
	for _, item := range written {
		scopes = append(scopes, strings.FieldsFunc(item, func(c rune) bool { return c == ',' || unicode.IsSpace(c) })...)
	}
	return scopes
}

// complete fills in the defaults of the provider's kind.
func (p *Provider) complete() {
	if p.Scopes != nil {
		p.Scopes = splitScopes(p.Scopes)
	}
	kind, ok := providerKinds()[p.Kind]
	if !ok {
		return
	}
	if p.URL == "" {
		p.URL = kind.url
	}
	// Pomerium: the issuer of auth0 ends in a slash.
	if p.Kind == "auth0" && p.URL != "" && !strings.HasSuffix(p.URL, "/") {
		p.URL += "/"
	}
	if p.Scopes == nil {
		p.Scopes = strings.Split(kind.scopes, ",")
	}
	switch {
	case p.RequestParams == nil:
		p.RequestParams = kind.params
	case kind.merges:
		merged := maps.Clone(kind.params)
		maps.Copy(merged, p.RequestParams)
		p.RequestParams = merged
	}
}

// providerKeys returns the path of a provider's key in the file.
type providerKeys func(key string) string

// topKeys are those of the provider that the idp_ keys describe.
func topKeys(key string) string {
	if key == "url" {
		return "idp_provider_url"
	}
	return "idp_" + key
}

// checkProvider checks a provider that names its kind. The own directory needs no
// secret of the file.
func (k *checker) checkProvider(p *Provider, at providerKeys, own bool) {
	kind, ok := providerKinds()[p.Kind]
	if !ok {
		k.unknownProvider(p.Kind, at("provider"))
		return
	}
	switch {
	case p.URL == "" && kind.url == "":
		k.missing(at("url"), "write the issuer of the provider")
	case p.URL != "":
		k.issuer(at("url"), p)
	}
	if p.ClientID == "" {
		k.missing(at("client_id"), "write the id of the client that is registered at the provider")
	}
	if p.ClientSecret == "" && p.ClientSecretFile == "" && !own {
		k.missing(at("client_secret"), "write the secret of that client, or name its file with "+at("client_secret_file"))
	}
	if !kind.plain && !slices.Contains(p.Scopes, "openid") {
		k.fail(at("scopes"), settings.Quote(strings.Join(p.Scopes, ",")), "a list of scopes with openid", "without openid the provider issues no ID token")
	}
}

func (k *checker) unknownProvider(name, path string) {
	switch name {
	case "hosted":
		k.fail(path, settings.Quote(name), "offered by this version", "it is a service of Pomerium: leave the idp_ keys out, and people sign in with the users of this installation, or register a client at your own identity provider")
	default:
		k.fail(path, settings.Quote(name), settings.OneOf(providerNames()), settings.Suggest(name, providerNames()))
	}
}

func (k *checker) issuer(path string, p *Provider) {
	u, hint, ok := settings.ParseURL(p.URL)
	switch {
	case !ok:
		k.fail(path, settings.QuoteURL(p.URL), "a URL", hint)
	case u.Scheme != "https" && u.Scheme != "http":
		k.fail(path, settings.QuoteURL(p.URL), "an https URL", "")
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		k.fail(path, settings.QuoteURL(p.URL), "an issuer", "an issuer has no user, query or fragment")
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		k.fail(path, settings.QuoteURL(p.URL), "an issuer", settings.DidYouMean(strings.TrimSuffix(p.URL, "/.well-known/openid-configuration")))
	case p.Kind == "azure" && slices.Contains([]string{"/common", "/organizations", "/consumers"}, firstSegment(u.Path)) && !strings.HasSuffix(u.Path, "/v2.0"):
		k.fail(path, settings.QuoteURL(p.URL), "an issuer of version 2.0", "write "+u.Scheme+"://"+u.Host+firstSegment(u.Path)+"/v2.0")
	}
}

func firstSegment(path string) string {
	if i := strings.IndexByte(strings.TrimPrefix(path, "/"), '/'); i >= 0 {
		return path[:i+1]
	}
	return path
}
