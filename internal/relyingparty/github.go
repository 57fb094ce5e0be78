package relyingparty

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
)

var githubNames = settings{
	clientID: "idp_client_id", clientSecret: "idp_client_secret", issuer: "idp_provider_url",
	tokenURL: "idp_provider_url", keysURL: "idp_provider_url", scopes: "idp_scopes",
}

// The API answers lists in pages of at most 100. Groups beyond maxPagesOfGroups pages of
// organizations or teams are too many to know.
const (
	githubPage       = 100
	maxPagesOfGroups = 20
)

// GitHubConfig describes GitHub as a provider. Only Name, Params, AllowUnverifiedEmail,
// UserPrefix, HTTP and Now may be empty.
type GitHubConfig struct {
	Name         string // shown to people
	URL          string // https://github.com, or that of an own server
	ClientID     string
	ClientSecret seal.Secret
	Scopes       []string
	Params       map[string]string // further parameters of the authorization request
	// AllowUnverifiedEmail believes an address that GitHub calls unverified.
	AllowUnverifiedEmail bool
	UserPrefix           string           // see DiscoveredConfig
	HTTP                 *http.Client     // nil: NewHTTPClient(nil)
	Now                  func() time.Time // nil: time.Now
}

// GitHub is a provider that speaks OAuth 2.0 without ID tokens: what it says about a
// person comes from its API, over a connection that proves who answers. State and PKCE
// tie the answer to the browser.
//
// Pomerium: a person's user id is the login. People can change it, and others can take
// it then, so the number that GitHub keeps is the Subject, and a session whose person
// has another login ends. Groups are the organizations ("acme") and the teams
// ("acme/backend") that the client may see.
type GitHub struct {
	cfg   GitHubConfig
	token *tokenClient
}

var _ Provider = (*GitHub)(nil)

// NewGitHub returns a provider. It makes no calls.
func NewGitHub(cfg GitHubConfig) (*GitHub, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, failed(StepAuthorize, ErrUntrusted, "%q is not the URL of GitHub. Check %s.", cfg.URL, githubNames.issuer)
	}
	if cfg.ClientID == "" {
		return nil, failed(StepAuthorize, ErrUntrusted, "The client id is missing. Set %s.", githubNames.clientID)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = NewHTTPClient(nil)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &GitHub{cfg: cfg, token: &tokenClient{http: cfg.HTTP, clientID: cfg.ClientID, secret: cfg.ClientSecret, names: githubNames, postFirst: true}}, nil
}

// ID returns the id of the provider, as that of a DiscoveredConfig.
func (c *GitHubConfig) ID() string {
	all := []string{"github", c.base(), c.ClientID, strings.Join(c.Scopes, " "), "user prefix " + c.UserPrefix}
	if c.AllowUnverifiedEmail {
		all = append(all, "allow unverified email")
	}
	return settingsID(all...)
}

func (c *GitHubConfig) base() string { return strings.TrimSuffix(c.URL, "/") }

// issuer is the name of GitHub's authorization server.
func (c *GitHubConfig) issuer() string { return c.base() + "/login/oauth" }

// api returns where the API is: a host of its own for github.com and for companies at
// ghe.com, a path of an own server.
func (c *GitHubConfig) api() string {
	u, err := url.Parse(c.base())
	if err != nil {
		return ""
	}
	if host := hostname.Of(u.Host); host == "github.com" || strings.HasSuffix(host, ".ghe.com") {
		return u.Scheme + "://api." + u.Host
	}
	return c.base() + "/api/v3"
}

// ID implements [Provider].
func (p *GitHub) ID() string { return p.cfg.ID() }

// Name returns the name that people know the provider by.
func (p *GitHub) Name() string { return p.cfg.Name }

// CheckIssuer implements [Provider].
func (p *GitHub) CheckIssuer(_ context.Context, iss string) error {
	if iss != "" && iss != p.cfg.issuer() {
		return otherIssuer(iss)
	}
	return nil
}

// AuthURL implements [Provider].
func (p *GitHub) AuthURL(_ context.Context, r AuthRequest) (string, error) {
	q := authQuery(p.cfg.ClientID, p.cfg.Scopes, r)
	for name, value := range p.cfg.Params {
		if !protocolParam(name) {
			q.Set(name, value)
		}
	}
	if r.AnotherAccount {
		q.Set("prompt", "select_account") // the only prompt that GitHub knows
	}
	return withQuery(p.cfg.issuer()+"/authorize", q), nil
}

// Exchange implements [Provider]. There is no ID token that could hold the nonce.
func (p *GitHub) Exchange(ctx context.Context, code seal.Secret, verifier, _, redirectURI string) (*Result, error) {
	token, err := p.token.exchange(ctx, p.cfg.issuer()+"/access_token", code, verifier, redirectURI)
	if err != nil {
		return nil, err
	}
	return p.result(ctx, tokensOf(token), p.endOf(token))
}

// Refresh implements [Provider]. Only the tokens of a GitHub App end.
func (p *GitHub) Refresh(ctx context.Context, held Held) (*Result, error) {
	token, err := p.token.refresh(ctx, p.cfg.issuer()+"/access_token", held.Tokens.Refresh)
	if err != nil {
		return nil, err
	}
	r, err := p.result(ctx, tokensOf(token), p.endOf(token))
	if err == nil {
		err = samePerson(r, held)
	}
	if err != nil {
		return unfinished(token), githubAgain(err)
	}
	return r, nil
}

