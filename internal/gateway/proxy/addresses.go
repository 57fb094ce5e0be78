package proxy

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/gateway/route"
)

// addresses knows the public URLs of the gateway: those of its routes and of
// its authenticate host. Schemes and ports come from the configuration, since
// a request can claim any.
type addresses struct {
	table        *route.Table
	schemes      map[string]string // of route hosts without wildcards
	authenticate *url.URL          // the authenticate service
	host         string            // of authenticate: without port, lower case
	base         string            // of authenticate: scheme and host, without a slash at the end
}

func newAddresses(authenticate *url.URL, table *route.Table, schemes map[string]string) *addresses {
	return &addresses{
		table: table, schemes: schemes, authenticate: authenticate,
		host: hostname.Of(authenticate.Host), base: authenticate.Scheme + "://" + authenticate.Host,
	}
}

// schemesOf returns the schemes of the hosts of routes.
func schemesOf(routes []*Route) map[string]string {
	schemes := map[string]string{}
	for _, r := range routes {
		if r.From.Scheme != "" {
			schemes[r.From.Host] = r.From.Scheme
		}
	}
	return schemes
}

// scheme returns the public scheme of a host: what its route says, else the
// authenticate service's.
func (a *addresses) scheme(host string) string {
	if host != a.host {
		if s := a.schemes[host]; s != "" {
			return s
		}
	}
	return a.authenticate.Scheme
}

func (a *addresses) secure(host string) bool { return a.scheme(host) == "https" }

// publicURL returns the URL of a request as the browser sees it.
func (a *addresses) publicURL(r *http.Request, host string) *url.URL {
	return &url.URL{Scheme: a.scheme(host), Host: a.publicHost(r, host), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
}

// publicHost returns host with the port that browsers use.
func (a *addresses) publicHost(r *http.Request, host string) string {
	return joinPort(host, a.publicPort(r, a.table.Match(host, portOf(r.Host), r.URL.Path)))
}

// publicPort returns the port that browsers use for a route, "" for the default
// one: the route's own if it names one, else the authenticate service's, since
// one listener serves both. Only where neither is known, the request decides.
func (a *addresses) publicPort(r *http.Request, m *route.Route) string {
	switch {
	case m != nil && m.From.Port != "":
		return m.From.Port
	case a.host == NoSignIn.Host:
		return portOf(r.Host)
	}
	return a.authenticate.Port()
}

// NoSignIn is the Config's AuthenticateURL of a gateway where nobody signs in. Its
// name never resolves (RFC 6761 §6.4).
var NoSignIn = &url.URL{Scheme: "https", Host: "authenticate.invalid"}

// defaultPort returns the port that a URL with a scheme has if it names none.
func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// ours reports whether a URL has a host and port of our routes. The gateway
// never sends anybody to another.
func (a *addresses) ours(u *url.URL) bool {
	host := hostname.Of(u.Host)
	if u.User != nil || u.Opaque != "" || !a.table.KnowsHost(host) || u.Scheme != a.scheme(host) {
		return false
	}
	port := u.Port()
	if port == a.authenticate.Port() {
		return true
	}
	// A port that a route names is ours as well.
	m := a.table.Match(host, port, u.Path)
	return m != nil && m.From.Port != "" && m.From.Port == port
}

// locate returns the public URL of a path of an application; see
// [Gateway.Locate].
func (a *addresses) locate(hostport, uri string) *url.URL {
	path, err := url.ParseRequestURI(uri)
	if err != nil || path.Scheme != "" || path.Host != "" || path.User != nil || path.Opaque != "" {
		return nil
	}
	host, port := hostname.Of(hostport), portOf(hostport)
	if port == "" {
		port = a.authenticate.Port()
	}
	u := &url.URL{Scheme: a.scheme(host), Host: joinPort(host, port), Path: path.Path, RawPath: path.RawPath, RawQuery: path.RawQuery}
	if !a.ours(u) || leadsInside(u) {
		return nil
	}
	return u
}

// leadsInside reports whether a browser that opens u comes to a path that the
// gateway answers itself, in whatever spelling. If a sign-in ended there, it
// could sign the person out again.
func leadsInside(u *url.URL) bool {
	cleaned, err := route.Cleaning{EscapedSlashes: route.SlashUnescape}.Clean(u.EscapedPath())
	return err == nil && (isInternal(cleaned.Path) || isInternal(cleaned.Alternate))
}

func portOf(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i < 0 || strings.HasSuffix(hostport, "]") {
		return ""
	}
	_, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return ""
	}
	return port
}

func joinPort(host, port string) string {
	switch {
	case port != "":
		return net.JoinHostPort(host, port)
	case strings.IndexByte(host, ':') >= 0: // an IPv6 address
		return "[" + host + "]"
	}
	return host
}
