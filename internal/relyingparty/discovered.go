package relyingparty

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

var discoveredNames = settings{
	clientID: "idp_client_id", clientSecret: "idp_client_secret", issuer: "idp_provider_url",
	tokenURL: "idp_provider_url", keysURL: "idp_provider_url", scopes: "idp_scopes",
}

// DiscoveredConfig describes a provider by its issuer. Only Name, ClientSecret,
// Scopes, Params, AllowUnverifiedEmail, GroupsClaim, UserPrefix, Others,
// Particulars, OutlivesIDToken, HTTP and Now may be empty.
type DiscoveredConfig struct {
	Name         string // shown to people
	Issuer       string // exactly as the provider writes it
	ClientID     string
	ClientSecret seal.Secret       // empty: a public client
	Scopes       []string          // "openid" is added if it is missing
	Params       map[string]string // further parameters of the authorization request
	// AllowUnverifiedEmail believes addresses that the provider calls unverified.
	AllowUnverifiedEmail bool
	// GroupsClaim is the claim in which the provider names the groups of a person, and
	// which it leaves out if there are none. "": groups.
	GroupsClaim string
	// UserPrefix is put before the ids of the provider's people. It keeps them apart from
	// those of another provider.
	UserPrefix string
	// Others are the prefixes of the ids of other people. A person whose id has one of
	// them is refused.
	Others []string
	// AccessTokenIssuers are the issuers of access tokens that count by their signature
	// alone, and that UserInfo need not know. Entra ID: its UserInfo takes only tokens
	// for another service. Empty: UserInfo says whose an access token is.
	AccessTokenIssuers []string
	Particulars
	// AfterLogout is where the provider sends people after a sign-out, in place of what
	// LogoutURL is told. "": there.
	AfterLogout string
	// OutlivesIDToken says that an identity is renewed when the access token ends, and
	// not when the ID token does.
	OutlivesIDToken bool
	HTTP            *http.Client     // nil: NewHTTPClient(nil)
	Now             func() time.Time // nil: time.Now
}

// Particulars are what a provider does in its own way.
type Particulars struct {
	// NoPKCE leaves the PKCE challenge out, for a provider that does not know it.
	NoPKCE bool
	// LogoutPath and RevokePath are the sign-out page and the revocation endpoint on the
	// host of the authorization endpoint. They count if the discovery document names
	// none. "": the provider has none.
	LogoutPath, RevokePath string
	// Graph fetches the groups that a token has no room for from Microsoft Graph.
	Graph bool
}

// Discovered is a provider with a discovery document that names its endpoints.
// The document is fetched at the first use, and again when it is old.
type Discovered struct {
	id    string
	cfg   DiscoveredConfig
	found *discovery

	mu    sync.Mutex
	built *endpoints // for the metadata in use
}

// endpoints are the clients for one version of the provider's metadata.
type endpoints struct {
	found     *metadata // as the provider publishes it
	*metadata           // with what the provider's particulars add
	token     *tokenClient
	keys      *keySet
	// accessKeys are the same keys, for access tokens: discovery names only the
	// algorithms of ID tokens.
	accessKeys *keySet
}

var _ Provider = (*Discovered)(nil)

// NewDiscovered returns a provider. It makes no calls. Pomerium: the id is made
// of the settings, so that sessions end when the settings change.
func NewDiscovered(cfg DiscoveredConfig) (*Discovered, error) {
	u, err := url.Parse(cfg.Issuer)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" {
		return nil, failed(StepDiscovery, ErrUntrusted, "%q is not the URL of an issuer. Check %s.", cfg.Issuer, discoveredNames.issuer)
	}
	if cfg.ClientID == "" {
		return nil, failed(StepAuthorize, ErrUntrusted, "The client id is missing. Set %s.", discoveredNames.clientID)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = NewHTTPClient(nil)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Scopes = cfg.scopes()
	return &Discovered{
		id: cfg.ID(), cfg: cfg,
		found: newDiscovery(&discovery{client: cfg.HTTP, issuer: cfg.Issuer, now: cfg.Now}),
	}, nil
}

