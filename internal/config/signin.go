package config

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// SignIn says how the gateway signs people in, and how it remembers them.
type SignIn struct {
	// The public URL of the gateway's sign-in service. A route may have the same host;
	// it gets the paths that are not those of sign-in. Left out, or with Pomerium's hosted service
	// (`https://authenticate.pomerium.app`), it is `authenticate.` before the domain
	// that all routes share, as soon as a route asks for sign-in and `access` names no
	// team domain.
	AuthenticateServiceURL *url.URL `key:"authenticate_service_url"`

	// Where a sign-out ends, instead of a page that says so. The identity provider is
	// told this address (`post_logout_redirect_uri`): register it there. A provider of
	// the kind `cognito` is told `/.pomerium/signed_out`, which leads on.
	SignoutRedirectURL *url.URL `key:"signout_redirect_url"`

	// The hosts to which a programmatic login may redirect. `localhost` stands
	// for every loopback address.
	ProgrammaticRedirectDomainWhitelist []string `key:"programmatic_redirect_domain_whitelist" default:"localhost"`

	// The secret that signs the links between the hosts of a sign-in: base64 of
	// exactly 32 bytes. Left out, Gatehouse creates a secret and keeps it with
	// the other keys of this installation.
	SharedSecret seal.Secret `key:"shared_secret"`

	// The path of a file that holds `shared_secret`. It wins over the key.
	SharedSecretFile string `key:"shared_secret_file"`

	// The name of the session cookie. On hosts with TLS the cookie that counts
	// has this name with `__Host-` before it, such as `__Host-_pomerium`, so that
	// no other host of the domain can set it. Another name than the default is
	// set without the prefix too, as a copy.
	CookieName string `key:"cookie_name" default:"_pomerium"`

	// The secret that seals cookies: base64 of exactly 32 bytes. Left out,
	// Gatehouse creates a secret and keeps it with the other keys of this
	// installation.
	CookieSecret seal.Secret `key:"cookie_secret"`

	// The path of a file that holds `cookie_secret`. It wins over the key.
	CookieSecretFile string `key:"cookie_secret_file"`

	// The domain of the session cookie. Empty: each host has its own cookie.
	// Otherwise the hosts under the domain share one cookie, without `__Host-`.
	// Then every host under the domain can set it, and so make people somebody
	// else: leave the key out if one of the hosts is not yours.
	CookieDomain string `key:"cookie_domain"`

	// Hide the session cookie from scripts.
	CookieHTTPOnly bool `key:"cookie_http_only" default:"true"`

	// How long people who are signed in stay so while the database does not answer.
	// Sign-outs at other nodes are not seen meanwhile. After that, routes that ask
	// who somebody is answer 503.
	SessionOutage time.Duration `key:"session_outage" default:"15m"`

	// How long a session lasts after the sign-in. It is never extended.
	CookieExpire time.Duration `key:"cookie_expire" default:"14h"`

	// How long a session lasts that nobody uses, for example `30m`; 0 for as long as
	// `cookie_expire` says. Every request is a use, and so is an open connection, such as
	// a websocket. A session that another node served last may end a tenth of the time
	// early, a minute at most.
	SessionIdleTimeout time.Duration `key:"session_idle_timeout"`

	// The SameSite attribute of the session cookie. Empty: Lax. On hosts without
	// TLS, none is read as lax: browsers refuse it there. The cookies of a sign-in
	// under way are always Lax.
	CookieSameSite string `key:"cookie_same_site" enum:",strict,lax,none"`

	// The kind of identity provider that signs people in: `oidc` for any OpenID
	// Connect provider, or `apple`, `auth0`, `azure`, `cognito`, `github`, `gitlab`,
	// `google`, `okta`, `onelogin` or `ping`. The name sets the defaults of the keys
	// below, and what the provider does in its own way. With all
	// `idp_` keys left out, or with `hosted`, people sign in with the users of this
	// installation, whom `gatehouse user` manages. With `cognito`, the groups of the
	// criterion `groups` are those of the claim `cognito:groups`. Where people choose
	// among several providers, one of the kind `oidc` is shown by its host.
	IDPProvider string `key:"idp_provider"`

	// The provider's issuer: the URL before
	// `/.well-known/openid-configuration`. `apple`, `azure`, `github`, `gitlab` and
	// `google` have a default; all others need the key. The default of `azure` lets
	// everybody with a Microsoft account sign in: write the issuer of your tenant,
	// `https://login.microsoftonline.com/<tenant id>/v2.0`. With an own GitHub server it
	// is the URL of its front page.
	IDPProviderURL string `key:"idp_provider_url"`

	// The id of the client that is registered for Gatehouse at the provider.
	// The client's callback URL is `/oauth2/callback` on
	// `authenticate_service_url`.
	IDPClientID string `key:"idp_client_id"`

	// The secret of that client.
	IDPClientSecret seal.Secret `key:"idp_client_secret"`

	// The path of a file that holds `idp_client_secret`. It wins over the key.
	IDPClientSecretFile string `key:"idp_client_secret_file"`

	// The scopes to ask for, instead of the provider's defaults: a list, or one
	// text with commas or spaces between them. For Amazon
	// Cognito with `idp_provider: oidc`, set `openid,profile,email`: the default
	// has `offline_access`, which Cognito does not know.
	IDPScopes []string `key:"idp_scopes"`

	// More parameters for the authorization request, instead of the provider's
	// defaults.
	IDPRequestParams map[string]string `key:"idp_request_params"`

	// Believe e-mail addresses that the provider calls unverified
	// (`email_verified: false`), as Pomerium does. Left out, rules of e-mail
	// addresses can't use such an address, and no application gets it.
	IDPAllowUnverifiedEmail bool `key:"idp_allow_unverified_email"`
}

