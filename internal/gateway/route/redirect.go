package route

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Redirect is the answer of a route that redirects. A part of the URL that is not
// set stays as in the request.
type Redirect struct {
	HTTPS         bool   // https_redirect; wins over Scheme
	Scheme        string // scheme_redirect
	Host          string // host_redirect
	Port          int    // port_redirect; 0: unchanged
	Path          string // path_redirect, perhaps with a query; wins over PrefixRewrite
	PrefixRewrite string // prefix_rewrite
	Code          int    // response_code; 0 means 301
	StripQuery    bool   // strip_query
}

// RedirectURL returns where the route's Redirect sends a request, and the
// status code. u is the request's URL with scheme and host as the client saw
// them. It must not be called on a route without a Redirect. The error is
// ErrRewrittenPath.
func (r *Route) RedirectURL(u *url.URL, c Cleaned) (string, int, error) {
	d := r.Redirect
	path, err := r.redirectPath(c)
	if err != nil {
		return "", 0, err
	}
	scheme := d.scheme(u.Scheme)
	location := scheme + "://" + d.host(u, scheme) + path
	// A query in path_redirect replaces the request's.
	if u.RawQuery != "" && !d.StripQuery && !strings.Contains(d.Path, "?") {
		location += "?" + u.RawQuery
	}
	return location, d.code(), nil
}

func (r *Route) redirectPath(c Cleaned) (string, error) {
	switch d := r.Redirect; {
	case d.Path != "":
		return d.Path, nil
	case d.PrefixRewrite != "":
		return checkRewritten(r.replacePrefix(c.Escaped, d.PrefixRewrite))
	}
	return c.Escaped, nil
}

func (d *Redirect) code() int {
	if d.Code == 0 {
		return http.StatusMovedPermanently
	}
	return d.Code
}

func (d *Redirect) scheme(current string) string {
	switch {
	case d.HTTPS:
		return "https"
	case d.Scheme != "":
		return strings.ToLower(d.Scheme)
	}
	return current
}

// host returns host and port of the target. The request's port is kept only with
// the request's host, and only if it is not the default port of the old scheme.
// The default port of the new scheme is left out.
func (d *Redirect) host(u *url.URL, scheme string) string {
	host, port := u.Hostname(), u.Port()
	if scheme != u.Scheme && port == defaultPorts[u.Scheme] {
		port = ""
	}
	if d.Host != "" {
		host, port, _ = splitPort(d.Host)
	}
	if d.Port != 0 {
		port = strconv.Itoa(d.Port)
	}
	if port != "" && port != defaultPorts[scheme] {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