// ID returns the id of the provider. It is made of the settings whose change ends the
// sessions: they decide who somebody is, and in which groups.
func (c *DiscoveredConfig) ID() string {
	all := []string{"discovered", c.Issuer, c.ClientID, strings.Join(c.scopes(), " ")}
	if c.AllowUnverifiedEmail {
		all = append(all, "allow unverified email")
	}
	if c.UserPrefix != "" {
		all = append(all, "user prefix "+c.UserPrefix)
	}
	if c.GroupsClaim != "" {
		all = append(all, "groups claim "+c.GroupsClaim)
	}
	if len(c.AccessTokenIssuers) > 0 {
		all = append(all, "access tokens of "+strings.Join(c.AccessTokenIssuers, " "))
	}
	if c.Graph {
		all = append(all, "groups of Graph")
	}
	return settingsID(all...)
}

func (c *DiscoveredConfig) scopes() []string {
	if slices.Contains(c.Scopes, "openid") {
		return c.Scopes
	}
	return append([]string{"openid"}, c.Scopes...)
}

// ID implements [Provider].
func (p *Discovered) ID() string { return p.id }

// Name returns the name that people know the provider by.
func (p *Discovered) Name() string { return p.cfg.Name }

// CheckIssuer implements [Provider].
func (p *Discovered) CheckIssuer(ctx context.Context, iss string) error {
	e, err := p.endpoints(ctx)
	if err == nil && iss != "" && iss != p.cfg.Issuer && !(e.allTenants(p.cfg.Issuer) && fitsTemplate(e.Issuer, iss)) {
		return otherIssuer(iss)
	}
	if err == nil && iss == "" && e.NamesIssuer {
		return failed(StepCallback, ErrUntrusted, `The callback does not say which provider it comes from ("iss"), although the provider says that it always does.`)
	}
	return err
}

// endpoints returns the clients for the current metadata. They stay the same
// while the metadata does, which keeps the fetched keys.
func (p *Discovered) endpoints(ctx context.Context) (*endpoints, error) {
	m, err := p.found.get(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.built == nil || p.built.found != m {
		p.built = &endpoints{
			found: m, metadata: m.completed(&p.cfg.Particulars),
			token:      &tokenClient{http: p.cfg.HTTP, clientID: p.cfg.ClientID, secret: p.cfg.ClientSecret, names: discoveredNames, postFirst: m.postOnly()},
			keys:       newKeySet(keySource{client: p.cfg.HTTP, url: m.KeysURL, setting: discoveredNames.keysURL, algs: acceptable(m.Algorithms), now: p.cfg.Now}),
			accessKeys: newKeySet(keySource{client: p.cfg.HTTP, url: m.KeysURL, setting: discoveredNames.keysURL, what: "access token", algs: asymmetric, now: p.cfg.Now}),
		}
	}
	return p.built, nil
}

// AuthURL implements [Provider]. It sends the PKCE challenge also to a provider that
// does not say that it knows PKCE: it ignores it then (RFC 6749 §3.1).
func (p *Discovered) AuthURL(ctx context.Context, r AuthRequest) (string, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return "", err
	}
	if p.cfg.NoPKCE {
		r.Challenge = ""
	}
	q := authQuery(p.cfg.ClientID, p.cfg.Scopes, r)
	for name, value := range p.cfg.Params {
		if !protocolParam(name) {
			q.Set(name, value)
		}
	}
	switch {
	case r.AnotherAccount:
		q.Set("prompt", anotherAccountPrompt(q.Get("prompt"), e.Prompts))
	case r.Anew:
		setPrompt(q, anewPrompt(q.Get("prompt"), hostOf(e.AuthURL)))
	}
	return withQuery(e.AuthURL, q), nil
}

// Exchange implements [Provider].
func (p *Discovered) Exchange(ctx context.Context, code seal.Secret, verifier, nonce, redirectURI string) (*Result, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	if p.cfg.NoPKCE {
		verifier = ""
	}
	token, err := p.asChanged(ctx, &e, func(e *endpoints) (*oauth2.Token, error) {
		return e.token.exchange(ctx, e.TokenURL, code, verifier, redirectURI)
	})
	if err != nil {
		return nil, err
	}
	return p.result(ctx, e, token, nonce)
}

func (p *Discovered) result(ctx context.Context, e *endpoints, token *oauth2.Token, nonce string) (*Result, error) {
	r, err := p.read(ctx, e, token, nonce)
	if next := p.changed(ctx, e, err); next != nil {
		return p.read(ctx, next, token, nonce)
	}
	return r, err
}

