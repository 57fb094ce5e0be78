package proxy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// The portal of routes: what a person may open. The routes' own policies decide.

const (
	pathRoutes    = "/.pomerium/routes"
	pathRoutesAPI = "/.pomerium/api/v1/routes"
)

// Portal is what the portal shows of a route besides its name.
type Portal struct {
	Description string
	// LogoURL is the URL of a web server, or data:image/…; see [page.Tile].
	LogoURL string
}

// portalRoute is a route in the form of the portal's API. Pomerium: a client of
// its portal reads these members.
type portalRoute struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	From        string `json:"from"`
	Description string `json:"description"`
	// ConnectCommand reaches a route for TCP, which no browser opens.
	ConnectCommand string `json:"connect_command,omitempty"`
	LogoURL        string `json:"logo_url"`

	href string // where the application opens; "": the route does not tell
}

// portalEntry is a route as it was compiled for the portal.
type portalEntry struct {
	route *compiledRoute
	shown portalRoute
	path  string // of the route's own, where its application begins; "/": unknown
}

// newPortal returns the portal's entries, in the order of the file.
func newPortal(routes []*compiledRoute) []portalEntry {
	entries := make([]portalEntry, 0, len(routes))
	for _, cr := range routes {
		path := cmp.Or(cr.Path, cr.Prefix, "/")
		if cr.Regex != "" {
			path = "/"
		}
		shown := portalRoute{ID: cr.id(), Name: cr.portalName(path), Type: "http", From: cr.From.String(), Description: cr.Portal.Description, LogoURL: cr.Portal.LogoURL}
		if cr.isTunnel() {
			shown.Name, shown.Type, shown.From = cmp.Or(cr.Name, strings.Join(cr.Tunnels, ", ")), "tcp", cr.tunnelURL(cr.Tunnels...)
		}
		entries = append(entries, portalEntry{route: cr, path: path, shown: shown})
	}
	return entries
}

// portalName returns the name of a route for people: its own, else where it is.
func (cr *compiledRoute) portalName(path string) string {
	if path == "/" {
		path = ""
	}
	return cmp.Or(cr.Name, cr.From.Host+path)
}

// id returns the name of the route that routeID makes. Most are never asked for theirs.
func (cr *compiledRoute) id() string {
	cr.idOnce.Do(func() { cr.idText = routeID(cr.Route) })
	return cr.idText
}

