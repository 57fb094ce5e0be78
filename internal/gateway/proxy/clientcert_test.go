package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"gatehouse/internal/gateway/clientcert"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/certtest"
)

func trustIn(t *testing.T, cfg clientcert.Config) *clientcert.Trust {
	t.Helper()
	trust, err := clientcert.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// with sends a request on a connection whose client sent certificates.
func (w *world) with(host string, header http.Header, clients ...*certtest.Party) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "https://"+host+":"+port+"/x", nil)
	r.TLS = &tls.ConnectionState{}
	for _, c := range clients {
		r.TLS.PeerCertificates = append(r.TLS.PeerCertificates, c.Cert)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	rec := httptest.NewRecorder()
	w.gateway.ServeHTTP(rec, r)
	return rec
}

func TestClientCertificates(t *testing.T) {
	ours, theirs := certtest.Authority(t), certtest.Authority(t)
	alice, bob, mallory := ours.Client("a.example.com", "alice@example.com"), ours.Client("b.example.com", ""), theirs.Client("a.example.com", "alice@example.com")
	trust := trustIn(t, clientcert.Config{CAs: ours.PEM(), Depth: 1})
	asks := map[string]any{"allow": map[string]any{"and": []any{map[string]any{"client_certificate": map[string]any{"san_email": "alice@example.com"}}}}}
	w := newWorld(t, func(w *world, c *Config) {
		add := func(from string, access policy.Access, trust *clientcert.Trust) {
			c.Routes = append(c.Routes, w.route(from, access, func(r *Route) {
				r.Certificates = trust
				r.SetRequestHeaders = map[string]string{"X-Print": "${pomerium.client_cert_fingerprint}", "X-Dns": "$pomerium.client_cert_san_dns", "X-Mail": "${pomerium.client_cert_san_email}"}
			}))
		}
		add("https://denies.example.com", policy.Access{Public: true, RequireCertificate: true}, trust)
		add("https://asks.example.com", policy.Access{PPL: asks}, trust)
		add("https://theirs.example.com", policy.Access{Public: true, RequireCertificate: true}, trustIn(t, clientcert.Config{CAs: theirs.PEM()}))
		add("https://blind.example.com", policy.Access{PPL: asks}, nil)
		add("https://free.example.com", policy.Access{Public: true}, trust)
	})
	for _, tt := range []struct {
		host   string
		sent   []*certtest.Party
		status int
	}{
		{"denies", nil, 495}, {"denies", []*certtest.Party{alice}, 200}, {"denies", []*certtest.Party{bob}, 200}, {"denies", []*certtest.Party{mallory}, 495},
		{"denies", []*certtest.Party{mallory, theirs}, 495}, {"denies", []*certtest.Party{mallory, alice}, 495}, {"denies", []*certtest.Party{alice, mallory}, 200},
		{"asks", nil, 495}, {"asks", []*certtest.Party{alice}, 200}, {"asks", []*certtest.Party{bob}, 403}, {"asks", []*certtest.Party{mallory}, 495},
		{"theirs", []*certtest.Party{mallory}, 200}, {"theirs", []*certtest.Party{alice}, 495},
		{"blind", []*certtest.Party{alice}, 495},
		{"free", nil, 200}, {"free", []*certtest.Party{mallory}, 200},
	} {
		for range 2 { // the second time from memory
			rec := w.with(tt.host+".example.com", nil, tt.sent...)
			if rec.Code != tt.status {
				t.Fatalf("%s with %d certificates: got %d, want %d", tt.host, len(tt.sent), rec.Code, tt.status)
			}
			if got := w.Upstream.Got(); (got != nil) != (tt.status == 200) {
				t.Fatalf("%s: the upstream got %v", tt.host, got)
			}
		}
	}
	w.with("denies.example.com", nil, alice)
	got := w.Upstream.Got().Header
	if got.Get("X-Print") != fingerprint(alice.Cert) || len(got.Get("X-Print")) != 64 || got.Get("X-Dns") != "a.example.com" || got.Get("X-Mail") != "alice@example.com" {
		t.Errorf("the upstream got %v", got)
	}
	// Facts of a certificate that nobody verified prove nothing.
	w.with("free.example.com", nil, mallory)
	if got := w.Upstream.Got().Header; got.Get("X-Print")+got.Get("X-Mail") != "" {
		t.Errorf("the upstream got %v of a certificate of somebody else", got)
	}
	// Nor does a header.
	forged := http.Header{"X-Forwarded-Client-Cert": {"Hash=" + fingerprint(alice.Cert)}, "X-Ssl-Client-Cert": {"x"}}
	if rec := w.with("denies.example.com", forged); rec.Code != 495 {
		t.Errorf("with forged headers: got %d, want 495", rec.Code)
	}
	w.with("free.example.com", forged)
	if got := w.Upstream.Got().Header; got.Get("X-Forwarded-Client-Cert")+got.Get("X-Ssl-Client-Cert") != "" {
		t.Errorf("forged headers arrived: %v", got)
	}
}

