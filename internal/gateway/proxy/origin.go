package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
)

// ErrOrigin refuses a connection that a page of another origin opens in the name
// of a person.
var ErrOrigin = fault.New(fault.Denied, "upgrade_origin", "A page of another site may not open a connection here in your name.")

// origin is the origin of a page (RFC 6454 §4), without the port if it is the
// scheme's own.
type origin struct{ scheme, host, port string }

// parseOrigin reads a header Origin. Opaque origins ("null") and those of other
// schemes than http and https are not ok.
func parseOrigin(text string) (origin, bool) {
	scheme, rest, _ := strings.Cut(text, "://")
	host, port, ok := hostname.Parse(rest)
	if port == defaultPort(scheme) {
		port = ""
	}
	return origin{scheme, host, port}, ok && (scheme == "https" || scheme == "http")
}

// checkOrigin refuses an upgrade with a session that a page of another origin
// asks for, unless the route knows that origin. Browsers send their cookies along
// with the websockets of every page, and ask nobody first: RFC 6455 §10.2. A
// client without the header Origin is no browser. A tunnel is refused without a
// session too: the page could reach, from the person's place in the network, what it
// can't reach from its own.
func (f *forwarder) checkOrigin(r *http.Request, x *exchange) error {
	sent, there := r.Header["Origin"]
	if !there || x.session == nil && x.authority == "" {
		return nil
	}
	text := strings.Join(sent, ", ")
	if slices.Contains(x.route.origins, strings.ToLower(text)) {
		return nil
	}
	if o, ok := parseOrigin(text); ok && (f.isOwn(o, r, x) || f.isJoined(o, x)) {
		return nil
	}
	return ErrOrigin.Because(fmt.Errorf("the page that asks is of the origin %.200q", text))
}

// isOwn reports whether an origin is that of the application itself.
func (f *forwarder) isOwn(o origin, r *http.Request, x *exchange) bool {
	if o.host != x.host || o.scheme != f.scheme(x.host) {
		return false
	}
	public := f.publicPort(r, x.route.Route.Route)
	return o.port == portOf(r.Host) || o.port == public || o.port == "" && public == defaultPort(o.scheme)
}

// isJoined reports whether an origin is an application of ours that shares its
// sign-in with this one: depends_on of one of the two names the other.
func (f *forwarder) isJoined(o origin, x *exchange) bool {
	u := &url.URL{Scheme: o.scheme, Host: joinPort(o.host, o.port)}
	if !f.ours(u) {
		return false
	}
	return x.route.dependsOn(o.host) || slices.ContainsFunc(f.joining, func(r *Route) bool {
		return r.dependsOn(x.host) && r.From.Takes(o.host)
	})
}

func (r *Route) dependsOn(host string) bool {
	return slices.ContainsFunc(r.DependsOn, func(h string) bool { return hostname.Of(h) == host })
}

// joiningRoutes returns the routes that share their sign-in with others.
func joiningRoutes(routes []*Route) []*Route {
	return slices.DeleteFunc(slices.Clone(routes), func(r *Route) bool { return len(r.DependsOn) == 0 })
}

// knownOrigins returns the origins that a route names: those of its own key, and
// the one that may read its answers. A header that allows all of them names none:
// it is for requests without a session.
func (cr *compiledRoute) knownOrigins() []string {
	named := append(slices.Clone(cr.Origins), cr.response.Get("Access-Control-Allow-Origin"))
	var known []string
	for _, text := range named {
		text = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "/"))
		if text != "" && text != "*" && text != "null" {
			known = append(known, text)
		}
	}
	return known
}
