package userpool

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/hostname"
)

// checkClient checks a client's settings against each other and against its
// pool. doing is "creating" or "updating", for the text of an error.
// Cognito: CreateUserPoolClient.
func checkClient(pool *Pool, c *Client, doing string) error {
	for _, check := range []func() error{
		func() error { return checkAuthFlows(c) },
		func() error { return checkRotation(&c.Settings) },
		func() error { return checkGrants(c) },
		func() error { return checkURLs(&c.Settings) },
		func() error { return checkLives(c) },
		func() error { return checkAttributes(pool, c, doing) },
		func() error { return checkContext(c) },
		func() error { return checkRegistered(c) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// legacyFlows are the names from before 2019. A client may not mix them with
// the names that begin with ALLOW_.
var legacyFlows = []string{"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"}

func isLegacy(flow string) bool { return slices.Contains(legacyFlows, flow) }

func checkAuthFlows(c *Client) error {
	legacy, modern := false, false
	for _, f := range c.Settings.AuthFlows {
		if isLegacy(f) {
			legacy = true
		} else {
			modern = true
		}
	}
	if legacy && modern {
		return ErrClientSettings.Saying("Cannot specify explicit auth flows with and without the ALLOW_ prefix together.")
	}
	return checkClientToken(c)
}

// checkClientToken keeps a client that gets tokens for itself apart from those in
// which users sign in. Cognito: GetClientToken.
func checkClientToken(c *Client) error {
	flows := c.Settings.AuthFlows
	switch {
	case !slices.Contains(flows, FlowClientToken):
		return nil
	case slices.ContainsFunc(flows, func(f string) bool { return f != FlowClientToken }):
		return ErrClientSettings.Saying("ALLOW_CLIENT_TOKEN_AUTH cannot be in ExplicitAuthFlows together with other flows.")
	case !c.Confidential():
		return ErrClientSettings.Saying("ALLOW_CLIENT_TOKEN_AUTH cannot be in ExplicitAuthFlows if the client does not have a client secret.")
	}
	return nil
}

// checkRotation refuses rotation beside the refresh flow, which gives no new refresh
// token. Cognito: "Refresh token rotation".
func checkRotation(s *ClientSettings) error {
	if s.RefreshRotation != nil && s.RefreshRotation.On && slices.Contains(s.AuthFlows, FlowRefreshToken) {
		return ErrClientSettings.Saying("ALLOW_REFRESH_TOKEN_AUTH cannot be in ExplicitAuthFlows while refresh token rotation is enabled.")
	}
	return nil
}

func checkGrants(c *Client) error {
	s := &c.Settings
	if !slices.Contains(s.Grants, GrantClientCredentials) {
		if s.OAuth && (len(s.Grants) == 0 || len(s.Scopes) == 0) {
			return ErrOAuthFlow.Saying("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
		}
		if len(s.Grants) > 0 && len(s.CallbackURLs) == 0 {
			return ErrOAuthFlow.Saying("CallbackUrls can not be empty when code flow or implicit flow is selected")
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
		if reason := RedirectFault(u); reason != "" {
			return ErrClientSettings.Saying("%s is not a valid redirect URI: %s", u, reason)
		}
	}
	if s.DefaultRedirectURI != "" && !slices.Contains(s.CallbackURLs, s.DefaultRedirectURI) {
		return ErrClientSettings.Saying("DefaultRedirectURI must be in the list of CallbackURLs.")
	}
	return nil
}

// forbiddenSchemes are those that run code in the browser or read its files.
var forbiddenSchemes = []string{"javascript", "data", "vbscript", "file", "blob", "about"}

// RedirectFault returns what is wrong with a redirect URL, or "". A redirect URL
// is absolute, has no fragment, and uses https except to a loopback host. Any
// other scheme that is not forbidden belongs to a native app.
func RedirectFault(raw string) string {
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
		if a := pool.Attribute(name); a == nil || a.DeveloperOnly || name == "sub" || IsVerifiedFlag(name) {
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

// checkContext refuses that anybody who knows the id of a client says from which
// address a user calls.
func checkContext(c *Client) error {
	if c.Settings.TellsAddresses && !c.Confidential() {
		return ErrClientSettings.Saying("EnablePropagateAdditionalUserContextData needs a client with a secret.")
	}
	return nil
}

// checkRegistered refuses that applications that registered themselves register
// others. Cognito: "Dynamic client registration".
func checkRegistered(c *Client) error {
	if c.Registered() && slices.Contains(c.Settings.Scopes, ScopeRegister) {
		return ErrClientSettings.Saying("A client of dynamic client registration cannot have the scope %s.", ScopeRegister)
	}
	return nil
}
