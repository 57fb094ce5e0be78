package userpool

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// NewClient asks for an app client.
type NewClient struct {
	ID             ClientID // "": a new one
	Name           string
	GenerateSecret bool
	Secret         seal.Secret // an own secret; not with GenerateSecret
	Settings       ClientSettings
}

// CreateClient makes an app client of pool. ErrClientSettings, ErrOAuthFlow,
// ErrScopeNotFound, ErrPoolNotFound.
func (e *Engine) CreateClient(ctx context.Context, pool *Pool, n NewClient) (*Client, error) {
	if n.GenerateSecret && n.Secret != "" {
		return nil, ErrClientSettings.Saying("GenerateSecret cannot be true when ClientSecret is given.")
	}
	if n.ID == "" {
		n.ID = ClientID(ids.ClientID())
	}
	if n.GenerateSecret {
		n.Secret = seal.Secret(ids.ClientSecret())
	}
	now := e.now()
	c := &Client{ID: n.ID, Pool: pool.ID, Name: n.Name, Created: now, Modified: now, Settings: n.Settings}
	if n.Secret != "" {
		sealed, err := e.sealSecret(c.ID, n.Secret, now)
		if err != nil {
			return nil, err
		}
		c.Secrets = []ClientSecret{sealed}
	}
	if err := checkClient(pool, c, "creating"); err != nil {
		return nil, err
	}
	if err := e.checkScopes(ctx, pool, c); err != nil {
		return nil, err
	}
	if err := e.Store.CreateClient(ctx, c); err != nil {
		return nil, err
	}
	return c, nil
}

// UpdateClient changes an app client and checks what became of it. change is
// tried on a copy first, so that the scopes it names are looked up outside the
// transaction.
func (e *Engine) UpdateClient(ctx context.Context, pool *Pool, id ClientID, change func(*Client) error) (*Client, error) {
	draft, err := e.ClientOf(ctx, pool.ID, id)
	if err != nil {
		return nil, err
	}
	if err := change(draft); err != nil {
		return nil, err
	}
	if err := e.checkScopes(ctx, pool, draft); err != nil {
		return nil, err
	}
	return e.Store.UpdateClient(ctx, pool.ID, id, func(c *Client) error {
		if err := change(c); err != nil {
			return err
		}
		c.Modified = e.now()
		return checkClient(pool, c, "updating")
	})
}

// SetSecret replaces a client's secrets with the one given, as a configuration
// file does that declares it. "" makes the client public.
func (e *Engine) SetSecret(c *Client, secret seal.Secret) error {
	if secret == "" {
		c.Secrets = nil
		return nil
	}
	sealed, err := e.sealSecret(c.ID, secret, e.now())
	c.Secrets = []ClientSecret{sealed}
	return err
}

func (e *Engine) sealSecret(id ClientID, secret seal.Secret, now time.Time) (ClientSecret, error) {
	b, err := e.Sealer.Seal([]byte(secret.Reveal()), sealContext(id))
	return ClientSecret{ID: fmt.Sprintf("%s--%d", id, now.Unix()), Sealed: b, Created: now}, err
}

