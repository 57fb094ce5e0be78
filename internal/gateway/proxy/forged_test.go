package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

// Headers that applications believe because a proxy sets them: a client's own
// never arrive.
func TestAClientCantSpeakForTheProxy(t *testing.T) {
	never := []string{
		"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Script-Name", "X-Envoy-Original-Path",
		"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x-http-method-override", "X_HTTP_Method_Override", "X-Forwarded-Method",
		"X-HTTP-Host-Override", "X-HTTP-Path-Override", "X-Forwarded-Url", "X-Replaced-Path", "X-Override-URL", "X-WAWS-Unencoded-URL", "Proxy",
		"X-Sendfile-Type", "X-Accel-Mapping", "CF-Visitor", "CloudFront-Forwarded-Proto",
		"X-Original-Host", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "Front-End-Https", "Forwarded",
		"Remote-User", "REMOTE_USER", "Remote.User", "Remote-Groups", "X-Remote-User", "X-Remote-Extra-Scopes", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups",
		"X-Auth-Request-User", "X-Auth-Request-Email", "X-WEBAUTH-USER", "X_WEBAUTH_USER", "X-Authentik-Username", "X-Authenticated-User", "X-Goog-Authenticated-User-Email",
		"X-Amzn-Oidc-Identity", "X-MS-CLIENT-PRINCIPAL", "X-MS-CLIENT-PRINCIPAL-NAME", "Tailscale-User-Login", "OIDC_CLAIM_email", "Client-Cert", "X-SSL-Client-Verify", "X-Forwarded-Client-Cert",
		"X-Auth-Email", "X-Auth-Username", "X-Auth-Roles", "X-Token-User-Email", "X-Consumer-Username", "X-Credential-Identifier", "X-Userinfo", "X-Apigateway-Api-Userinfo", "X-Remote-Uid",
		"iv-user", "SM_USER", "OAM_REMOTE_USER", "Shib-Identity-Provider", "X-ARR-ClientCert", "X-Amzn-Mtls-Clientcert", "X-Amzn-Mtls-Clientcert-Subject", "WL-Proxy-Client-Cert", "WL-Proxy-SSL",
		"WL-Proxy-Client-IP", "Proxy-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP",
	}
	w := newWorld(t, func(w *world, c *Config) {
		c.Underscores = UnderscoreAllow
		public(func(r *Route) { r.SetRequestHeaders = map[string]string{"X-Forwarded-Email": "set@example.com"} })(w, c)
	})
	for _, name := range never {
		w.raw("GET / HTTP/1.1\nHost: x.example.com:" + port + "\n" + name + ": forged\n\n")
		got := w.Upstream.Got()
		if got == nil {
			t.Errorf("%s: the request did not reach the upstream", name)
			continue
		}
		for sent, values := range got.Header {
			if strings.Contains(strings.Join(values, ","), "forged") {
				t.Errorf("%s: the upstream got %s: %v", name, sent, values)
			}
		}
		if got.Header.Get("X-Forwarded-Email") != "set@example.com" {
			t.Errorf("%s: got X-Forwarded-Email %q, want the route's own", name, got.Header.Get("X-Forwarded-Email"))
		}
	}
	for _, name := range []string{"X-Auth-User", "X-Api-Key", "X-Forward", "Remote", "X-Auth-Token"} {
		w.raw("GET / HTTP/1.1\nHost: x.example.com:" + port + "\n" + name + ": theirs\n\n")
		if got := w.Upstream.Got(); got.Header.Get(name) != "theirs" {
			t.Errorf("%s: got %q, want it to pass: it is nobody's but the client's", name, got.Header.Get(name))
		}
	}
}

