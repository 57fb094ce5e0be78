package relyingparty

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

var explicitNames = settings{
	clientID: "config.client_id", clientSecret: "config.client_secret", issuer: "config.auth_url",
	tokenURL: "config.token_url", keysURL: "config.certs_url", scopes: "config.scopes",
}

// ExplicitAlgorithms returns the algorithms that may sign an ID token of an
// explicit provider. Cloudflare Access: no others.
func ExplicitAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS512, jose.PS512, jose.ES256, jose.ES384, jose.ES512}
}

// ExplicitConfig describes a provider as Cloudflare Access's "oidc" type does.
type ExplicitConfig struct {
	ID             string // see Provider
	ClientID       string
	ClientSecret   seal.Secret
	AuthURL        string
	TokenURL       string
	CertsURL       string
	Scopes         []string // empty: openid, email, profile
	PKCE           bool     // false: no challenge is sent (Cloudflare Access's default)
	EmailClaimName string   // the claim that holds the address; it, or empty: "email"
	// AllowUnverifiedEmail believes addresses that the provider calls unverified.
	AllowUnverifiedEmail bool
	Others               []string         // as in DiscoveredConfig
	HTTP                 *http.Client     // nil: NewHTTPClient(nil)
	Now                  func() time.Time // nil: time.Now
}

// Explicit is a provider whose endpoints are configured one by one. It uses
// neither discovery nor UserInfo. Its issuer is not known, so a token is checked
// against the keys at CertsURL and against the audience only. The token must
// have an issuer, which [Result] reports. An e-mail address is required.
type Explicit struct {
	cfg   ExplicitConfig
	token *tokenClient
	keys  *keySet
}

var _ Provider = (*Explicit)(nil)

// NewExplicit returns a provider. It makes no calls. It refuses URLs that can't
// be read; other mistakes in the settings show at the first sign-in.
func NewExplicit(cfg ExplicitConfig) (*Explicit, error) {
	for _, e := range []struct{ name, value string }{
		{"config.auth_url", cfg.AuthURL}, {"config.token_url", cfg.TokenURL}, {"config.certs_url", cfg.CertsURL},
	} {
		u, err := url.Parse(e.value)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return nil, failed(StepAuthorize, ErrUntrusted, "%s is not a URL.", e.name)
		}
	}
	if cfg.ClientID == "" {
		return nil, failed(StepAuthorize, ErrUntrusted, "%s is missing.", explicitNames.clientID)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = NewHTTPClient(nil)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.Scopes) == 0 {
		cfg.Scopes = []string{"openid", "email", "profile"}
	}
	return &Explicit{
		cfg:   cfg,
		token: &tokenClient{http: cfg.HTTP, clientID: cfg.ClientID, secret: cfg.ClientSecret, names: explicitNames},
		keys:  newKeySet(keySource{client: cfg.HTTP, url: cfg.CertsURL, setting: explicitNames.keysURL, algs: ExplicitAlgorithms(), now: cfg.Now}),
	}, nil
}

// ID implements [Provider].
func (p *Explicit) ID() string { return p.cfg.ID }

// CheckIssuer implements [Provider]. All explicit providers share one callback,
// so a provider could send a person on to another one and have its code brought
// to itself (RFC 9700 §4.4). The issuer is not known before the ID token, with
// which Finish compares it. But it has the host of one of the endpoints.
func (p *Explicit) CheckIssuer(_ context.Context, iss string) error {
	if iss == "" {
		return nil // no metadata says that it must be there
	}
	u, err := url.Parse(iss)
	if err != nil || u.Host == "" || !p.hasHost(u.Host) {
		return otherIssuer(iss)
	}
	return nil
}

func (p *Explicit) hasHost(host string) bool {
	for _, endpoint := range []string{p.cfg.AuthURL, p.cfg.TokenURL, p.cfg.CertsURL} {
		if u, err := url.Parse(endpoint); err == nil && strings.EqualFold(u.Host, host) {
			return true
		}
	}
	return false
}

// AuthURL implements [Provider].
func (p *Explicit) AuthURL(_ context.Context, r AuthRequest) (string, error) {
	if !p.cfg.PKCE {
		r.Challenge = ""
	}
	endpoint := p.cfg.AuthURL
	if r.AnotherAccount {
		endpoint = withAnotherAccount(endpoint)
	}
	return withQuery(endpoint, authQuery(p.cfg.ClientID, p.cfg.Scopes, r)), nil
}

// Exchange implements [Provider].
func (p *Explicit) Exchange(ctx context.Context, code seal.Secret, verifier, nonce, redirectURI string) (*Result, error) {
	if !p.cfg.PKCE {
		verifier = ""
	}
	token, err := p.token.exchange(ctx, p.cfg.TokenURL, code, verifier, redirectURI)
	if err != nil {
		return nil, err
	}
	return p.result(ctx, token, nonce)
}

func (p *Explicit) result(ctx context.Context, token *oauth2.Token, nonce string) (*Result, error) {
	tokens := tokensOf(token)
	if tokens.ID == "" {
		return nil, failed(StepToken, ErrRefused, "The provider issued no ID token. Check that %s has openid.", explicitNames.scopes)
	}
	id, err := p.keys.verify(ctx, tokens.ID, expected{
		clientID: p.cfg.ClientID, nonce: nonce, access: tokens.Access, idKey: explicitNames.clientID, now: p.cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	identity.Normalize(id.claims)
	email, err := p.email(id.claims)
	if err != nil {
		return nil, err
	}
	userID := identity.UserID(id.claims)
	if err := others(p.cfg.Others).check(userID); err != nil {
		return nil, err
	}
	return &Result{
		Issuer: id.Issuer, Subject: id.Subject, UserID: userID, Email: email, Name: identity.Text(id.claims, "name"),
		EmailUnverified: identity.SaysUnverified(id.claims) && !p.cfg.AllowUnverifiedEmail, EmailClaim: p.cfg.EmailClaimName,
		Claims: id.claims, Tokens: tokens,
	}, nil
}

// email returns the e-mail address. Cloudflare Access: it is the configured
// claim, else "email"; without one the sign-in fails.
func (p *Explicit) email(claims map[string]any) (string, error) {
	if p.cfg.EmailClaimName != "" {
		if email := identity.Text(claims, p.cfg.EmailClaimName); email != "" {
			return email, nil
		}
	}
	if email := identity.Text(claims, "email"); email != "" {
		return email, nil
	}
	return "", failed(StepEmail, ErrNoEmail, "The ID token holds no e-mail address. Add email to config.scopes, or set config.email_claim_name to the claim that holds it.")
}

// Refresh implements [Provider]. The sessions of an explicit provider are not
// renewed in the course of time. It answers when a person is known to have
// changed.
func (p *Explicit) Refresh(ctx context.Context, held Held) (*Result, error) {
	token, err := p.token.refresh(ctx, p.cfg.TokenURL, held.Tokens.Refresh)
	if err != nil {
		return nil, err
	}
	r, err := p.result(ctx, token, "")
	if err == nil {
		err = samePerson(r, held)
	}
	if err != nil {
		return unfinished(token), tryAgain(err)
	}
	return r, nil
}

// Recheck implements [Provider]. It returns nil: no UserInfo endpoint is known.
func (p *Explicit) Recheck(context.Context, Held) (*Result, error) { return nil, nil }

// LogoutURL implements [Provider]. It returns "": no such endpoint is known.
func (p *Explicit) LogoutURL(context.Context, seal.Secret, string) string { return "" }

// Revoke implements [Provider]. It does nothing: no such endpoint is known.
func (p *Explicit) Revoke(context.Context, Tokens) error { return nil }
