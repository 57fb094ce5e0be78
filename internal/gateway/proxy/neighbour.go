package proxy

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/extauthz"
	"gatehouse/internal/gateway/route"
)

// Another proxy may ask whether a request may pass, and then pass it on itself. The
// chain decides as about a request of the gateway's own; only its end differs.
//
//	client ─▶ other proxy ─────────────────────────▶ application
//	            │ question      ▲ 200 with headers for the application,
//	            ▼               │ or an answer for the client
//	          original ─▶ chain.serve ─▶ tell
//
// The other proxy must pass /.pomerium/ of each host on to the gateway: people sign in
// there.

// ForwardAuth says which proxies may ask (forward_auth). The zero value lets nobody.
type ForwardAuth struct{ Trusted []netip.Prefix }

// What is refused to another proxy.
var (
	ErrNeighbour  = fault.New(fault.Denied, "forward_auth_peer", "Only the proxies that forward_auth.trusted_proxies names may ask here.")
	ErrQuestion   = fault.New(fault.Invalid, "forward_auth_question", "The proxy in front does not say which request it asks about.")
	ErrOwnAddress = fault.New(fault.Denied, "forward_auth_own_address", "This address belongs to the gateway. The proxy in front must pass it on to the gateway, and not ask about it.")
	ErrOtherWay   = fault.New(fault.Denied, "forward_auth_other_way", "This application is reached through the gateway alone.")
)

// neighbour is a kind of proxy: how it asks, and what it takes as an answer.
type neighbour struct {
	name string
	read func(r *http.Request, hops int) (*original, error)
	// statusOnly says that it takes 200, 401 and 403, and no page. A redirect becomes 401
	// with the header Location.
	statusOnly bool
}

var (
	nginx     = &neighbour{name: "nginx", read: byURL, statusOnly: true}
	traefik   = &neighbour{name: "traefik", read: byForwarded}
	caddy     = &neighbour{name: "caddy", read: byForwarded}
	envoy     = &neighbour{name: "envoy", read: byPath}
	envoyGRPC = &neighbour{name: "envoy_grpc"}
)

// neighbourAt returns the proxy that asks at a path, or nil.
func neighbourAt(path string) *neighbour {
	if strings.HasPrefix(path, pathEnvoy+"/") {
		return envoy
	}
	return map[string]*neighbour{"/nginx": nginx, "/traefik": traefik, "/caddy": caddy}[path]
}

// ForwardAuth returns the handler of the questions of other proxies.
func (g *Gateway) ForwardAuth() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.NoteEdge(r.Context(), "gateway")
		l := g.live.Load()
		web.Handle(l.answerNeighbour, l.answers.render).ServeHTTP(w, r)
	})
}

func (l *live) answerNeighbour(w http.ResponseWriter, r *http.Request) error {
	if !l.trusted(web.ClientAddrBehind(r, 0)) {
		return ErrNeighbour
	}
	if r.URL.Path == extauthz.CheckPath {
		return l.answerCheck(w, r)
	}
	by := neighbourAt(r.URL.Path)
	if by == nil {
		return ErrNoRoute
	}
	o, err := by.read(r, max(l.trustedHops, 1))
	if err != nil {
		return err
	}
	l.ask(&inquiry{ResponseWriter: w, by: by}, r, o)
	return nil
}

// trusted reports whether the peer of a connection may ask.
func (l *live) trusted(peer netip.Addr) bool {
	return slices.ContainsFunc(l.neighbours.Trusted, func(n netip.Prefix) bool { return n.Contains(peer) })
}

// ask has the chain answer a question. outer is the request that asks.
func (l *live) ask(a *inquiry, outer *http.Request, o *original) {
	answer := l.forwarder.newAnswerWriter(a)
	answer.exchange.asked = a
	a.path, _, _ = strings.Cut(o.target, "?")
	r, err := o.request(outer)
	l.noteQuestion(r, a, &answer.exchange)
	if err == nil {
		err = l.serve(answer, r)
	}
	if err != nil {
		web.NoteError(r.Context(), err)
		l.answers.render(answer, r, err)
	}
	if !a.begun {
		a.WriteHeader(http.StatusForbidden)
	}
}

// noteQuestion makes the log line of a question say which request it is about.
func (l *live) noteQuestion(r *http.Request, a *inquiry, x *exchange) {
	if l.logFields.access != nil {
		l.logFields.noteLine(r, x)
		return
	}
	web.Note(r.Context(), slog.String("asked_by", a.by.name), slog.String("asked_method", r.Method), slog.String("asked_host", r.Host),
		slog.String("asked_path", r.URL.Path), slog.String("client", web.ClientAddrBehind(r, 0).String()))
}

// inquiry is a question of another proxy, and the writer of its answer. No status but
// that of a request that was allowed looks like a permission.
type inquiry struct {
	http.ResponseWriter
	by             *neighbour
	path           string // of the request asked about, as the application would get it
	begun, allowed bool

	set    http.Header // of the application's request, if it is allowed
	remove []string
}

// WriteHeader implements http.ResponseWriter.
func (a *inquiry) WriteHeader(status int) {
	if status < http.StatusOK || a.begun {
		return
	}
	a.begun = true
	a.ResponseWriter.WriteHeader(a.status(status))
}

// Write implements io.Writer.
func (a *inquiry) Write(p []byte) (int, error) {
	if !a.begun {
		a.WriteHeader(http.StatusForbidden)
	}
	return a.ResponseWriter.Write(p)
}

func (a *inquiry) status(status int) int {
	switch {
	case a.allowed:
		return http.StatusOK
	case status < 300:
		return http.StatusForbidden
	case !a.by.statusOnly, status == http.StatusUnauthorized, status >= 500:
		return status
	case status < 400:
		a.Header().Set("WWW-Authenticate", "Bearer") // RFC 9110 §15.5.2
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

// checkAsked refuses questions about what is no application's, and requests that the
// application could read in another way than the policy. A browser that opens such a
// page is sent to the plain spelling.
func (c *chain) checkAsked(a *inquiry, r *http.Request, host string, cleaned route.Cleaned) error {
	switch {
	case host == c.host && (!c.table.KnowsHost(host) || isSignIn(cleaned.Path)), c.ownOfNeighbour(cleaned.Path), c.ownOfNeighbour(cleaned.Alternate):
		return ErrOwnAddress
	case !cleaned.SentAs(a.path) && r.Method != http.MethodGet && r.Method != http.MethodHead:
		return ErrBadPath
	}
	return nil
}

// ownOfNeighbour reports whether the gateway answers a path of an application that
// another proxy serves. The probes there are the application's.
func (c *chain) ownOfNeighbour(path string) bool {
	return isInternal(path) && path != "/ping" && path != "/healthz" || c.front != nil && strings.HasPrefix(path, "/cdn-cgi/access/")
}
