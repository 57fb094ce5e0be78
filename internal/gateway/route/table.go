package route

import (
	"errors"
	"fmt"
	"strings"
)

// Table finds the route of a URL. It is immutable: any number of goroutines
// may use one.
type Table struct {
	exact    map[string][]*Route // by host, in the order of the file
	wild     []*Route
	warnings []string
}

// NewTable compiles routes, in the order of the file. The error joins one
// *Fault for each thing that is wrong. It writes to the routes, so a route must
// not be given to two tables at once.
func NewTable(routes []*Route) (*Table, error) {
	t := &Table{exact: map[string][]*Route{}}
	var faults []error
	for i, r := range routes {
		c := compiler{route: r, index: i}
		c.compile()
		faults = append(faults, c.faults...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	for i, r := range routes {
		t.warnShadowed(i, r)
		if r.From.Wildcard() {
			t.wild = append(t.wild, r)
		} else {
			t.exact[r.From.Host] = append(t.exact[r.From.Host], r)
		}
	}
	return t, nil
}

// Match returns the route of a host (without port), a port and a cleaned path,
// or nil. The port counts only for routes that name one. A host with an exact
// route for the port never falls through to wildcards (Pomerium).
func (t *Table) Match(host, port, path string) *Route {
	host = normalHost(host)
	exact := false
	for _, r := range t.exact[host] {
		if !r.takesPort(port) {
			continue
		}
		exact = true
		if r.matches(path) {
			return r
		}
	}
	if exact || host == "" {
		return nil
	}
	for _, r := range t.wild {
		if r.takesPort(port) && r.compiled.host.matches(host) && r.matches(path) {
			return r
		}
	}
	return nil
}

// MatchCleaned is Match for a cleaned path. It is nil also when the path's two
// readings would mean different routes: then the upstream could serve what
// another route, with another policy, guards.
func (t *Table) MatchCleaned(host, port string, c Cleaned) *Route {
	r := t.Match(host, port, c.Path)
	if c.Alternate != "" && r != t.Match(host, port, c.Alternate) {
		return nil
	}
	return r
}

// KnowsHost reports whether any route concerns host, at whatever port.
func (t *Table) KnowsHost(host string) bool {
	host = normalHost(host)
	if host == "" || len(t.exact[host]) > 0 {
		return host != ""
	}
	for _, r := range t.wild {
		if r.compiled.host.matches(host) {
			return true
		}
	}
	return false
}

// Warnings returns what is allowed but may not be what was meant: routes that
// no request can reach.
func (t *Table) Warnings() []string { return t.warnings }

func (r *Route) takesPort(port string) bool { return r.From.Port == "" || r.From.Port == port }

// warnShadowed looks among the routes before i for one that takes everything
// that r could.
func (t *Table) warnShadowed(i int, r *Route) {
	before := t.exact[r.From.Host]
	if r.From.Wildcard() {
		before = t.wild
	}
	for _, earlier := range before {
		if earlier.shadows(r) {
			t.warnings = append(t.warnings, fmt.Sprintf("routes[%d]: no request reaches it: an earlier route takes everything under %s%s", i, earlier.From, earlier.extent()))
			return
		}
	}
}

// shadows reports whether r surely takes whatever later could.
func (r *Route) shadows(later *Route) bool {
	if r.From.Host != later.From.Host || !r.takesPort(later.From.Port) {
		return false
	}
	mine, theirs := &r.compiled, &later.compiled
	switch {
	case mine.regex != nil:
		return theirs.regex != nil && r.Regex == later.Regex
	case mine.path != "":
		return theirs.regex == nil && theirs.path == mine.path
	case mine.prefix == "" || mine.prefix == "/":
		return true
	case theirs.regex != nil:
		return false
	}
	return strings.HasPrefix(theirs.path, mine.prefix) || theirs.path == "" && strings.HasPrefix(theirs.prefix, mine.prefix)
}

// extent is the key that says which paths the route takes.
func (r *Route) extent() string {
	switch {
	case r.Regex != "":
		return " with regex " + r.Regex
	case r.Path != "":
		return r.Path
	}
	return r.Prefix
}
