package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/clientcert"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
)

// Route is a rule of the gateway: requests that route.Route matches go, under
// a policy, to upstreams. Exactly one of To, Redirect (of the embedded route)
// and Response must be set. A Route must not change after the gateway got it.
type Route struct {
	*route.Route
	Policy *policy.Policy // nil: every request is denied
	Portal Portal         // what the portal shows of it
	// Provider is the id of the identity provider whose sessions this route
	// accepts. Empty: the default provider.
	Provider string
	// Bearer says which tokens of programs the route takes. The zero value takes none:
	// they go to the upstream.
	Bearer bearer.Rule
	// Certificates says which certificates of clients the policy may believe. nil: none.
	Certificates *clientcert.Trust

	// Reauthenticate is how long ago the person of a session may have proved who they are.
	// 0: as long as the session lasts.
	Reauthenticate time.Duration

	// DependsOn are hosts where a sign-in at this route signs the person in as
	// well, for pages that fetch from them (depends_on).
	DependsOn []string

	To        []Upstream
	Balancing Balancing  // among To
	Limit     limit.Rate // of each caller
	Response  *Response

	Timeout     *time.Duration // whole answer; nil: the gateway's, none with upgrades; 0: none
	IdleTimeout *time.Duration // without a byte in either direction; nil: five minutes, none with upgrades; 0: none
	Upgrades    []string       // allowed values of Upgrade, lower case: "websocket", "spdy/3.1"
	Origins     []string       // whose pages may ask for upgrades with a session, besides the route's own: "https://app.example.com"
	TLS         UpstreamTLS
	Kubernetes  *Kubernetes // nil: the upstreams are no API servers of Kubernetes

	MaxMessage int64 // bytes of a request whose tools the policy asks for; 0: 1 MiB

	SetRequestHeaders      map[string]string // values may hold templates
	RemoveRequestHeaders   []string
	SetResponseHeaders     map[string]string // merged over the gateway's
	NoResponseHeaders      bool              // the key "disable": the gateway's are not set
	RewriteResponseHeaders []HeaderRewrite

	GroupsFilter     *GroupsFilter // of which groups upstreams are told (jwt_groups_filter); nil: of all
	PassIdentity     bool          // pass_identity_headers
	IssuerURI        bool          // jwt_issuer_format: the issuer is https://host/ instead of host
	ShowErrorDetails bool          // show_error_details
}

// Upstream is one target of a route.
type Upstream struct {
	URL    *url.URL // http, https, h2c; or unix, http+unix, https+unix with the path of a socket; with Tunnels tcp, or proxies with http or https
	Weight int      // 0: 1
}

// Response is a fixed answer.
type Response struct {
	Status int
	Body   string
}

// HeaderRewrite changes the beginning of an answer's header.
type HeaderRewrite struct{ Header, Prefix, Value string }

// UpstreamTLS says how an upstream's certificate is checked, and which client
// certificate it gets. The zero value checks against the gateway's CAs.
type UpstreamTLS struct {
	SkipVerify  bool
	ServerName  string         // empty: the upstream's host
	CAs         *x509.CertPool // replaces the gateway's; nil: those
	Certificate *tls.Certificate
	Renegotiate bool // tls_upstream_allow_renegotiation
}

// copied returns a copy for one table. A table compiles its routes in place,
// and the same Route may be given to every Reload.
func (r *Route) copied() *Route {
	outer, inner := *r, *r.Route
	outer.Route = &inner
	return &outer
}

// fixed reports whether the gateway itself answers for the route.
func (r *Route) fixed() bool { return r.Redirect != nil || r.Response != nil }

// ParseSameSite reads the key cookie_same_site; left out, it is Lax.
func ParseSameSite(text string) (http.SameSite, bool) {
	switch text {
	case "", "lax":
		return http.SameSiteLaxMode, true
	case "strict":
		return http.SameSiteStrictMode, true
	case "none":
		return http.SameSiteNoneMode, true
	}
	return 0, false
}
