package proxy

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/textproto"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/policy"
)

// The log under Pomerium's names, for files that choose its fields: a line
// "http-request" for each request in place of the usual one (access_log_fields), and
// a line "authorize check" for each decision (authorize_log_fields).

// logFields are the chosen fields in the order of the file.
type logFields struct {
	access, authorize []logField
	hops              int // see Config.TrustedHops
	log               *slog.Logger
}

// logField is a field and its value for a request; nil leaves the field out.
type logField struct {
	name  string
	value func(*logged) any
}

// logged is a request as its log lines see it.
type logged struct {
	r    *http.Request
	x    *exchange
	hops int
	done web.Finished // zero while the request is under way
}

// defaultAuthorizeFields are Pomerium's. They are for a file that chooses the fields
// of requests alone: those lines say nothing of decisions.
var defaultAuthorizeFields = []string{"request-id", "check-request-id", "method", "path", "host", "ip", "session-id", "removed-groups-count", "service-account-id", "user", "email", "envoy-route-id", "route-id"}

func newLogFields(cfg *Config) logFields {
	if cfg.AccessFields != nil && cfg.AuthorizeFields == nil {
		cfg.AuthorizeFields = defaultAuthorizeFields
	}
	return logFields{access: fieldsOf(cfg.AccessFields, accessFields), authorize: fieldsOf(cfg.AuthorizeFields, authorizeFields), hops: cfg.TrustedHops, log: cfg.Log}
}

// fieldsOf returns the fields with the given names. A name that has no value is left
// out.
func fieldsOf(names []string, known map[string]func(*logged) any) []logField {
	var fields []logField
	for _, name := range names {
		value := known[name]
		if header, ok := strings.CutPrefix(name, "headers."); ok {
			value = headerField(textproto.CanonicalMIMEHeaderKey(header))
		}
		if value != nil {
			fields = append(fields, logField{name, value})
		}
	}
	return fields
}

var accessFields = map[string]func(*logged) any{
	"authority":          func(l *logged) any { return l.r.Host },
	"client-certificate": (*logged).clientCertificate,
	"dest-ip":            func(l *logged) any { return l.destination(0) },
	"dest-port":          func(l *logged) any { return l.destination(1) },
	"duration":           func(l *logged) any { return float64(l.done.Took.Microseconds()) / 1000 },
	"forwarded-for": func(l *logged) any {
		return strings.Join(append(l.r.Header.Values("X-Forwarded-For"), peerOf(l.r)), ",")
	},
	"headers":               (*logged).headers,
	"ip":                    (*logged).ip,
	"method":                func(l *logged) any { return l.r.Method },
	"path":                  func(l *logged) any { return l.r.URL.EscapedPath() },
	"protocol-version":      func(l *logged) any { return l.r.Proto },
	"query":                 (*logged).query,
	"referer":               func(l *logged) any { return beforeQuery(l.r.Referer()) },
	"request-id":            (*logged).id,
	"response-code":         func(l *logged) any { return l.done.Status },
	"response-code-details": func(l *logged) any { return l.details() },
	"size":                  func(l *logged) any { return l.done.Size },
	"tls-cipher-suite": func(l *logged) any {
		return l.tls(func(s *tls.ConnectionState) string { return tls.CipherSuiteName(s.CipherSuite) })
	},
	"tls-sni-hostname": func(l *logged) any { return l.tls(func(s *tls.ConnectionState) string { return s.ServerName }) },
	"tls-version": func(l *logged) any {
		return l.tls(func(s *tls.ConnectionState) string { return tls.VersionName(s.Version) })
	},
	"upstream-cluster": (*logged).cluster,
	"user-agent":       func(l *logged) any { return l.r.UserAgent() },
}

var authorizeFields = map[string]func(*logged) any{
	"check-request-id":     (*logged).id,
	"email":                func(l *logged) any { return ofSession(l, func() string { return l.x.session.Identity.ShownEmail() }) },
	"envoy-route-id":       func(l *logged) any { return l.x.route.id() },
	"headers":              (*logged).headers,
	"host":                 func(l *logged) any { return l.x.host },
	"id-token-claims":      func(l *logged) any { return ofSession(l, func() any { return l.x.session.Identity.Claims.Map() }) },
	"ip":                   (*logged).ip,
	"mcp-method":           func(l *logged) any { return ofMessages(l, func(m *toolMessages) []string { return m.methods }) },
	"mcp-tool":             func(l *logged) any { return ofMessages(l, func(m *toolMessages) []string { return m.tools }) },
	"method":               func(l *logged) any { return l.r.Method },
	"path":                 func(l *logged) any { return l.x.cleaned.Path },
	"query":                (*logged).query,
	"removed-groups-count": (*logged).removedGroups,
	"request-id":           (*logged).id,
	"route-id":             func(l *logged) any { return l.x.route.id() },
	"service-account-id": func(l *logged) any {
		if l.x.session == nil || !bearer.IsAccount(l.x.session) {
			return nil
		}
		return l.x.session.Origin.Subject
	},
	"session-id": func(l *logged) any { return ofSession(l, func() string { return string(l.x.session.ID) }) },
	"user":       func(l *logged) any { return ofSession(l, func() string { return l.x.session.Identity.UserID }) },
}

// ofMessages returns what the messages of a request say, if they were read.
func ofMessages(l *logged, say func(*toolMessages) []string) any {
	if l.x.messages == nil {
		return ""
	}
	return strings.Trim(strings.Join(say(l.x.messages), ","), ",")
}

func (l *logged) id() any { return web.RequestID(l.r.Context()) }

func (l *logged) ip() any { return web.ClientAddrBehind(l.r, l.hops).String() }

