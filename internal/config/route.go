package config

import (
	"net/url"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Route is one rule of the gateway: which requests it takes, where it sends them,
// and who may use it.
type Route struct {
	// A name for logs and for the portal of routes, `/.pomerium/routes`.
	Name string `key:"name"`

	// A text for the portal: what the application is for.
	Description string `key:"description"`

	// A small picture for the portal: the URL of a web server, from which the
	// browsers of people load it, or `data:image/…`. The portal leaves out other
	// texts.
	LogoURL string `key:"logo_url"`

	Match
	Target
	Rewrite
	Allow
	RouteBearer
	RouteCertificates
	RouteProvider
	Headers
	Upgrades
	Upstream
	Kubernetes
	ModelContext
	Balancing

	// Tunnel is what a route for TCP connections answers; nil: it is for HTTP.
	Tunnel *Tunnel

	// Key is the path of the route in the file, for example "routes[3]".
	Key string
	// File and Line say where the route begins. For a route from the
	// environment, File is the variable's name and Line is 0.
	File string
	Line int
}

// SetPlace remembers where the route stands.
func (r *Route) SetPlace(path string, at settings.Place) {
	r.Key, r.File, r.Line = path, at.File, at.Line
	if at.Variable != "" {
		r.File = at.Variable
	}
}

// Match says which requests a route is for.
type Match struct {
	// Scheme and host of the requests. A `*` in the host stands for any
	// characters. A request to a host that another route names exactly never
	// goes to a route with `*`. A port is compared only if it is given here. With
	// `tcp+https` the route is for TCP connections, which programs ask for with
	// CONNECT to exactly this host and port (`tcp+https://redis.example.com:6379`), or
	// to one of those that the path names (`tcp+https://proxy.example.com/redis:6379`).
	// A target without a port has that of https, 443.
	From *url.URL `key:"from"`

	// The path begins with this text.
	Prefix string `key:"prefix"`

	// The path is exactly this text. Wins over `prefix`.
	Path string `key:"path"`

	// The whole path matches this regular expression (RE2). Wins over `path`
	// and `prefix`.
	Regex string `key:"regex"`
}

// Target says what answers the requests of a route: upstreams, a redirect, or
// a fixed answer. A route needs one of these three.
type Target struct {
	// The upstreams: one URL or a list. Either all or none of them have a
	// weight, written after a comma: `http://app:8080,10`. The path of the first
	// URL acts as `prefix_rewrite`, also if it is a slash alone: with `prefix: /admin`,
	// `http://app:8080/` gets `/users` for `/admin/users`, and `http://app:8080` gets
	// `/admin/users`. Upstreams at unix sockets are
	// `http+unix:///run/app.sock` (or `unix:`) and `https+unix:`; such an upstream
	// gets the host that the client asked for, and by TLS it must have a certificate
	// for `tls_server_name`, or else for localhost. A route with `tcp+https` has
	// `tcp://host:port`, or HTTP proxies (`http://proxy:3128`, `https://…`) that get a
	// CONNECT with the headers of the route: with `preserve_host_header` for the host
	// and port that the program names, with `host_rewrite` for those there, and
	// otherwise for their own.
	To UpstreamURLs `key:"to"`

	// Redirect the browser.
	Redirect *Redirect `key:"redirect"`

	// Answer with a fixed text.
	Response *Response `key:"response"`

	// Other hosts whose session cookie is set in the same sign-in, at most 5.
	DependsOn []string `key:"depends_on"`
}

// UpstreamURLs is a list of upstreams.
type UpstreamURLs []UpstreamURL

// UpstreamURL is the address of an upstream, and its share of the requests.
type UpstreamURL struct {
	URL    *url.URL
	Weight int // 0 when the route gives no weights
}

// Redirect is a redirect that a route answers with.
type Redirect struct {
	// Redirect to https. Wins over `scheme_redirect`.
	HTTPSRedirect bool `key:"https_redirect"`

	// The scheme to redirect to.
	SchemeRedirect string `key:"scheme_redirect" enum:",http,https"`

	// The host to redirect to.
	HostRedirect string `key:"host_redirect"`

	// The port to redirect to.
	PortRedirect int `key:"port_redirect"`

	// The path to redirect to. Wins over `prefix_rewrite`.
	PathRedirect string `key:"path_redirect"`

	// What replaces the part of the path that the route matched.
	PrefixRewrite string `key:"prefix_rewrite"`

	// The status: 301, 302, 303, 307 or 308.
	ResponseCode int `key:"response_code" default:"301"`

	// Leave the query out.
	StripQuery bool `key:"strip_query"`
}

// Response is a fixed answer.
type Response struct {
	// The status.
	Status int `key:"status" default:"200"`

	// The text.
	Body string `key:"body"`
}

// Rewrite says how path and host change on the way to the upstream. If several
// host keys are set, the first one in the order here is used. If no host key is
// set, the upstream gets the host of its own URL.
type Rewrite struct {
	// What replaces the part of the path that the route matched.
	PrefixRewrite string `key:"prefix_rewrite"`

	// A regular expression (RE2) on the path. Not together with
	// `prefix_rewrite`.
	RegexRewritePattern string `key:"regex_rewrite_pattern"`

	// What replaces each match of the expression; `\1` is the first group.
	RegexRewriteSubstitution string `key:"regex_rewrite_substitution"`

	// The host that the upstream gets.
	HostRewrite string `key:"host_rewrite"`

	// The request header whose value becomes the host.
	HostRewriteHeader string `key:"host_rewrite_header"`

	// A regular expression (RE2) on the path, from which the host is built.
	HostPathRegexRewritePattern string `key:"host_path_regex_rewrite_pattern"`

	// The host that is built; `\1` is the first group.
	HostPathRegexRewriteSubstitution string `key:"host_path_regex_rewrite_substitution"`

	// Send the host that the client asked for.
	PreserveHostHeader bool `key:"preserve_host_header"`
}

// Allow says who may use a route. A route without any of these keys denies
// everyone. The keys are alternatives: a user who matches one of them may pass,
// unless a rule of `policy` denies the user.
type Allow struct {
	// Everyone, without sign-in.
	AllowPublicUnauthenticatedAccess bool `key:"allow_public_unauthenticated_access"`

	// Everyone who has signed in.
	AllowAnyAuthenticatedUser bool `key:"allow_any_authenticated_user"`

	// These people, by e-mail address or user id.
	AllowedUsers []string `key:"allowed_users"`

	// People whose e-mail address has one of these domains.
	AllowedDomains []string `key:"allowed_domains"`

	// People who have one of the listed values in one of these claims: a map of
	// claim to list of values. Names of claims are case-sensitive and may hold
	// colons, as in `cognito:groups`.
	AllowedIDPClaims map[string][]any `key:"allowed_idp_claims"`

	// Rules in Pomerium's policy language.
	Policy any `key:"policy"`

	// Policies of Pomerium's console. Their rules join those of the route.
	SubPolicies []SubPolicy `key:"sub_policies"`

	// Let cross-origin preflight requests pass without sign-in.
	CORSAllowPreflight bool `key:"cors_allow_preflight"`

	// Tell a person who is refused what the rules ask of people, such as the names
	// of groups and the values of claims. Left out, the page tells only which kind of
	// rule refused them and what they have; the log has the rest. The page also shows
	// the `explanation` and `remediation` of the `sub_policies` that refuse them. The
	// portal names such a route to people to whom it is closed, and says the same.
	ShowErrorDetails bool `key:"show_error_details"`
}

// Headers says how the headers of requests and answers change.
type Headers struct {
	// Headers to set on requests, except `Host`. Values may hold `${pomerium.jwt}`,
	// `${pomerium.id_token}`, `${pomerium.access_token}`,
	// `${pomerium.client_cert_fingerprint}`, `…_san_dns`, `…_san_email`,
	// `${pomerium.request.headers["Name"]}` and `${secret.NAME}`; `$$` is one `$`.
	SetRequestHeaders map[string]string `key:"set_request_headers"`

	// Headers to remove from requests. A header that is also set is removed.
	RemoveRequestHeaders []string `key:"remove_request_headers"`

	// Headers to set on answers, in addition to those for all routes. The key
	// `disable`, with any value, turns all of them off.
	SetResponseHeaders map[string]string `key:"set_response_headers"`

	// Changes to the beginning of the values of answer headers.
	RewriteResponseHeaders []HeaderRewrite `key:"rewrite_response_headers"`

	// Send the signed assertion and the claim headers. Left out, the top-level
	// key of this name applies.
	PassIdentityHeaders *bool `key:"pass_identity_headers"`

	// The form of the issuer in assertions. Left out, the top-level key of this
	// name applies.
	JWTIssuerFormat string `key:"jwt_issuer_format" enum:",host_only,uri" prefix:"issuer_"`

	// More groups that the upstreams of this route are told of, besides those of the
	// top-level key of this name. If only the route has the key, the route's are told.
	JWTGroupsFilter []string `key:"jwt_groups_filter"`
}

// HeaderRewrite changes the beginning of a header's value.
type HeaderRewrite struct {
	// The name of the header.
	Header string `key:"header"`

	// The beginning that is replaced.
	Prefix string `key:"prefix"`

	// What replaces it.
	Value string `key:"value"`
}

// Upstream says how Gatehouse connects to the upstreams of a route.
type Upstream struct {
	// How many requests a person may send, from wherever, or without a sign-in one
	// address: `{requests: 100, per: 1m}`. A request beyond gets 429 with
	// `Retry-After`. Each node counts by itself, in memory. Left out, there is no
	// limit.
	RateLimit *RequestLimit `key:"rate_limit"`

	// How long the upstream may take for the whole answer. Left out,
	// `default_upstream_timeout` applies. With websockets there is no limit.
	Timeout *time.Duration `key:"timeout"`

	// How long a request may stay open without a byte in either direction, before
	// the first one too; 0 for no limit. Left out, it is five minutes, and without
	// limit for a route with `allow_websockets` or another upgrade. A `timeout` that is not longer
	// ends the request first.
	IdleTimeout *time.Duration `key:"idle_timeout"`

	// Origins whose pages may open websockets here in the name of a signed-in
	// person, for example `https://console.example.com`. The application's own
	// pages always may, and so may the origin in `Access-Control-Allow-Origin`
	// under `set_response_headers` and the hosts that `depends_on` joins with this
	// one. A page of any other origin gets 403.
	AllowedWebsocketOrigins []string `key:"allowed_websocket_origins"`

	// Let the upstream ask for another TLS handshake on an open connection
	// (renegotiation), as servers do that want a client certificate for some paths
	// alone. TLS 1.3 has none.
	TLSUpstreamAllowRenegotiation bool `key:"tls_upstream_allow_renegotiation"`

	// Do not check the upstream's certificate.
	TLSSkipVerify bool `key:"tls_skip_verify"`

	// The name to ask the upstream for, and to expect in its certificate.
	TLSServerName string `key:"tls_server_name"`

	// Another name of `tls_server_name`. It wins over that key.
	TLSUpstreamServerName string `key:"tls_upstream_server_name"`

	// The certificate authority of the upstream, instead of the system's
	// authorities: base64 of PEM, or PEM.
	TLSCustomCA string `key:"tls_custom_ca"`

	// The path of a PEM file with that authority. `tls_custom_ca` wins.
	TLSCustomCAFile string `key:"tls_custom_ca_file"`

	// The client certificate for the upstream: base64 of PEM, or PEM.
	TLSClientCert string `key:"tls_client_cert"`

	// Its private key: base64 of PEM, or PEM.
	TLSClientKey seal.Secret `key:"tls_client_key"`

	// The path of a PEM file with that certificate. `tls_client_cert` wins.
	TLSClientCertFile string `key:"tls_client_cert_file"`

	// The path of a PEM file with its private key. `tls_client_key` wins.
	TLSClientKeyFile string `key:"tls_client_key_file"`
}
