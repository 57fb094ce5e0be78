package proxy

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// Config configures a Gateway. AuthenticateURL, SharedSecret, CookieSecret,
// Sessions, Tickets and Attempts must be set. The zero value of every other field is
// Pomerium's default.
type Config struct {
	// Routes are copied: the same may be given to the next Reload.
	Routes   []*Route
	Cleaning route.Cleaning // merge_slashes, normalize_path, path_with_escaped_slashes_action
	// Underscores says what happens to header names with "_"
	// (headers_with_underscores_action).
	Underscores UnderscoreAction

	// AuthenticateURL is the public URL of the authenticate host. Its port is
	// also the public port of routes whose From has none. NoSignIn: there is none.
	AuthenticateURL *url.URL
	// Elsewhere reports whether another part of the installation answers a host:
	// no route with a wildcard takes it. It is asked during requests, with a host
	// as package hostname spells it. nil: there is no such part.
	Elsewhere    func(host string) bool
	SharedSecret []byte // 32 bytes: signs links and, without SigningKeys, assertions
	CookieSecret []byte // 32 bytes: seals cookies
	// SigningKeys sign assertions: the first signs, all are published. P-256
	// and RSA. Empty: a P-256 key is derived from SharedSecret.
	SigningKeys []crypto.Signer

	Providers authenticate.Providers // nil: nobody can sign in
	Sessions  *session.Manager       // finds and keeps sessions
	Tickets   *session.Tickets       // take a session to an application's host
	Attempts  *relyingparty.Attempts // sign-ins at providers that have begun
	// Issuers are those whose JWTs programs may present (identity_providers).
	Issuers []*relyingparty.Issuer
	// Accounts check the tokens of service accounts. nil: there are none.
	Accounts bearer.Accounts
	// Devices has the devices that people enrol at the authenticate host. nil: nobody
	// can, and a policy that asks for one refuses.
	Devices *device.Engine

	Cookie Cookie
	// ClaimHeaders are additional identity headers: header name to claim name
	// (jwt_claims_headers).
	ClaimHeaders map[string]string
	// ResponseHeaders are set on every answer (set_response_headers). nil: the
	// defaults; empty: none.
	ResponseHeaders map[string]string
	// HeaderNames are names of headers as HTTP/1.1 sends them (http1_header_names),
	// besides those that are known to need another spelling than net/http's.
	HeaderNames []string
	// TLS says that this process serves TLS. Then the default response headers
	// have Strict-Transport-Security.
	TLS bool
	// UpstreamTimeout limits a whole request if its route sets no timeout. 0:
	// 30 seconds (default_upstream_timeout).
	UpstreamTimeout time.Duration
	// UpstreamCAs verify upstreams whose route names no CA. nil: the system's
	// CAs.
	UpstreamCAs *x509.CertPool
	// Secrets returns the secrets that there are now, to which set_request_headers may
	// refer. It is asked during requests. nil: there are none.
	Secrets func() map[string]seal.Secret
	// Upgrades are protocols to which the connections of all routes may change, in
	// lower case (allow_upgrades).
	Upgrades []string
	// UpstreamFamily is "4" or "6" if upstreams are reached at such addresses alone.
	UpstreamFamily string
	// ProgrammaticHosts are the hosts to which a program's credential may be
	// sent (programmatic_redirect_domain_whitelist). "localhost" means every
	// loopback address. nil: "localhost".
	ProgrammaticHosts []string
	// SignOutURL is where a sign-out ends that the provider does not lead elsewhere
	// (signout_redirect_url). Empty: our page.
	SignOutURL string
	// TrustedHops is how many entries at the right end of X-Forwarded-For our own
	// proxies wrote (xff_num_trusted_hops).
	TrustedHops int

	NoPortal    bool // there is no portal of routes (runtime flag routes_portal: false)
	JWTEndpoint bool // /.pomerium/jwt tells the assertion (runtime flag pomerium_jwt_endpoint)

	SkipXFFAppend bool // skip_xff_append

	ForwardAuth ForwardAuth // which proxies may ask Gateway.ForwardAuth

	Front Front            // signs people in beside Pomerium's front; nil: none
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: nothing is logged

	// Decided is told of each decision: whether the request passes, and how long the
	// decision took. nil: nobody counts.
	Decided func(allowed bool, took time.Duration)
	// AccessFields and AuthorizeFields choose Pomerium's fields of the log
	// (access_log_fields, authorize_log_fields). nil: the usual line is logged.
	AccessFields, AuthorizeFields []string
}

