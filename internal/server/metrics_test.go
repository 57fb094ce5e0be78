package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
)

func TestTheMetricsAskForTheirCredentials(t *testing.T) {
	m := &config.Metrics{MetricsBasicAuth: seal.Secret(base64.StdEncoding.EncodeToString([]byte("prometheus:a:b")))}
	h := withCredentials(m, atMetrics(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "up 1\n") })))
	for _, tt := range []struct {
		user, password string
		want           int
	}{{"prometheus", "a:b", 200}, {"", "", 401}, {"prometheus", "", 401}, {"prometheus", "a", 401}, {"prometheus", "a:b ", 401}, {"Prometheus", "a:b", 401}, {"", "a:b", 401}} {
		r, w := httptest.NewRequest("GET", "/metrics", nil), httptest.NewRecorder()
		if tt.user+tt.password != "" {
			r.SetBasicAuth(tt.user, tt.password)
		}
		h.ServeHTTP(w, r)
		if w.Code != tt.want || (w.Header().Get("WWW-Authenticate") != "") != (tt.want == 401) {
			t.Errorf("%q %q: got %d, want %d", tt.user, tt.password, w.Code, tt.want)
		}
	}
	// Credentials that can't be read admit nobody.
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.SetBasicAuth("", "")
	withCredentials(&config.Metrics{MetricsBasicAuth: "???"}, h).ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("unreadable credentials: got %d, want 401", w.Code)
	}
}

// metricsPair returns a certificate that signed itself, for 127.0.0.1.
func metricsPair(t *testing.T) (certificate string, key seal.Secret) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "metrics"}, DNSNames: []string{"metrics.example.com"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), seal.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestTheMetricsAskForACertificate(t *testing.T) {
	cert, key := metricsPair(t)
	known, knownKey := metricsPair(t)
	stranger, strangerKey := metricsPair(t)
	tlsConfig, err := metricsTLS(&config.Metrics{MetricsCertificate: cert, MetricsCertificateKey: key, MetricsClientCA: known})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(atMetrics(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "up 1\n") })))
	srv.TLS = tlsConfig
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(cert))
	for name, shown := range map[string]*config.KeyPair{"a known client": {Cert: known, Key: knownKey}, "a stranger": {Cert: stranger, Key: strangerKey}, "nobody": nil} {
		client := &tls.Config{RootCAs: roots, ServerName: "metrics.example.com"}
		if shown != nil {
			pair, err := shown.Parse()
			if err != nil {
				t.Fatal(err)
			}
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		transport := &http.Transport{TLSClientConfig: client}
		resp, err := (&http.Client{Transport: transport}).Get(srv.URL + "/metrics")
		if (err == nil) != (name == "a known client") {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil {
			resp.Body.Close()
		}
		transport.CloseIdleConnections()
	}
}

// An address that is to ask for certificates never opens without asking.
func TestTheMetricsDoNotOpenWithoutTheirCertificate(t *testing.T) {
	cert, key := metricsPair(t)
	for name, m := range map[string]*config.Metrics{
		"no certificate": {MetricsClientCA: cert}, "no key": {MetricsCertificate: cert}, "no certificate of the key": {MetricsCertificateKey: key},
	} {
		if got, err := metricsTLS(m); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
	if got, err := metricsTLS(&config.Metrics{}); got != nil || err != nil {
		t.Errorf("without keys: got %v, %v; want no TLS", got, err)
	}
}

// A certificate that was renewed in its file was served until it ended, and a client
// whose authority was taken away went on reading.
func TestWhoMayReadTheMetricsFollowsTheConfiguration(t *testing.T) {
	first, firstKey := metricsPair(t)
	second, secondKey := metricsPair(t)
	ann, annKey := metricsPair(t)
	bob, _ := metricsPair(t)
	shown, err := (&config.KeyPair{Cert: ann, Key: annKey}).Parse()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(first + second))

	s := &Server{log: slog.New(slog.DiscardHandler)}
	keys := func(m config.Metrics) *config.Config { return &config.Config{Metrics: m} }
	begin := config.Metrics{MetricsCertificate: first, MetricsCertificateKey: firstKey}
	served, err := s.metricsServer(keys(begin), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "up 1\n") }))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(served.Handler)
	srv.TLS = served.TLSConfig
	srv.StartTLS()
	t.Cleanup(srv.Close)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "metrics.example.com", Certificates: []tls.Certificate{shown}}}
	t.Cleanup(transport.CloseIdleConnections)

	for _, tt := range []struct {
		name   string
		keys   config.Metrics
		status int    // 0: the handshake fails
		cert   string // that a new connection sees
	}{
		{"at the start", begin, 200, first},
		{"another certificate", config.Metrics{MetricsCertificate: second, MetricsCertificateKey: secondKey}, 200, second},
		{"a password", config.Metrics{MetricsCertificate: second, MetricsCertificateKey: secondKey, MetricsBasicAuth: "dTpw"}, 401, second},
		{"an authority", config.Metrics{MetricsCertificate: second, MetricsCertificateKey: secondKey, MetricsClientCA: ann}, 403, second},
		{"the same, and a new connection", config.Metrics{MetricsCertificate: second, MetricsCertificateKey: secondKey, MetricsClientCA: ann}, 200, second},
		{"another authority", config.Metrics{MetricsCertificate: second, MetricsCertificateKey: secondKey, MetricsClientCA: bob}, 403, second},
		{"the same again", config.Metrics{MetricsCertificate: second, MetricsCertificateKey: secondKey, MetricsClientCA: bob}, 0, ""},
		{"no TLS any more: it stays until a restart", config.Metrics{}, 0, ""},
		{"the first certificate, for everybody", begin, 200, first},
	} {
		use, err := s.metered.prepare(keys(tt.keys))
		if err != nil {
			t.Fatal(err)
		}
		use()
		resp, err := (&http.Client{Transport: transport}).Get(srv.URL + "/metrics")
		status := 0
		if err == nil {
			status = resp.StatusCode
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if status != tt.status {
			t.Errorf("%s: got %d, %v; want %d", tt.name, status, err, tt.status)
		}
		if tt.cert == "" {
			continue
		}
		conn, err := tls.Dial("tcp", srv.Listener.Addr().String(), transport.TLSClientConfig.Clone())
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw})); got != tt.cert {
			t.Errorf("%s: a new connection sees another certificate", tt.name)
		}
		conn.Close()
	}
	if _, err := s.metered.prepare(keys(config.Metrics{MetricsClientCA: ann})); err == nil {
		t.Error("an address that is to ask for certificates was prepared without its own")
	}
}
