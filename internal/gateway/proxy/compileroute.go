package proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/gateway/balance"
	"gatehouse/internal/gateway/limit"
)

// defaultUpstreamTimeout is Pomerium's default_upstream_timeout.
const defaultUpstreamTimeout = 30 * time.Second

// compiledRoute is a Route made ready.
type compiledRoute struct {
	*Route
	label         string // for logs
	idOnce        sync.Once
	idText        string // see id
	index         int    // in the file
	needsIdentity bool
	asksTool      bool // the policy asks which tools a request calls
	upgrades      []string
	origins       []string      // whose pages may ask for upgrades in a person's name, besides the route's own
	timeout       time.Duration // 0: none
	idle          time.Duration // without a byte in either direction; 0: no limit

	request  []headerTo // set_request_headers
	jwt      bool       // a template of request needs the assertion
	tokens   bool       // a template of request needs a token of the session
	lends    bool       // request has a credential of the route's own
	secrets  []string   // the names of those to which the templates of request refer
	remove   []string   // remove_request_headers, canonical
	written  written    // the names of both, and the gateway's own
	response http.Header
	builtIn  map[string]bool // names of response that no file set, and that an upstream may set more strictly
	rewrites []HeaderRewrite

	preflights preflights // that upstreams have answered

	targets []*target    // in the order of To
	set     *balance.Set // which of them is next; nil: there is one, and nothing to be known of it
	relay   *relay
	limiter *limit.Callers // nil: there is no limit

	// connect makes the connections of a route for TCP, which has no relay.
	connect  func(ctx context.Context, network, addr string) (net.Conn, error)
	proxying *proxying // by which its upstreams make them; nil: they are the targets
}

type headerTo struct {
	name     string
	template headerTemplate
}

// compileRoute makes a route ready.
func (cfg *Config) compileRoute(r *Route, f *forwarder, ts *transports) (*compiledRoute, error) {
	cr := &compiledRoute{
		Route: r, label: cmp.Or(r.Name, r.From.String()), needsIdentity: r.Policy.NeedsIdentity() || r.Kubernetes != nil, upgrades: slices.Concat(r.Upgrades, cfg.Upgrades),
		asksTool: r.Policy.AsksTool(), timeout: cfg.timeoutOf(r), response: f.plain.response, builtIn: f.plain.builtIn, rewrites: r.RewriteResponseHeaders,
	}
	if r.NoResponseHeaders || len(r.SetResponseHeaders) > 0 {
		cr.response, cr.builtIn = responseHeaders(r, cfg.defaultResponseHeaders()), cfg.builtInHeaders(r)
	}
	cr.origins, cr.idle = cr.knownOrigins(), cr.idleTimeoutOf()
	cr.limiter = limit.New(r.Limit, f.earlier(cr).limiter)
	if err := cr.compileRequestHeaders(f.plain); err != nil {
		return nil, err
	}
	if r.fixed() {
		return cr, nil
	}
	if r.isTunnel() && cr.asksTool {
		return nil, errors.New("policy: mcp_tool: nobody reads what is sent through a route for TCP")
	}
	if r.isTunnel() {
		return cr, cfg.compileTunnel(cr, f, ts)
	}
	return cr, cfg.compileUpstreams(cr, f, ts)
}

// plainHeaders are those of a route that sets none. Such routes share them, and nobody
// changes them.
type plainHeaders struct {
	written  written
	response http.Header
	builtIn  map[string]bool
}

func (cfg *Config) plainHeaders() *plainHeaders {
	r := &Route{}
	return &plainHeaders{newWritten(nil), responseHeaders(r, cfg.defaultResponseHeaders()), cfg.builtInHeaders(r)}
}

// compileRequestHeaders reads set_request_headers and remove_request_headers.
func (cr *compiledRoute) compileRequestHeaders(plain *plainHeaders) error {
	for _, name := range sortedKeys(cr.SetRequestHeaders) {
		if strings.EqualFold(name, "Host") || strings.HasPrefix(name, ":") {
			return fmt.Errorf("set_request_headers: %s can't be set; use host_rewrite for the host", name)
		}
		value := cr.SetRequestHeaders[name]
		template := parseTemplate(value)
		cr.request = append(cr.request, headerTo{textproto.CanonicalMIMEHeaderKey(name), template})
		cr.addSecrets(template)
		cr.lends = cr.lends || strings.EqualFold(name, "Authorization") || len(cr.secrets) > 0
		cr.jwt = cr.jwt || strings.Contains(value, "pomerium.jwt")
		cr.tokens = cr.tokens || strings.Contains(value, "pomerium.id_token") || strings.Contains(value, "pomerium.access_token")
	}
	for _, name := range cr.RemoveRequestHeaders {
		cr.remove = append(cr.remove, textproto.CanonicalMIMEHeaderKey(name))
	}
	cr.written = plain.written
	if ours := append(cr.setNames(), cr.remove...); len(ours) > 0 {
		cr.written = newWritten(ours)
	}
	return nil
}

// setNames returns the names of the headers that the route sets on requests.
func (cr *compiledRoute) setNames() []string {
	names := make([]string, len(cr.request))
	for i, h := range cr.request {
		names[i] = h.name
	}
	return names
}

func (cfg *Config) timeoutOf(r *Route) time.Duration {
	switch {
	case r.Timeout != nil:
		return *r.Timeout
	case len(r.Upgrades) > 0, r.isTunnel():
		return 0 // Pomerium: an upgraded connection lives as long as it likes
	case cfg.UpstreamTimeout > 0:
		return cfg.UpstreamTimeout
	}
	return defaultUpstreamTimeout
}

// compileUpstreams makes the way to the upstreams of a route ready.
func (cfg *Config) compileUpstreams(cr *compiledRoute, f *forwarder, ts *transports) error {
	if len(cr.To) == 0 {
		return errors.New("the route has no target: one of to, redirect and response is required")
	}
	for _, u := range cr.To {
		t, err := ts.target(u.URL)
		if err != nil {
			return err
		}
		cr.targets = append(cr.targets, t)
	}
	transport, err := ts.upgrading(cr)
	if err != nil {
		return err
	}
	cr.relay = &relay{f, transport}
	if cr.balances() {
		cr.set = cfg.newSet(cr, ts, f.earlier(cr).set)
		cr.relay.transport = failover{transport, cr.set}
	}
	return nil
}

// allowsUpgrade reports whether a route lets a connection change its protocol. Nobody would
// read then which tools are called.
func (cr *compiledRoute) allowsUpgrade(protocol string) bool {
	return !cr.asksTool && printable(protocol) && slices.Contains(cr.upgrades, strings.ToLower(protocol))
}

// printable reports whether a text is ASCII without control characters: other letters
// may become these when their case changes.
func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// lendsRights reports whether the upstream sees a credential of the route's own.
func (cr *compiledRoute) lendsRights() bool { return cr.lends || cr.Kubernetes != nil }