// endOf returns when a token ends; zero: it does not.
func (p *GitHub) endOf(token *oauth2.Token) time.Time {
	if token.ExpiresIn <= 0 {
		return time.Time{}
	}
	return endOf(token, p.cfg.Now())
}

// Recheck implements [Provider].
func (p *GitHub) Recheck(ctx context.Context, held Held) (*Result, error) {
	r, err := p.result(ctx, held.Tokens, held.Expiry)
	if err != nil {
		return nil, githubAgain(err)
	}
	return r, samePerson(r, held)
}

// githubAgain is tryAgain for GitHub, where 403 also says that a limit is reached. A
// token that was withdrawn gets 401.
func githubAgain(err error) error {
	if step, ok := errors.AsType[*StepError](err); ok && step.Step == StepUserInfo && step.Status == http.StatusForbidden {
		return ErrUnreachable.Because(err)
	}
	return tryAgain(err)
}

// LogoutURL implements [Provider]: GitHub has no such page.
func (p *GitHub) LogoutURL(context.Context, seal.Secret, string) string { return "" }

// Revoke implements [Provider]. Other sessions of the person have other tokens, and
// live on.
func (p *GitHub) Revoke(ctx context.Context, t Tokens) error {
	body, err := json.Marshal(map[string]string{"access_token": t.Access.Reveal()})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, p.cfg.api()+"/applications/"+url.PathEscape(p.cfg.ClientID)+"/token", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(p.cfg.ClientID, p.cfg.ClientSecret.Reveal())
	answer, err := p.cfg.HTTP.Do(r)
	if err != nil {
		return unreachable(StepToken, "API", githubNames.issuer, err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return failed(StepToken, refusalOf(answer.StatusCode), "The API refused to revoke the token.").answered(answer.StatusCode, "", "")
	}
	return nil
}

type githubUser struct {
	ID     json.Number `json:"id"`
	Login  string      `json:"login"`
	Name   string      `json:"name"`
	Avatar string      `json:"avatar_url"`
}

// result asks the API who the owner of a token is.
func (p *GitHub) result(ctx context.Context, tokens Tokens, expiry time.Time) (*Result, error) {
	var user githubUser
	if err := p.get(ctx, tokens.Access, "/user", &user); err != nil {
		return nil, err
	}
	if user.ID == "" || user.Login == "" {
		return nil, failed(StepUserInfo, ErrUntrusted, "GitHub did not say who the person is.")
	}
	address, verified, err := p.email(ctx, tokens.Access)
	if err != nil {
		return nil, err
	}
	claims := map[string]any{"sub": user.Login, "user": user.Login, "id": user.ID.String(), "name": user.Name, "picture": user.Avatar}
	if address != "" {
		claims["email"], claims["email_verified"] = address, verified
	}
	groups, err := p.groups(ctx, tokens.Access)
	if err != nil {
		return nil, err
	}
	if groups != nil {
		claims["groups"] = groups
	} else { // a rule must not take them for none
		claims["_claim_names"] = map[string]any{"groups": "api"}
	}
	return &Result{
		Issuer: p.cfg.issuer(), Subject: user.ID.String(), UserID: p.cfg.UserPrefix + user.Login, Email: address, Name: user.Name,
		EmailUnverified: address != "" && !verified && !p.cfg.AllowUnverifiedEmail, Claims: claims, Tokens: tokens, Expiry: expiry, Rechecks: true,
	}, nil
}

// email returns the person's primary address.
func (p *GitHub) email(ctx context.Context, access seal.Secret) (address string, verified bool, err error) {
	var all []struct {
		Email             string
		Primary, Verified bool
	}
	if err := p.get(ctx, access, "/user/emails?per_page=100", &all); err != nil {
		return "", false, err
	}
	for _, a := range all {
		if a.Primary {
			return a.Email, a.Verified, nil
		}
	}
	return "", false, nil
}

// groups returns the person's organizations and teams. It returns nil if they can't be
// known: the client may not read them (read:org), or there are too many.
func (p *GitHub) groups(ctx context.Context, access seal.Secret) ([]any, error) {
	groups := []any{}
	known, err := eachOf(ctx, p, access, "/user/orgs", func(o struct{ Login string }) { groups = append(groups, o.Login) })
	if err != nil || !known {
		return nil, err
	}
	known, err = eachOf(ctx, p, access, "/user/teams", func(t struct {
		Slug         string
		Organization struct{ Login string }
	}) {
		groups = append(groups, t.Organization.Login+"/"+t.Slug)
	})
	if err != nil || !known {
		return nil, err
	}
	return groups, nil
}

// eachOf calls take with each element of a list of the API. It returns false if the
// client may not read the list, or if the list is too long.
func eachOf[T any](ctx context.Context, p *GitHub, access seal.Secret, path string, take func(T)) (bool, error) {
	for page := 1; page <= maxPagesOfGroups; page++ {
		var some []T
		err := p.get(ctx, access, fmt.Sprintf("%s?per_page=%d&page=%d", path, githubPage, page), &some)
		if step, ok := errors.AsType[*StepError](err); ok && (step.Status == http.StatusForbidden || step.Status == http.StatusNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for _, element := range some {
			take(element)
		}
		if len(some) < githubPage {
			return true, nil
		}
	}
	return false, nil
}

func (p *GitHub) get(ctx context.Context, access seal.Secret, path string, v any) error {
	header := http.Header{"Authorization": {"Bearer " + access.Reveal()}}
	return getJSON(ctx, p.cfg.HTTP, StepUserInfo, "API of GitHub", githubNames.scopes, p.cfg.api()+path, header, v)
}
