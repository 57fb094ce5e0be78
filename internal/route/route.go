package route

import (
	"net/http"
	"net/url"
)

// Route is the part of a route that matching and rewriting need. It must not
// change after it was given to NewTable.
type Route struct {
	ID, Name, Description string
	From                  From

	// At most one of these decides, in this order; none: every path.
	Regex  string // must match the whole path
	Path   string // the exact path
	Prefix string // the beginning of the path, a plain string: /a matches /ab

	Rewrite  Rewrite
	Redirect *Redirect // nil: the route has upstreams or a fixed response
}

// Rewrite says how path and host change on the way to the upstream.
type Rewrite struct {
	Prefix            string // prefix_rewrite
	RegexPattern      string // regex_rewrite_pattern
	RegexSubstitution string // regex_rewrite_substitution
	TargetPath        string // the path of the first upstream URL; counts when neither of the above is set

	Host                      string // host_rewrite
	HostHeader                string // host_rewrite_header
	HostPathRegexPattern      string // host_path_regex_rewrite_pattern
	HostPathRegexSubstitution string // host_path_regex_rewrite_substitution
	PreserveHost              bool   // preserve_host_header
}

// Redirect is the answer of a route that redirects.
type Redirect struct {
	HTTPS         bool   // https_redirect; wins over Scheme
	Scheme        string // scheme_redirect
	Host          string // host_redirect
	Port          int    // port_redirect; 0: unchanged
	Path          string // path_redirect; wins over PrefixRewrite
	PrefixRewrite string // prefix_rewrite
	Code          int    // response_code; 0 means 301
	StripQuery    bool   // strip_query
}

// UpstreamPath returns the escaped path to send upstream.
func (r *Route) UpstreamPath(c Cleaned) (string, error) { return c.Escaped, nil }

// UpstreamHost returns the Host to send upstream. incoming is the request's
// Host as it came, upstream the host with port of the upstream's URL.
func (r *Route) UpstreamHost(incoming, upstream string, header http.Header, c Cleaned) string {
	return upstream
}

// RedirectURL returns where the route's Redirect sends a request, and the
// status code. It must not be called on a route without one.
func (r *Route) RedirectURL(u *url.URL, c Cleaned) (string, int, error) { return "", 0, nil }
