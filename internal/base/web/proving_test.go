package web

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
)

// askingServer serves h over TLS and asks every client for a certificate. It returns how
// many have sent one.
func askingServer(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	proven := &atomic.Int64{}
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, VerifyConnection: func(state tls.ConnectionState) error {
		proven.Add(int64(len(state.PeerCertificates)))
		return nil
	}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, proven
}

// tunnel connects a client with the target of a CONNECT.
func tunnel(w http.ResponseWriter, r *http.Request) {
	to, err := net.Dial("tcp", r.Host)
	if err != nil || r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		to.Close()
		return
	}
	io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(to, from)
		to.Close()
	}()
	io.Copy(from, to)
	from.Close()
}

func TestAProxyGetsNoClientCertificate(t *testing.T) {
	target, provenToTarget := askingServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	proxy, provenToProxy := askingServer(t, tunnel)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		proxy *url.URL
		get   func(*tls.Config)
	}{
		"through a proxy": {at, func(c *tls.Config) { c.Certificates = target.TLS.Certificates }},
		"through a proxy, with a file": {at, func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &target.TLS.Certificates[0], nil }
		}},
		"without a proxy, as the target wants": {nil, func(c *tls.Config) { c.Certificates = target.TLS.Certificates }},
	} {
		provenToTarget.Store(0)
		provenToProxy.Store(0)
		settings := &tls.Config{RootCAs: x509.NewCertPool()}
		settings.RootCAs.AddCert(target.Certificate())
		settings.RootCAs.AddCert(proxy.Certificate())
		tt.get(settings)
		transport := NewProvingTransport(settings).(outside)
		transport.proxied.Proxy = func(*http.Request) (*url.URL, error) { return tt.proxy, nil }
		resp, err := (&http.Client{Transport: transport}).Get(target.URL)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		transport.proxied.CloseIdleConnections()
		transport.direct.CloseIdleConnections()
		if provenToTarget.Load() == 0 || provenToProxy.Load() > 0 {
			t.Errorf("%s: the target got %d certificates, the proxy %d, want none at the proxy", name, provenToTarget.Load(), provenToProxy.Load())
		}
	}
}
