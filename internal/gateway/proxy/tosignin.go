package proxy

import (
	"net"
	"net/http"
	"net/url"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
)

// The paths of the sign-in flow.
const (
	callbackPath      = "/oauth2/callback"
	pathSignIn        = "/.pomerium/sign_in"
	pathSignOut       = "/.pomerium/sign_out"
	pathSignedOut     = "/.pomerium/signed_out"
	pathRouteCallback = "/.pomerium/callback/"
)

// browserCookie holds the secret that binds a sign-in to the browser.
const browserCookie = "_gatehouse_browser"

// sendToSignIn sends a browser to sign in and says 401 to everything else.
func (c *compiled) sendToSignIn(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if !mayRedirect(r) {
		return ErrSignIn
	}
	wanted := c.publicURL(r, x.host)
	to := ""
	if c.cfg.Hooks.SignIn != nil {
		var err error
		if to, err = c.cfg.Hooks.SignIn(w, r, x.route.Route, wanted); err != nil {
			return err
		}
	}
	if to == "" {
		to = c.signInLink(w, r, x.host, x.route.Provider, wanted)
	}
	c.redirect(w, to, http.StatusFound)
	return nil
}

// signInLink returns the signed link to the authenticate service, and leaves
// the browser a secret, or keeps the one it has: windows may sign in side by
// side.
func (c *compiled) signInLink(w http.ResponseWriter, r *http.Request, host, provider string, wanted *url.URL) string {
	secure := c.secure(host)
	secret := web.CookieValue(r, web.Prefixed(browserCookie, secure))
	if len(secret) != len(ids.Token()) {
		secret = ids.Token()
	}
	web.SetPrefixed(w, browserCookie, secret, secure, browserLife)
	return c.links.sign(c.authenticateBase+pathSignIn, url.Values{
		paramRedirect: {wanted.String()}, paramCallback: {c.callbackOf(wanted)},
		paramBrowser: {session.BrowserHash(secret)}, paramProvider: {provider},
	}, c.now())
}

// callbackOf is where the host of u takes tickets.
func (c *compiled) callbackOf(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: pathRouteCallback}).String()
}

// publicURL returns the URL of a request as the browser sees it. Scheme and
// port come from the configuration, since a request can claim any.
func (c *compiled) publicURL(r *http.Request, host string) *url.URL {
	return &url.URL{Scheme: c.scheme(host), Host: c.publicHost(r, host), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
}

// publicHost returns host with the port that browsers use: the route's own if
// it names one, else the authenticate service's, since one listener serves
// both.
func (c *compiled) publicHost(r *http.Request, host string) string {
	port := c.cfg.AuthenticateURL.Port()
	if m := c.table.Match(host, portOf(r.Host), r.URL.Path); m != nil && m.From.Port != "" {
		port = m.From.Port
	}
	return joinPort(host, port)
}

func joinPort(host, port string) string {
	if port == "" {
		if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// ours reports whether a URL is of a host and port of our routes: nobody is
// ever sent to another.
func (c *compiled) ours(u *url.URL) bool {
	host := hostname.Of(u.Host)
	if u.User != nil || u.Opaque != "" || !c.table.KnowsHost(host) || u.Scheme != c.scheme(host) {
		return false
	}
	port := u.Port()
	if port == c.cfg.AuthenticateURL.Port() {
		return true
	}
	// A port that a route names is ours as well.
	m := c.table.Match(host, port, u.Path)
	return m != nil && m.From.Port != "" && m.From.Port == port
}

// redirectCleaned sends a browser to the plain spelling of a path.
func (c *compiled) redirectCleaned(w http.ResponseWriter, r *http.Request, host string, cleaned route.Cleaned) error {
	u := c.publicURL(r, host)
	to := u.Scheme + "://" + u.Host + cleaned.Escaped
	if u.RawQuery != "" {
		to += "?" + u.RawQuery
	}
	c.redirect(w, to, http.StatusTemporaryRedirect)
	return nil
}

// redirect answers with a redirect of the gateway's own. It is never cached:
// the next request may be signed in.
func (c *compiled) redirect(w http.ResponseWriter, to string, status int) {
	h := w.Header()
	h.Set(headerIntercepted, "true")
	web.NoStore(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", to)
	w.WriteHeader(status)
}
