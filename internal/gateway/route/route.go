package route

import "regexp"

// Route is the part of a route that matching and rewriting need. NewTable compiles
// it. After that it must not change.
type Route struct {
	ID, Name string
	From     From

	// The first of these that is set says which paths match. If none is set,
	// every path does.
	Regex  string // must match the whole path
	Path   string // the exact path
	Prefix string // the beginning of the path, a plain string: /a matches /ab

	// Tunnels are the targets of CONNECT, host and port each, that the route answers
	// instead of requests. From is then where people sign in for them. nil: the route
	// is for requests.
	Tunnels []string

	Rewrite  Rewrite
	Redirect *Redirect // nil: the route has upstreams or a fixed response

	compiled compiled
}

// compiled is the compiled form of a route's texts; NewTable makes it.
type compiled struct {
	index        int // in the table, from 0
	host         pattern
	regex        *regexp.Regexp // nil: the route has none
	path, prefix string         // as in a cleaned path

	pathRewrite  *replacement // regex_rewrite_*; nil: none
	hostFromPath *replacement // host_path_regex_rewrite_*; nil: none
}

// matches reports whether a cleaned path matches the route.
func (r *Route) matches(path string) bool {
	switch c := &r.compiled; {
	case c.regex != nil:
		return c.regex.MatchString(path)
	case c.path != "":
		return path == c.path
	default:
		return len(path) >= len(c.prefix) && path[:len(c.prefix)] == c.prefix
	}
}