// Servers that make variables of headers can't tell "X.Forwarded.For" from
// "X-Forwarded-For". What the gateway or the route writes has one spelling.
func TestNoOtherSpellingPassesForAHeaderThatIsWritten(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Underscores = UnderscoreAllow
		public(func(r *Route) {
			r.SetRequestHeaders = map[string]string{"X-Role": "viewer", "X_Tenant": "t1", "X-Copy": `${pomerium.request.headers["X-Copy"]}!`}
			r.RemoveRequestHeaders = []string{"X-Admin"}
		})(w, c)
	})
	send := func(header string) http.Header {
		t.Helper()
		if status := w.raw("GET / HTTP/1.1\nHost: x.example.com:" + port + "\n" + header + "\n\n"); status != 200 {
			t.Fatalf("%s: got %d, want 200", header, status)
		}
		return w.Upstream.Got().Header
	}
	for _, name := range []string{
		"X_Forwarded_For", "X.Forwarded.For", "x-forwarded_for", "X_Forwarded_Host", "X.Forwarded.Proto", "X_Real_IP", "X.Request.Id", "Content_Length", "Transfer.Encoding",
		"X_Role", "X.Role", "X-Tenant", "X.Tenant", "X_Admin", "X.Admin", "X-Admin", "X!Role",
	} {
		for sent, values := range send(name + ": 6660") {
			if strings.Contains(strings.Join(values, ","), "6660") {
				t.Errorf("%s: the upstream got %s: %v", name, sent, values)
			}
		}
	}
	h := send("X_Roles: theirs\nX-Copy: a")
	if h.Get("X-Role") != "viewer" || h["X_tenant"][0] != "t1" || h["X_roles"][0] != "theirs" || h.Get("X-Copy") != "a!" {
		t.Errorf("got %v, want the route's own headers, and the client's X_Roles", h)
	}
}

func TestTheUpstreamLearnsPortAndAddress(t *testing.T) {
	const forged = "X-Forwarded-Port: 1\nX-Real-IP: 203.0.113.9\nCF-Connecting-IP: 203.0.113.9\nX-Forwarded-For: 198.51.100.7\n"
	for hops, want := range map[int]string{0: "127.0.0.1", 1: "198.51.100.7"} {
		w := newWorld(t, func(w *world, c *Config) {
			public(nil)(w, c)
			c.TrustedHops = hops
		})
		w.raw("GET / HTTP/1.1\nHost: x.example.com:" + port + "\n" + forged + "\n")
		h := w.Upstream.Got().Header
		if h.Get("X-Forwarded-Port") != port || h.Get("X-Real-Ip") != want || len(h["X-Real-Ip"]) != 1 {
			t.Errorf("%d proxies in front: got port %q, address %q, want %s and %s", hops, h["X-Forwarded-Port"], h["X-Real-Ip"], port, want)
		}
		if kept := h.Get("Cf-Connecting-Ip") != ""; kept != (hops > 0) {
			t.Errorf("%d proxies in front: the word of a proxy in front arrived: %t", hops, kept)
		}
	}
	w := newWorld(t, func(_ *world, c *Config) { c.AuthenticateURL = mustURL("https://authenticate.example.com") })
	w.raw("GET / HTTP/1.1\nHost: public.example.com\n\n")
	if got := w.Upstream.Got().Header.Get("X-Forwarded-Port"); got != "443" {
		t.Errorf("without a port in the URLs: got X-Forwarded-Port %q, want 443", got)
	}
}

func TestMethodsOfNoApplicationAreRefused(t *testing.T) {
	w := newWorld(t, public(nil))
	for _, request := range []string{
		"CONNECT x.example.com:443 HTTP/1.1\nHost: x.example.com:443", "CONNECT x.example.com:8443 HTTP/1.1\nHost: x.example.com:" + port, "CONNECT / HTTP/1.1\nHost: x.example.com",
		"TRACE / HTTP/1.1\nHost: x.example.com", "trace / HTTP/1.1\nHost: x.example.com", "TRACK / HTTP/1.1\nHost: x.example.com", "TRACE / HTTP/1.1\nHost: unknown.example.com",
	} {
		answer := w.exchange(request + "\n\n")
		if answer.StatusCode != 405 || answer.Header.Get("Allow") == "" || w.Upstream.Got() != nil {
			t.Errorf("%q: got %d, Allow %q, want 405 and nothing sent", request, answer.StatusCode, answer.Header.Get("Allow"))
		}
	}
	for _, method := range []string{"PATCH", "PROPFIND", "OPTIONS", "PURGE"} {
		if got := w.raw(method + " / HTTP/1.1\nHost: x.example.com\n\n"); got != 200 {
			t.Errorf("%s: got %d, want 200", method, got)
		}
	}
}

