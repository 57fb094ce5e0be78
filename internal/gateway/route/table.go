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
	tunnels  tunnels
	reserved func(host string) bool
	shadows  []Shadow
}

// Shadow is a route that no request can reach, because an earlier route takes
// all its requests.
type Shadow struct {
	Route, By           *Route
	RouteIndex, ByIndex int // in the order of NewTable's argument
}

// NewTable compiles routes, in the order of the file. The error joins one *Fault
// for each mistake. It writes to the routes, so two tables must not share one.
//
// No route with a wildcard takes a host that reserved reports: people sign in
// there. It is asked for each request, with a host as package hostname spells it.
// nil: no host is reserved.
func NewTable(routes []*Route, reserved func(host string) bool) (*Table, error) {
	if reserved == nil {
		reserved = func(string) bool { return false }
	}
	t := &Table{exact: map[string][]*Route{}, tunnels: tunnels{exact: map[string]*Route{}}, reserved: reserved}
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
		r.compiled.index = i
		if r.Tunnels != nil {
			t.addTunnel(i, r)
			continue
		}
		t.noteShadow(i, r)
		if r.From.Wildcard() {
			t.wild = append(t.wild, r)
		} else {
			t.exact[r.From.Host] = append(t.exact[r.From.Host], r)
		}
	}
	return t, nil
}

// Match returns the route of a host (without port), a port and a cleaned path, or
// nil. The port is compared only with routes that name one. A host that has a
// route without wildcard for the port never uses one with a wildcard (Pomerium).
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
	if exact || host == "" || t.reserved(host) {
		return nil
	}
	for _, r := range t.wild {
		if r.takesPort(port) && r.compiled.host.matches(host) && r.matches(path) {
			return r
		}
	}
	return nil
}

// MatchCleaned is Match for a cleaned path. It also returns nil if the two readings
// of the path have different routes: then the upstream could serve a page that
// another policy protects.
func (t *Table) MatchCleaned(host, port string, c Cleaned) *Route {
	r := t.Match(host, port, c.Path)
	if c.Alternate != "" && r != t.Match(host, port, c.Alternate) {
		return nil
	}
	return r
}

// KnowsHost reports whether any route has the host, at any port.
func (t *Table) KnowsHost(host string) bool {
	host = normalHost(host)
	if host == "" || len(t.exact[host]) > 0 || t.TunnelHost(host) {
		return host != ""
	}
	if t.reserved(host) {
		return false
	}
	for _, r := range t.wild {
		if r.compiled.host.matches(host) {
			return true
		}
	}
	return false
}

// Shadows returns the routes that no request can reach.
func (t *Table) Shadows() []Shadow { return t.shadows }

// Warnings returns a sentence for each route that no request can reach, with the
// reason.
func (t *Table) Warnings() []string {
	var all []string
	for _, s := range t.shadows {
		all = append(all, fmt.Sprintf("routes[%d]: no request reaches it: routes[%d] takes everything under %s", s.RouteIndex, s.ByIndex, s.By.Pattern()))
	}
	return all
}

func (r *Route) takesPort(port string) bool { return r.From.Port == "" || r.From.Port == port }

// noteShadow looks among the routes before r for one that takes everything that
// r could. Only routes of the same host, or other wildcards, can.
func (t *Table) noteShadow(index int, r *Route) {
	before := t.exact[r.From.Host]
	if r.From.Wildcard() {
		before = t.wild
	}
	for _, earlier := range before {
		if earlier.shadows(r) {
			t.shadows = append(t.shadows, Shadow{Route: r, By: earlier, RouteIndex: index, ByIndex: earlier.compiled.index})
			return
		}
	}
}

// shadows reports whether r surely takes whatever later could.
func (r *Route) shadows(later *Route) bool {
	if !r.coversHost(later) || !r.takesPort(later.From.Port) {
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

// coversHost reports whether r takes every host that later takes, where both
// are exact or both have a wildcard. A * in later's host meets a * of r's, since
// it is in no other part of a pattern.
func (r *Route) coversHost(later *Route) bool {
	return r.compiled.host.matches(later.From.Host)
}

// Pattern describes the requests that the route takes:
// https://app.example.com/public/*.
func (r *Route) Pattern() string {
	switch {
	case r.Tunnels != nil:
		return "CONNECT " + strings.Join(r.Tunnels, ", ")
	case r.Regex != "":
		return r.From.String() + " (path matches " + r.Regex + ")"
	case r.Path != "":
		return r.From.String() + r.Path
	case r.Prefix != "":
		return r.From.String() + r.Prefix + "*"
	}
	return r.From.String()
}