// read makes a result of a token answer.
func (p *Discovered) read(ctx context.Context, e *endpoints, token *oauth2.Token, nonce string) (*Result, error) {
	tokens := tokensOf(token)
	if tokens.ID == "" {
		return nil, failed(StepToken, ErrRefused, "The provider issued no ID token. Check that %s has openid.", discoveredNames.scopes)
	}
	now := p.cfg.Now()
	issuer := p.cfg.Issuer
	if e.allTenants(issuer) {
		issuer = ""
	}
	id, err := e.keys.verify(ctx, tokens.ID, expected{
		issuer: issuer, clientID: p.cfg.ClientID, nonce: nonce, access: tokens.Access,
		idKey: discoveredNames.clientID, issKey: discoveredNames.issuer, now: p.cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	if e.allTenants(p.cfg.Issuer) && !isOfTenant(e.Issuer, id.claims) {
		return nil, failed(StepClaims, ErrUntrusted, "The ID token was issued by %q, which is not the issuer of its tenant.", clean(id.Issuer, maxDescription))
	}
	if e.UserInfoURL != "" {
		more, err := p.userInfo(ctx, e, tokens.Access, id.Subject)
		if err != nil {
			return nil, err
		}
		unite(id.claims, more)
	}
	if err := p.fetchGroups(ctx, e, id.claims, tokens.Access); err != nil {
		return nil, err
	}
	return p.resultOf(e, id.claims, tokens, p.expiryOf(token, id, now))
}

// userInfo fetches more claims. Pomerium: if that fails, the sign-in fails.
func (p *Discovered) userInfo(ctx context.Context, e *endpoints, access seal.Secret, subject string) (map[string]any, error) {
	var claims map[string]any
	header := http.Header{"Authorization": {"Bearer " + access.Reveal()}}
	if err := getJSON(ctx, p.cfg.HTTP, StepUserInfo, "UserInfo endpoint", discoveredNames.scopes, e.UserInfoURL, header, &claims); err != nil {
		return nil, err
	}
	// OpenID Connect Core §5.3.2: otherwise a person could get the claims of
	// another.
	if identity.Text(claims, "sub") != subject {
		return nil, failed(StepUserInfo, ErrUntrusted, `The UserInfo endpoint answered about another person ("sub") than the ID token.`)
	}
	return claims, nil
}

// LogoutURL implements [Provider]: OpenID Connect RP-Initiated Logout §2. The
// redirect is also sent under the names that Cognito's /logout and Auth0's /v2/logout
// expect.
func (p *Discovered) LogoutURL(ctx context.Context, idToken seal.Secret, redirect string) string {
	e, err := p.endpoints(ctx)
	if err != nil || e.LogoutURL == "" {
		return ""
	}
	q := url.Values{"client_id": {p.cfg.ClientID}}
	if idToken != "" {
		q.Set("id_token_hint", idToken.Reveal())
	}
	if redirect = cmp.Or(p.cfg.AfterLogout, redirect); redirect != "" {
		q.Set("post_logout_redirect_uri", redirect)
		q.Set("logout_uri", redirect)
		if p.cfg.LogoutPath == "/v2/logout" {
			q.Set("returnTo", redirect)
		}
	}
	return withQuery(e.LogoutURL, q)
}

// Revoke implements [Provider]. It revokes the refresh token if there is one: at
// most providers that also ends the access tokens that came from it.
func (p *Discovered) Revoke(ctx context.Context, t Tokens) error {
	e, err := p.endpoints(ctx)
	if err != nil || e.RevokeURL == "" {
		return err
	}
	var errs []error
	if t.Refresh != "" {
		errs = append(errs, e.token.revoke(ctx, e.RevokeURL, t.Refresh, "refresh_token"))
	}
	if t.Refresh == "" && t.Access != "" {
		errs = append(errs, e.token.revoke(ctx, e.RevokeURL, t.Access, "access_token"))
	}
	return errors.Join(errs...)
}

// acceptable returns the advertised algorithms that we accept: those with a
// public key. If it advertises none, that is RS256 (OpenID Connect Core §15.1).
func acceptable(advertised []string) []jose.SignatureAlgorithm {
	var algs []jose.SignatureAlgorithm
	for _, a := range advertised {
		switch alg := jose.SignatureAlgorithm(a); alg {
		case jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA:
			algs = append(algs, alg)
		}
	}
	if algs == nil {
		algs = []jose.SignatureAlgorithm{jose.RS256}
	}
	return algs
}
