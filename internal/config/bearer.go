package config

import (
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// Bearer says which tokens of programs Gatehouse takes for sign-ins.
type Bearer struct {
	// What `Authorization: Bearer …` is on all routes. `default`: nothing of
	// Gatehouse's, it goes to the upstream. `idp_access_token`: an access token of the
	// identity provider, which UserInfo is asked about, and again every minute.
	// `idp_identity_token`: an ID token for the client of `idp_client_id`. `jwt`: a token of
	// one of `identity_providers`. A token that is not good gets 403, whatever the
	// policy says. A good one goes to the upstream too.
	BearerTokenFormat string `key:"bearer_token_format" default:"default" enum:"default,idp_access_token,idp_identity_token,jwt" prefix:"bearer_token_format_" alias:"unknown=default"`

	// Who issues the tokens of `bearer_token_format: jwt`: a cluster, a CI service. A
	// map of a name of your choice to the issuer. Each has `issuer`, the claim `iss` of
	// its tokens; `audiences`, of which a token must name one; if its discovery document
	// can't be had, `jwks_url`, where its keys are; and `supported_algs`, if not RS256,
	// ES256 and EdDSA. The user id of such a program is the name in small letters, a
	// slash and the claim `sub`.
	IdentityProviders map[string]TokenIssuer `key:"identity_providers"`

	// The audiences of access tokens to accept (`bearer_token_format:
	// idp_access_token`). Left out, tokens for everybody are accepted; an empty list
	// accepts none. Of Cognito's access tokens, which have no audience, the id of the
	// app client counts.
	IDPAccessTokenAllowedAudiences []string `key:"idp_access_token_allowed_audiences"`
}

// TokenIssuer is an issuer of tokens for programs.
type TokenIssuer struct {
	// The claim `iss` of its tokens. Two issuers can't have the same.
	Issuer string `key:"issuer"`

	// Where its keys are. Left out, its discovery document says so
	// (`<issuer>/.well-known/openid-configuration`).
	JWKSURL *url.URL `key:"jwks_url"`

	// The algorithms to accept. Left out: RS256, ES256 and EdDSA.
	SupportedAlgs []string `key:"supported_algs" enum:"RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA"`

	// A token must name one of these in its claim `aud`.
	Audiences []string `key:"audiences"`
}

// RouteBearer are the keys of [Bearer] that a route can override.
type RouteBearer struct {
	// What `Authorization: Bearer …` is on this route. Left out, the top-level key
	// applies. With `default` the token goes to the upstream alone. A program without
	// a token gets 401; a browser is sent to sign in.
	BearerTokenFormat string `key:"bearer_token_format" enum:",default,idp_access_token,idp_identity_token,jwt" prefix:"bearer_token_format_" alias:"unknown=default"`

	// The names of those in the top-level `identity_providers` whose tokens this route
	// takes. Left out: all. Only with `bearer_token_format: jwt`.
	IdentityProviders []string `key:"identity_providers"`

	// As the top-level key, for this route.
	IDPAccessTokenAllowedAudiences []string `key:"idp_access_token_allowed_audiences"`
}

// BearerFormatOf returns the format of bearer tokens on a route.
func (c *Config) BearerFormatOf(r *Route) string {
	if r.RouteBearer.BearerTokenFormat != "" {
		return r.RouteBearer.BearerTokenFormat
	}
	return c.Bearer.BearerTokenFormat
}

// AccessTokenAudiencesOf returns the audiences of access tokens on a route; nil: any.
func (c *Config) AccessTokenAudiencesOf(r *Route) []string {
	if r.RouteBearer.IDPAccessTokenAllowedAudiences != nil {
		return r.RouteBearer.IDPAccessTokenAllowedAudiences
	}
	return c.Bearer.IDPAccessTokenAllowedAudiences
}

// completeBearer writes the names of issuers in small letters. Pomerium: it reads the
// keys of maps so, and user ids begin with them.
func (c *Config) completeBearer() {
	if len(c.Bearer.IdentityProviders) == 0 {
		return
	}
	lower := make(map[string]TokenIssuer, len(c.Bearer.IdentityProviders))
	for name, issuer := range c.Bearer.IdentityProviders {
		if _, taken := lower[strings.ToLower(name)]; taken {
			return // checkBearer names both
		}
		lower[strings.ToLower(name)] = issuer
	}
	c.Bearer.IdentityProviders = lower
}

func (k *checker) checkBearer(c *Config) {
	issuers, names := map[string]string{}, map[string]bool{}
	for _, name := range sortedKeys(c.Bearer.IdentityProviders) {
		path, p := settings.Join("identity_providers", name), c.Bearer.IdentityProviders[name]
		if low := strings.ToLower(name); name == "" || strings.Contains(name, "/") || names[low] {
			k.fail(path, settings.Quote(name), "a name without /, in which letter case does not count", "")
		} else {
			names[low] = true
		}
		k.checkIssuerName(path, name)
		k.checkIssuer(path, &p)
		if other, taken := issuers[p.Issuer]; taken && p.Issuer != "" {
			k.fail(path+".issuer", settings.QuoteURL(p.Issuer), "an issuer of its own", "identity_providers."+other+" has the same")
		}
		issuers[p.Issuer] = name
	}
	for i, r := range c.AllRoutes() {
		k.checkRouteBearer(c, r.keyed(i), names)
	}
	needs := slices.IndexFunc(c.AllRoutes(), func(r *Route) bool { return c.BearerFormatOf(r) == "jwt" })
	if needs >= 0 && len(names) == 0 {
		k.missing("identity_providers", c.AllRoutes()[needs].keyed(needs).Key+" has bearer_token_format: jwt: name who issues the tokens")
	}
}

// ServiceAccounts stands before the names of service accounts in their user ids, as the
// name of an issuer or provider does before the ids of its people.
const ServiceAccounts = "service-account"

// checkIssuerName refuses a name that is taken: who has it could send tokens in the
// names of somebody else's people.
func (k *checker) checkIssuerName(path, name string) {
	low := strings.ToLower(name)
	switch {
	case low == ServiceAccounts:
		k.fail(path, settings.Quote(name), "a name of its own", "the user ids of service accounts begin so")
	case slices.ContainsFunc(k.c.IDPProviders, func(p Provider) bool { return p.Name == low }):
		k.fail(path, settings.Quote(name), "a name of its own", "the user ids of the people of idp_providers begin so as well")
	}
}

func (k *checker) checkIssuer(path string, p *TokenIssuer) {
	u, hint, ok := settings.ParseURL(p.Issuer)
	switch {
	case p.Issuer == "":
		k.missing(path+".issuer", "write the claim iss of the tokens")
	case strings.HasPrefix(p.Issuer, "kubernetes://"):
		k.fail(path+".issuer", settings.QuoteURL(p.Issuer), "an issuer", "write the issuer of the cluster, for example https://kubernetes.default.svc.cluster.local, and where its keys are: jwks_url: https://kubernetes.default.svc.cluster.local/openid/v1/jwks")
	case p.JWKSURL == nil && (!ok || u.Scheme != "https" && u.Scheme != "http"):
		k.fail(path+".issuer", settings.QuoteURL(p.Issuer), "an https URL", hint)
	case p.JWKSURL == nil && (u.RawQuery != "" || u.Fragment != "" || u.User != nil):
		k.fail(path+".issuer", settings.QuoteURL(p.Issuer), "an issuer", "an issuer has no user, query or fragment; name the keys with jwks_url")
	}
	if p.JWKSURL != nil {
		k.webURL(path+".jwks_url", p.JWKSURL)
	}
	if len(p.Audiences) == 0 {
		k.missing(path+".audiences", "write for whom the tokens must be meant: a token for another service would open this one")
	}
}

func (k *checker) checkRouteBearer(c *Config, r *Route, names map[string]bool) {
	jwt, own := c.BearerFormatOf(r) == "jwt", r.RouteBearer.IdentityProviders
	if !jwt && len(own) > 0 {
		k.fail(r.Key+".identity_providers", "cannot be used without bearer_token_format: jwt", "", "")
	}
	for i, name := range own {
		if jwt && !names[strings.ToLower(name)] {
			known := sortedKeys(names)
			k.fail(settings.Item(r.Key+".identity_providers", i), settings.Quote(name), "a name in the top-level identity_providers", settings.Suggest(name, known))
		}
	}
}

// warnBearer names routes that take more tokens than may be intended, and issuers
// whose keys others could replace on the way.
func (c *Config) warnBearer() {
	anybody := slices.ContainsFunc(c.AllRoutes(), func(r *Route) bool {
		return c.BearerFormatOf(r) == "idp_access_token" && c.AccessTokenAudiencesOf(r) == nil
	})
	if anybody {
		c.Warnings = append(c.Warnings, "bearer_token_format: idp_access_token without idp_access_token_allowed_audiences: whoever gets an access token of a person, as every application does that the person signs in to, can use it here in that person's name")
	}
	for _, name := range sortedKeys(c.Bearer.IdentityProviders) {
		p := c.Bearer.IdentityProviders[name]
		from := p.JWKSURL
		if from == nil {
			from, _, _ = settings.ParseURL(p.Issuer)
		}
		if from != nil && from.Scheme == "http" && !isLocal(from.Hostname()) {
			c.Warnings = append(c.Warnings, "identity_providers."+name+": the keys come over plain http, where others can replace them")
		}
	}
}