// routeID names a route for logs and clients. It stays the same as long as the
// route takes the same requests to the same place.
func routeID(r *Route) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %v %v", r.From.String(), r.Prefix, r.Path, r.Regex, r.Redirect, r.Response)
	for _, to := range r.To {
		fmt.Fprintf(h, " %q %d", to.URL.String(), to.Weight)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// portalLists is what the portal tells somebody, in the order of the file.
type portalLists struct {
	Routes []portalRoute `json:"routes"`
	// Closed are the routes that do not let the person in, and may say why. It is an
	// addition of ours.
	Closed []closedRoute `json:"closed,omitempty"`
}

// closedRoute is a route that refuses a person, with what its page would say.
type closedRoute struct {
	portalRoute
	Reasons  []string          `json:"reasons"`
	Codes    []string          `json:"codes"`
	Guidance []policy.Guidance `json:"guidance,omitempty"`
}

// listsFor returns what the portal tells the person of a request. s is nil if nobody is
// signed in.
//
// That a route exists is no secret to those to whom it shows its rules
// (show_error_details). Of other closed routes, nobody is told.
func (p *pomerium) listsFor(r *http.Request, s *session.Session) portalLists {
	l := portalLists{Routes: []portalRoute{}}
	for _, e := range p.portal() {
		d, open := p.foresee(r, e.route, s, e.path)
		switch {
		case open:
			e.shown.href, e.shown.ConnectCommand = p.hrefOf(r, e), p.connectCommand(r, e.route)
			l.Routes = append(l.Routes, e.shown)
		case s != nil && d.Outcome == policy.Deny && e.route.ShowErrorDetails:
			l.Closed = append(l.Closed, closedRoute{e.shown, d.Detail(), d.Reasons().Strings(), d.Guidance()})
		}
	}
	return l
}

// hrefOf returns the URL at which a browser opens a route's application, or "" if
// the route does not tell one, as with a wildcard.
func (p *pomerium) hrefOf(r *http.Request, e portalEntry) string {
	from := e.route.From
	if from.Wildcard() {
		return ""
	}
	m := e.route.Route.Route
	port := p.publicPort(r, m)
	if p.table.Match(from.Host, port, e.path) != m {
		return ""
	}
	return (&url.URL{Scheme: p.scheme(from.Host), Host: joinPort(from.Host, port), Path: e.path}).String()
}

// connectCommand returns the command that reaches the first target of a route for TCP,
// or "" if there is none, as with a wildcard.
func (p *pomerium) connectCommand(r *http.Request, cr *compiledRoute) string {
	if !cr.isTunnel() || cr.From.Wildcard() || strings.Contains(cr.Tunnels[0], "*") {
		return ""
	}
	if !cr.targetIsHost() {
		return "gatehouse tunnel " + cr.tunnelURL(cr.Tunnels[0])
	}
	command := "gatehouse tunnel " + cr.Tunnels[0]
	if gateway := joinPort(cr.From.Host, p.publicPort(r, cr.Route.Route)); gateway != cr.From.Host {
		command += " --gateway " + cr.From.Scheme + "://" + gateway
	}
	return command
}

// targetIsHost reports whether the target of a route for TCP is the host at which the
// connections come in, and not one in the path of its URL.
func (cr *compiledRoute) targetIsHost() bool {
	host, _, _ := net.SplitHostPort(cr.Tunnels[0])
	return strings.EqualFold(host, cr.From.Host)
}

// tunnelURL returns the URL of a route for TCP, as the file has it, with some targets.
func (cr *compiledRoute) tunnelURL(targets ...string) string {
	if cr.targetIsHost() {
		return "tcp+" + cr.From.Scheme + "://" + targets[0]
	}
	return "tcp+" + cr.From.String() + "/" + strings.Join(targets, "/")
}

// foresee decides whether the person of a request could open a path of a route now, from
// where they are. open also says so of what a device would open. s is nil if nobody is
// signed in.
func (c *chain) foresee(r *http.Request, cr *compiledRoute, s *session.Session, path string) (d policy.Decision, open bool) {
	method := http.MethodGet
	if cr.isTunnel() {
		method = http.MethodConnect
	}
	q := policy.Request{Method: method, Host: cr.From.Host, Path: path, SourceIP: web.ClientAddrBehind(r, c.trustedHops), Now: c.now()}
	if s != nil && c.counts(s, cr) {
		q.Identity, q.Devices = &s.Identity, s.Devices
	}
	c.certify(&q, r, cr)
	d = cr.Decide(&q)
	return d, d.Outcome == policy.Allow || c.pomerium.devices != nil && cr.mayOpenWithDevice(&q, d)
}

// portalPage shows the portal to a person, and to a visitor what is public.
func (p *pomerium) portalPage(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	return p.answers.page(w, http.StatusOK, portalPage{frame: p.frameOf(r, s, pathRoutes), portalLists: p.listsFor(r, s)}.doc())
}

// portalJSON is the portal for programs.
func (p *pomerium) portalJSON(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sessionHere(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, p.listsFor(r, s))
}

// portalPage is the page with the applications that a person may open.
type portalPage struct {
	frame
	portalLists
}

func (p portalPage) doc() page.Doc {
	d := p.frame.doc("Your applications")
	tiles := make(page.Links, 0, len(p.Routes))
	for _, route := range p.Routes {
		tiles = append(tiles, page.Tile{Title: route.Name, Href: route.href, Text: route.Description, Code: cmp.Or(route.href, route.ConnectCommand, route.From), Picture: route.LogoURL})
	}
	switch {
	case len(tiles) > 0:
		d.Body = append(d.Body, tiles)
	case p.who != "":
		d.Body = append(d.Body, page.Text("There is no application here that your account may open. If you think that there should be one, ask the people who run this site."))
	}
	if len(p.Closed) > 0 {
		d.Body = append(d.Body, page.Section{Heading: "Closed to you", Body: page.Blocks{closedTiles(p.Closed)}})
	}
	return d
}

// closedTiles shows each route with the reasons, and no link.
func closedTiles(routes []closedRoute) (tiles page.Links) {
	for _, route := range routes {
		text := strings.Join(route.Reasons, "; ")
		for _, g := range route.Guidance {
			text += ". " + g.Text()
		}
		tiles = append(tiles, page.Tile{Title: route.Name, Text: text, Code: route.From, Picture: route.LogoURL})
	}
	return tiles
}

// inFileOrder returns the compiled routes in the order of the file.
func inFileOrder[K comparable](routes map[K]*compiledRoute) []*compiledRoute {
	all := make([]*compiledRoute, 0, len(routes))
	for _, cr := range routes {
		all = append(all, cr)
	}
	slices.SortFunc(all, func(a, b *compiledRoute) int { return a.index - b.index })
	return all
}