func TestTrailersOfAClientAreDropped(t *testing.T) {
	announced := make(chan http.Header, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		announced <- r.Trailer
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	status := w.raw("POST / HTTP/1.1\nHost: x.example.com\nTransfer-Encoding: chunked\nTrailer: " + headerAssertion + ", X-Forwarded-User\n\n1\nx\n0\n" + headerAssertion + ": forged\nX-Forwarded-User: forged\n\n")
	if got := <-announced; status != 200 || len(got) > 0 {
		t.Errorf("got %d, the upstream got trailers %v, want none", status, got)
	}
}

func TestTrailersOfAnUpstreamSetNoCookie(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Trailer", "Grpc-Status, Set-Cookie")
		io.WriteString(rw, "body")
		rw.(http.Flusher).Flush()
		rw.Header().Set("Grpc-Status", "0")
		rw.Header().Set("Set-Cookie", "__Host-_pomerium=evil")
		rw.Header().Set(http.TrailerPrefix+headerIntercepted, "true")
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, public(func(r *Route) { r.To = to(upstream.URL) }))
	resp, err := w.network.Client().Get(address("https://x.example.com/"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	var got bytes.Buffer
	fmt.Fprint(&got, resp.Trailer)
	if resp.Trailer.Get("Grpc-Status") != "0" || strings.Contains(got.String(), "evil") || resp.Trailer.Get(headerIntercepted) != "" {
		t.Errorf("got trailers %s, want Grpc-Status alone", got.String())
	}
}

// Who may act as somebody else at Kubernetes is a right of the credential. A route
// that lends its own lends no such right.
func TestALentCredentialImpersonatesNobody(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://lent.example.com", policy.Access{Public: true}, func(r *Route) { r.SetRequestHeaders = map[string]string{"authorization": "Bearer token"} }),
			w.route("https://own.example.com", policy.Access{Public: true}, nil))
	})
	for host, want := range map[string]string{"lent": "", "own": "system:admin"} {
		w.raw("GET / HTTP/1.1\nHost: " + host + ".example.com\nImpersonate-User: system:admin\nImpersonate-Extra-x: y\nAuthorization: Bearer mine\n\n")
		if got := w.Upstream.Got().Header; got.Get("Impersonate-User") != want || want == "" && got.Get("Impersonate-Extra-X") != "" {
			t.Errorf("%s: got Impersonate-User %q, want %q", host, got.Get("Impersonate-User"), want)
		}
	}
}

// What an upstream would see that decodes a path twice is matched as well.
func TestPathsDecodedTwiceReachNoOtherRoute(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes,
			w.route("https://x.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Prefix = "/admin" }),
			w.route("https://x.example.com", policy.Access{Public: true}, nil))
	})
	for path, want := range map[string]int{
		"/public/%252e%252e/admin": 400, "/public%252f..%252fadmin": 400, "/public/%252e%252e%252fadmin": 400, "/public%2f..%2fadmin": 400,
		"/%2561dmin": 404, "/%252561dmin": 404, "/%252fadmin": 404, "/a%252fb": 200, "/100%25": 200, "/a%0Ab%09%7F": 200, "/a%00b": 400,
	} {
		got := w.raw("GET " + path + " HTTP/1.1\nHost: x.example.com\nAccept: text/html\n\n")
		sent := w.Upstream.Got()
		if got != want || (sent != nil) != (want == 200) || sent != nil && sent.RequestURI != strings.Replace(path, "%252f", "%252F", 1) && sent.RequestURI != path {
			t.Errorf("%s: got %d, sent %v, want %d and the path as it came", path, got, sent, want)
		}
	}
}