func (k *checker) checkSignIn(s *SignIn) {
	if s.AuthenticateServiceURL != nil {
		k.originURL("authenticate_service_url", s.AuthenticateServiceURL)
	}
	if s.SignoutRedirectURL != nil {
		k.webURL("signout_redirect_url", s.SignoutRedirectURL)
	}
	for i, host := range s.ProgrammaticRedirectDomainWhitelist {
		k.host(settings.Item("programmatic_redirect_domain_whitelist", i), host)
	}
	k.checkKey32("shared_secret", s.SharedSecret)
	k.checkKey32("cookie_secret", s.CookieSecret)
	if !httpguts.ValidHeaderFieldName(s.CookieName) {
		k.fail("cookie_name", settings.Quote(s.CookieName), "the name of a cookie", "")
	}
	if s.CookieDomain != "" {
		k.host("cookie_domain", strings.TrimPrefix(s.CookieDomain, "."))
		if strings.HasPrefix(s.CookieName, "__Host-") {
			k.fail("cookie_name", settings.Quote(s.CookieName), "a name without __Host-, because cookie_domain is set", "browsers refuse a cookie with this prefix and a domain")
		}
	}
	if s.SessionOutage < time.Second || s.SessionOutage > 24*time.Hour {
		k.fail("session_outage", settings.Quote(s.SessionOutage.String()), "a duration from 1s to 24h", "")
	}
	if s.SessionIdleTimeout != 0 && s.SessionIdleTimeout < time.Minute {
		k.fail("session_idle_timeout", settings.Quote(s.SessionIdleTimeout.String()), "a duration of 1m or more", "")
	}
	if s.CookieExpire < time.Minute {
		k.fail("cookie_expire", settings.Quote(s.CookieExpire.String()), "a duration of 1m or more", "")
	}
	switch {
	case s.IDPProvider != "":
		main := s.main()
		k.checkProvider(&main, topKeys, k.c.People != nil)
	case s.IDPProviderURL != "" || s.IDPClientID != "" || s.IDPClientSecret != "":
		k.missing("idp_provider", "the other idp_ keys need it: write oidc for any OpenID Connect provider")
	}
	k.checkProviders()
}

// checkKey32 checks a secret that is base64 of exactly 32 bytes.
func (k *checker) checkKey32(path string, secret seal.Secret) {
	if secret == "" {
		return
	}
	if _, err := key32(secret); err != nil {
		hint := "make one with: head -c32 /dev/urandom | base64"
		if v := placeholderIn(secret.Reveal()); v != "" {
			hint = v + " is not replaced here: leave the key out, and set the variable " + strings.ToUpper(path)
		}
		k.fail(path, "the secret", "base64 of exactly 32 bytes", hint)
	}
}

func key32(secret seal.Secret) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(secret.Reveal())
	if err == nil && len(key) != 32 {
		err = errNot32
	}
	return key, err
}

var errNot32 = errors.New("not 32 bytes")

// SharedKey returns the 32 bytes of shared_secret, or nil if it is not set.
func (s *SignIn) SharedKey() []byte {
	key, err := key32(s.SharedSecret)
	if err != nil {
		return nil
	}
	return key
}

// CookieKey returns the 32 bytes of cookie_secret, or nil if it is not set.
func (s *SignIn) CookieKey() []byte {
	key, err := key32(s.CookieSecret)
	if err != nil {
		return nil
	}
	return key
}

// checkEntrance checks that people can sign in, if a route asks for sign-in.
func (k *checker) checkEntrance() {
	if k.c.teamSignsIn() { // the API can add its providers
		return
	}
	for _, r := range k.c.AllRoutes() {
		if !r.NeedsSignIn() {
			continue
		}
		if k.c.AuthenticateServiceURL == nil {
			k.missing("authenticate_service_url", r.Key+" asks for sign-in, and the routes share no domain of their own: write the public URL of the sign-in service")
		}
		if k.c.AuthenticateServiceURL != nil && k.c.namesNoProvider() {
			k.missing("idp_provider", r.Key+" asks for sign-in, and the directory declares pools: write cognito, with idp_provider_url (the issuer of a pool), idp_client_id and idp_client_secret")
		}
		return
	}
}