// Cookie says how session cookies are set.
type Cookie struct {
	// Name is the cookie's name (cookie_name). Where the host has TLS and Domain
	// is empty, the cookie that counts has the prefix "__Host-" before it. The
	// name without the prefix is then a copy, unless it is the default.
	Name     string        // empty: "_pomerium"
	Domain   string        // cookie_domain; empty: a cookie of each host alone
	Life     time.Duration // cookie_expire; 0: 14 hours
	SameSite http.SameSite // cookie_same_site; 0: Lax
	Script   bool          // cookie_http_only: false
}

// Gateway is an http.Handler for the hosts of its routes and of its
// authenticate service.
type Gateway struct {
	live       atomic.Pointer[live]
	background background
	open       openExchanges
	checking   sync.WaitGroup // the health checks
}

// New returns a gateway. The error joins everything that is wrong with cfg.
func New(cfg Config) (*Gateway, error) {
	g := &Gateway{}
	return g, g.Reload(cfg)
}

// Reload makes the gateway use cfg for the requests that come later. Requests
// under way go on with the old Config, unless cfg would not let them through: their
// connections are cut. On an error nothing changes.
func (g *Gateway) Reload(cfg Config) error {
	next, err := g.Prepare(cfg)
	if err != nil {
		return err
	}
	next.Use()
	return nil
}

// Next is a Config that is ready to be used. Exactly one of its methods is called,
// once. Neither fails.
type Next struct {
	gateway *Gateway
	live    *live
}

// Prepare does of Reload what may fail.
func (g *Gateway) Prepare(cfg Config) (*Next, error) {
	next, err := compile(cfg, &g.background, &g.open, g.live.Load())
	if err != nil {
		return nil, err
	}
	return &Next{gateway: g, live: next}, nil
}

// Use makes the gateway use the Config for the requests that come later, and cuts the
// connections that it would not let through.
func (n *Next) Use() {
	if old := n.gateway.live.Swap(n.live); old != nil {
		old.retire()
	}
	n.live.start(&n.gateway.checking)
	n.gateway.open.follow(n.live.forwarder)
}

// Drop is for a Config that is not to be used after all.
func (n *Next) Drop() { n.live.retire() }

// Close waits for the background tasks. No request may come any more.
func (g *Gateway) Close() {
	g.background.wait()
	g.live.Load().retire()
	g.checking.Wait()
}

// Serves reports whether a host (without port) is one of the gateway's.
func (g *Gateway) Serves(host string) bool {
	l := g.live.Load()
	return host == l.host || l.table.KnowsHost(host)
}

// Tunnels reports whether the gateway has routes for TCP connections. It then answers
// CONNECT to every host.
func (g *Gateway) Tunnels() bool { return g.live.Load().table.HasTunnels() }

// Warnings returns what the routes and their policies allow although it may not
// be intended.
func (g *Gateway) Warnings() []string {
	l := g.live.Load()
	all := slices.Clone(l.table.Warnings())
	for i, r := range inFileOrder(l.routes) {
		if r.Policy == nil {
			continue
		}
		for _, w := range r.Policy.Warnings() {
			all = append(all, fmt.Sprintf("routes[%d] (%s): %s", i, r.From, w))
		}
	}
	return all
}

// Locate returns the public URL of a path of an application. hostport is the
// application's host, with or without the port that browsers use. uri is a path
// with or without a query. It returns nil if the gateway has no such
// application, if uri is not a plain path, or if the gateway answers the path
// itself.
func (g *Gateway) Locate(hostport, uri string) *url.URL {
	return g.live.Load().locate(hostport, uri)
}

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	web.NoteEdge(r.Context(), "gateway")
	g.live.Load().handler.ServeHTTP(w, r)
}