// ClientOf returns the client of that pool. ErrClientNotFound also for one of
// another pool.
func (e *Engine) ClientOf(ctx context.Context, pool PoolID, id ClientID) (*Client, error) {
	c, err := e.Store.Client(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.Pool != pool {
		return nil, ErrClientNotFound
	}
	return c, nil
}

// checkClient holds a client's settings against each other and its pool.
// Cognito: CreateUserPoolClient.
func checkClient(pool *Pool, c *Client, doing string) error {
	for _, check := range []func() error{
		func() error { return checkAuthFlows(c.Settings.AuthFlows) },
		func() error { return checkGrants(c) },
		func() error { return checkURLs(&c.Settings) },
		func() error { return checkLives(c) },
		func() error { return checkProviders(pool, c) },
		func() error { return checkAttributes(pool, c, doing) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// legacyFlows are the names of before 2019, that may not be mixed with ALLOW_*.
var legacyFlows = []string{"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"}

func isLegacy(flow string) bool { return slices.Contains(legacyFlows, flow) }

func checkAuthFlows(flows []string) error {
	legacy, modern := false, false
	for _, f := range flows {
		if isLegacy(f) {
			legacy = true
		} else {
			modern = true
		}
	}
	if legacy && modern {
		return ErrClientSettings.Saying("Cannot specify explicit auth flows with and without the ALLOW_ prefix together.")
	}
	return nil
}

func checkGrants(c *Client) error {
	s := &c.Settings
	if !slices.Contains(s.Grants, GrantClientCredentials) {
		if s.OAuth && (len(s.Grants) == 0 || len(s.Scopes) == 0) {
			return ErrOAuthFlow.Saying("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
		}
		return nil
	}
	if len(s.Grants) > 1 {
		return ErrOAuthFlow.Saying("client_credentials flow can not be selected along with code flow or implicit flow.")
	}
	if !c.Confidential() {
		return ErrOAuthFlow.Saying("client_credentials flow can not be selected if client does not have a client secret.")
	}
	for _, scope := range s.Scopes {
		if slices.Contains(SystemScopes(), scope) {
			return ErrOAuthFlow.Saying("client_credentials flow can not be used with the scope %s.", scope)
		}
	}
	return nil
}

func checkURLs(s *ClientSettings) error {
	for _, u := range slices.Concat(s.CallbackURLs, s.LogoutURLs) {
		if reason := callbackFault(u); reason != "" {
			return ErrClientSettings.Saying("%s is not a valid redirect URI: %s", u, reason)
		}
	}
	if s.DefaultRedirectURI != "" && !slices.Contains(s.CallbackURLs, s.DefaultRedirectURI) {
		return ErrClientSettings.Saying("DefaultRedirectURI must be in the list of CallbackURLs.")
	}
	return nil
}

// forbiddenSchemes would run in the browser's own context or read its files.
var forbiddenSchemes = []string{"javascript", "data", "vbscript", "file", "blob", "about"}

// callbackFault says what is wrong with a redirect URL, or "". Absolute, no
// fragment, https except for loopback hosts; a custom scheme is an app's own.
func callbackFault(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "":
		return "it is not an absolute URL"
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return "it has a fragment"
	case slices.Contains(forbiddenSchemes, u.Scheme):
		return "its scheme is not allowed"
	case u.Scheme == "https" && u.Host == "":
		return "it has no host"
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "http is allowed for localhost only; use https"
	}
	return ""
}

func isLoopback(host string) bool {
	return host == "127.0.0.1" || host == "::1" || hostname.IsLocalhost(host)
}

func checkLives(c *Client) error {
	access, id, refresh := c.AccessTokenLife(), c.IDTokenLife(), c.RefreshTokenLife()
	const day = 24 * time.Hour
	inRange := func(d, low, high time.Duration) bool { return d >= low && d <= high }
	if !inRange(access, 5*time.Minute, day) || !inRange(id, 5*time.Minute, day) || !inRange(refresh, time.Hour, 3650*day) || access > refresh || id > refresh {
		return ErrClientSettings.Saying("Invalid range for token validity.")
	}
	return nil
}

func checkProviders(pool *Pool, c *Client) error {
	for _, p := range c.Settings.Providers {
		if p != ProviderCognito {
			return ErrClientSettings.Saying("The provider %s does not exist for User Pool %s.", p, pool.ID)
		}
	}
	return nil
}

func checkAttributes(pool *Pool, c *Client, doing string) error {
	for _, name := range c.Settings.ReadAttributes {
		if pool.Attribute(name) == nil {
			return ErrClientSettings.Saying("Invalid read attributes specified while %s a client", doing)
		}
	}
	if c.Settings.WriteAttributes == nil {
		return nil
	}
	for _, name := range c.Settings.WriteAttributes {
		if a := pool.Attribute(name); a == nil || a.DeveloperOnly || name == "sub" || name == "email_verified" || name == "phone_number_verified" {
			return ErrClientSettings.Saying("Invalid write attributes specified while %s a client", doing)
		}
	}
	for _, a := range pool.Attributes() {
		if a.Required && a.Name != "sub" && !slices.Contains(c.Settings.WriteAttributes, a.Name) {
			return ErrClientSettings.Saying("Invalid write attributes specified while %s a client", doing)
		}
	}
	return nil
}

func (e *Engine) checkScopes(ctx context.Context, pool *Pool, c *Client) error {
	for _, scope := range c.Settings.Scopes {
		if slices.Contains(SystemScopes(), scope) {
			continue
		}
		known, err := e.scopeExists(ctx, pool.ID, scope)
		if err != nil {
			return err
		}
		if !known {
			return ErrScopeNotFound.Saying("Invalid scope requested: %s", scope)
		}
	}
	return nil
}

// scopeExists looks a custom scope up: the part before the last "/" is the
// resource server's identifier, which may hold "/" itself.
func (e *Engine) scopeExists(ctx context.Context, pool PoolID, scope string) (bool, error) {
	i := strings.LastIndexByte(scope, '/')
	if i < 0 {
		return false, nil
	}
	r, err := e.Store.ResourceServer(ctx, pool, scope[:i])
	if err != nil {
		if errors.Is(err, ErrResourceServerNotFound) {
			return false, nil
		}
		return false, err
	}
	return slices.ContainsFunc(r.Scopes, func(s Scope) bool { return s.Name == scope[i+1:] }), nil
}