// query returns the query without credentials of ours. The paths of sign-in have
// codes and tickets in it.
func (l *logged) query() any {
	u := l.r.URL
	if leadsInside(u) || u.Path == callbackPath || strings.Contains(strings.ToLower(u.Path), "/cdn-cgi/") {
		return ""
	}
	return withoutCredential(u.RawQuery)
}

// cluster returns the name of the route's upstreams. Pomerium: route-<id>.
func (l *logged) cluster() any {
	if l.x.route == nil {
		return nil
	}
	return l.x.route.cluster()
}

func (cr *compiledRoute) cluster() string { return "route-" + cr.id() }

// details returns who answered, as Envoy names it.
func (l *logged) details() string {
	switch {
	case l.x.route == nil && errors.Is(l.done.Err, ErrNoRoute):
		return "route_not_found"
	case l.x.route == nil || l.x.outcome == policy.Allow && l.x.route.fixed():
		return "direct_response"
	case l.x.outcome != policy.Allow:
		return "ext_authz_denied"
	case l.done.Err != nil:
		return "upstream_reset_before_response_started"
	}
	return "via_upstream"
}

func (l *logged) tls(read func(*tls.ConnectionState) string) any {
	if l.r.TLS == nil {
		return nil
	}
	return read(l.r.TLS)
}

// destination returns the address or the port that the client connected to.
func (l *logged) destination(part int) any {
	addr, ok := l.r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return nil
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return nil
	}
	return [...]string{host, port}[part]
}

// maxNames is how many names of a client's certificate are logged: whoever made it, who
// may be a stranger, chose them.
const maxNames = 20

// clientCertificate returns what the client's own certificate says, whether or not it is
// one to believe. Pomerium: the names have the form of OpenSSL.
func (l *logged) clientCertificate() any {
	chain := l.x.sent
	if chain == nil && l.x.asked == nil && l.r.TLS != nil {
		chain = l.r.TLS.PeerCertificates
	}
	if len(chain) == 0 {
		return nil
	}
	c := chain[0]
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, "DNS:"+name)
	}
	for _, u := range c.URIs {
		names = append(names, "URI:"+u.String())
	}
	facts := map[string]any{"issuer": c.Issuer.String()}
	if subject := c.Subject.String(); subject != "" {
		facts["subject"] = subject
	}
	if names != nil {
		facts["subjectAltName"] = names[:min(len(names), maxNames)]
	}
	return facts
}

// removedGroups returns how many groups of the person the upstream is not told of, or nil
// if it is told of all.
func (l *logged) removedGroups() any {
	if l.x.session == nil {
		return nil
	}
	groups := l.x.session.Identity.Groups
	if n := len(groups) - len(l.x.route.GroupsFilter.Of(groups)); n > 0 {
		return n
	}
	return nil
}

// ofSession returns a fact of the session, or nil if nobody is signed in.
func ofSession[T any](l *logged, fact func() T) any {
	if l.x.session == nil {
		return nil
	}
	return fact()
}

// headers returns all headers of the request, without the values of those that hold
// secrets.
func (l *logged) headers() any {
	all := make(map[string]string, len(l.r.Header))
	for name := range l.r.Header {
		all[name] = shownHeader(l.r.Header, name)
	}
	return all
}

func headerField(name string) func(*logged) any {
	return func(l *logged) any {
		if l.r.Header[name] == nil {
			return nil
		}
		return shownHeader(l.r.Header, name)
	}
}

// secretWords are in the names of headers whose values a log must not have.
var secretWords = []string{"auth", "cookie", "token", "secret", "key", "password", "assertion", "jwt", "signature", "session",
	"websocket-protocol", // programs of Kubernetes put their token there
}

func shownHeader(h http.Header, name string) string {
	lower := strings.ToLower(name)
	for _, word := range secretWords {
		if strings.Contains(lower, word) {
			return "[redacted]"
		}
	}
	if name == "Referer" {
		return beforeQuery(h.Get(name))
	}
	return strings.Join(h[name], ",")
}

func beforeQuery(u string) string {
	before, _, _ := strings.Cut(u, "?")
	return before
}

func peerOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// attrsOf returns the fields of a request that have a value.
func attrsOf(fields []logField, l *logged) []slog.Attr {
	attrs := make([]slog.Attr, 0, len(fields)+5)
	for _, f := range fields {
		if v := f.value(l); v != nil {
			attrs = append(attrs, slog.Any(f.name, v))
		}
	}
	return attrs
}

// noteLine gives the log line of a request Pomerium's form.
func (f *logFields) noteLine(r *http.Request, x *exchange) {
	web.NoteLine(r.Context(), func(done web.Finished) (string, []slog.Attr) {
		return "http-request", attrsOf(f.access, &logged{r: r, x: x, hops: f.hops, done: done})
	})
}

// logDecision writes the line of a decision.
func (f *logFields) logDecision(r *http.Request, x *exchange, d policy.Decision) {
	attrs := attrsOf(f.authorize, &logged{r: r, x: x, hops: f.hops})
	attrs = append(attrs, slog.Bool("allow", d.Allow.Value), listed("allow", d.Allow), slog.Bool("deny", d.Deny.Value), listed("deny", d.Deny))
	if d.Outcome == policy.Deny {
		attrs = append(attrs, because(d))
	}
	f.log.LogAttrs(r.Context(), slog.LevelInfo, "authorize check", attrs...)
}

// listed returns the reasons of a side as a list, also if it is empty.
func listed(side string, v policy.Verdict) slog.Attr {
	names := append([]string{}, v.Reasons.Strings()...)
	if v.Value {
		return slog.Any(side+"-why-true", names)
	}
	return slog.Any(side+"-why-false", names)
}
