package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/autocert"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/acmetest"
)

// challenged speaks the protocol of an authority's question, and then asks for a page:
// the connection must end with the handshake.
func challenged(t *testing.T, addr string) {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{autocert.Protocol, "other"}, ServerName: "app.corp.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: app.corp.example.com\r\nConnection: close\r\n\r\n")
	if got, err := io.ReadAll(conn); len(got) != 0 {
		t.Errorf("got %q, %v; want the end of the connection", got, err)
	}
}

// A file that asks for certificates gets them for the hosts of its routes and of
// sign-in. A name that nobody asked for gets none, and one of a wildcard neither.
func TestAutocert(t *testing.T) {
	port := freePort(t)
	a := acmetest.New(t, 0, port, false)
	c := configOf(t, fmt.Sprintf(`
data_dir: %s
address: 127.0.0.1:%d
health_check_addr: ""
autocert: true
autocert_ca: %s
autocert_trusted_ca: %s
routes:
  - {from: https://app.corp.example.com, to: http://127.0.0.1:1, allow_any_authenticated_user: true}
  - {from: 'https://*.wild.corp.example.com', to: http://127.0.0.1:1, allow_any_authenticated_user: true}
`, t.TempDir(), port, a.URL, base64.StdEncoding.EncodeToString([]byte(a.CA))))
	s, err := server.New(t.Context(), server.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	listeners, err := server.Listen(c, "")
	if err != nil {
		t.Fatal(err)
	}
	running, err := s.Start(c, listeners, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- running.Wait(ctx) }()
	t.Cleanup(func() { end(server.ErrAtOnce); <-ended })

	issuer := func(name string) string { return handshake(t, c.Address, name).Issuer.CommonName }
	own := issuer("nobody.example.org")
	for _, name := range []string{"app.corp.example.com", "authenticate.corp.example.com"} {
		for issuer(name) == own { // until it is there; the test's own limit ends a fault
			time.Sleep(20 * time.Millisecond)
		}
		if err := handshake(t, c.Address, name).VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	challenged(t, c.Address)
	for _, name := range []string{"x.wild.corp.example.com", "nobody.example.org", ""} {
		if got := issuer(name); got != own {
			t.Errorf("%q has a certificate of %q", name, got)
		}
	}
	if n := a.Asked.Load(); n != 2 {
		t.Errorf("the authority was asked %d times, want twice", n)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func handshake(t *testing.T, address, name string) *x509.Certificate {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}