// A script whose client has a certificate can read why it was refused, where a preflight
// with that certificate passes.
func TestAScriptWithACertificateReadsARefusal(t *testing.T) {
	ours := certtest.Authority(t)
	alice := ours.Client("a.example.com", "alice@example.com")
	upstream := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", scriptOrigin)
	}))
	t.Cleanup(upstream.Close)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{AnyUser: true, CORSPreflight: true, RequireCertificate: true}, func(r *Route) {
			r.To, r.Certificates = to(upstream.URL), trustIn(t, clientcert.Config{CAs: ours.PEM()})
		}))
	})
	script := http.Header{"Sec-Fetch-Mode": {"cors"}, "Origin": {scriptOrigin}}
	for _, tt := range []struct {
		sent   []*certtest.Party
		status int
		reads  string
	}{{[]*certtest.Party{alice}, 401, scriptOrigin}, {nil, 495, ""}, {[]*certtest.Party{certtest.Authority(t).Client("a.example.com", "")}, 495, ""}} {
		rec := w.with("x.example.com", script, tt.sent...)
		if got := rec.Header().Get("Access-Control-Allow-Origin"); rec.Code != tt.status || got != tt.reads {
			t.Errorf("with %d certificates: got %d, read by %q; want %d, %q", len(tt.sent), rec.Code, got, tt.status, tt.reads)
		}
	}
}

// The portal shows what the certificate of the connection opens, and no more.
func TestThePortalKnowsTheCertificate(t *testing.T) {
	ours, theirs := certtest.Authority(t), certtest.Authority(t)
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://denies.example.com", policy.Access{Public: true, RequireCertificate: true}, func(r *Route) {
			r.Certificates = trustIn(t, clientcert.Config{CAs: ours.PEM()})
		}))
	})
	for name, tt := range map[string]struct {
		sent  []*certtest.Party
		shown bool
	}{
		"none": {nil, false}, "a good one": {[]*certtest.Party{ours.Client("a.example.com", "")}, true}, "somebody else's": {[]*certtest.Party{theirs.Client("a.example.com", "")}, false},
	} {
		r := httptest.NewRequest("GET", "https://denies.example.com:"+port+pathRoutesAPI, nil)
		r.TLS = &tls.ConnectionState{}
		for _, c := range tt.sent {
			r.TLS.PeerCertificates = append(r.TLS.PeerCertificates, c.Cert)
		}
		rec := httptest.NewRecorder()
		w.gateway.ServeHTTP(rec, r)
		if got := strings.Contains(rec.Body.String(), "denies.example.com"); rec.Code != 200 || got != tt.shown {
			t.Errorf("%s: the route is shown: %t (%d), want %t", name, got, rec.Code, tt.shown)
		}
	}
}

// What was verified is looked at again: a certificate ends while its connection lives.
func TestACertificateThatEndsMeanwhile(t *testing.T) {
	ours := certtest.Authority(t)
	trust, alice := trustIn(t, clientcert.Config{CAs: ours.PEM()}), ours.Client("a.example.com", "")
	now := time.Now()
	c := &certificates{now: func() time.Time { return now }}
	sent := []*x509.Certificate{alice.Cert}
	if !c.valid(sent, trust) {
		t.Fatal("it is not valid")
	}
	now = alice.Cert.NotAfter.Add(verifiedFor)
	if c.valid(sent, trust) {
		t.Error("it is valid after its end")
	}
}

// Strangers send certificates of hundreds of kilobytes, and none of them is kept longer
// than its connection. Their verdicts are, for the next request of the connection.
func TestNoCertificateOutlivesItsConnection(t *testing.T) {
	ours, theirs := certtest.Authority(t), certtest.Authority(t)
	trust := trustIn(t, clientcert.Config{CAs: ours.PEM()})
	c := &certificates{now: time.Now}
	var kept []weak.Pointer[x509.Certificate]
	func() {
		for range 3 {
			stranger := theirs.Client("a.example.com", "").Cert
			c.valid([]*x509.Certificate{stranger}, trust)
			if _, known := c.find(sentTo{weak.Make(stranger), trust}); !known {
				t.Error("a verdict is not kept")
			}
			kept = append(kept, weak.Make(stranger))
		}
	}()
	runtime.GC()
	for _, p := range kept {
		if p.Value() != nil {
			t.Error("a certificate is still in memory")
		}
	}
	runtime.KeepAlive(c)
}

// A reload with other authorities, or a revocation, ends what runs.
func TestAReloadLooksAtCertificatesAnew(t *testing.T) {
	ours := certtest.Authority(t)
	alice := ours.Client("a.example.com", "")
	w := newWorld(t, nil)
	l := w.gateway.live.Load()
	x := &exchange{host: "public.example.com", port: port, sent: []*x509.Certificate{alice.Cert}}
	x.cleaned.Path, x.cleaned.Escaped = "/", "/"
	for name, tt := range map[string]struct {
		cfg  clientcert.Config
		want bool
	}{
		"the same": {clientcert.Config{CAs: ours.PEM()}, true}, "revoked": {clientcert.Config{CAs: ours.PEM(), CRLs: ours.Revokes(alice)}, false},
		"another authority": {clientcert.Config{CAs: certtest.Authority(t).PEM()}, false},
	} {
		to := l.routes[l.table.MatchCleaned(x.host, x.port, x.cleaned)]
		allowed, err := policy.Compile(policy.Access{Public: true, RequireCertificate: true})
		if err != nil {
			t.Fatal(err)
		}
		to.Policy, to.Certificates = allowed, trustIn(t, tt.cfg)
		x.question.Certificate = alice.Cert
		if got := l.mayGoOn(x); got != tt.want {
			t.Errorf("%s: mayGoOn = %t, want %t", name, got, tt.want)
		}
	}
}
