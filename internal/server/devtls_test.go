package server_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/browser"
)

// One who trusts the local authority, and no other, signs in at a development system
// that speaks TLS. Its application gets its keys over TLS, too. Nothing tells browsers
// to use TLS for good: the next start may be without.
func TestDevOverTLS(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String() // the port is in all addresses, and must be known before
	ln.Close()
	d := server.DevConfig{Listen: address, DataDir: t.TempDir(), TLS: true}
	app, err := server.DemoApp(d)
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(app)
	t.Cleanup(upstream.Close)
	d.AppURL = upstream.URL
	c, dev, err := server.NewDev(d)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), server.Options{Config: c, Dev: dev})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	l, err := server.Listen(c, "address")
	if err != nil {
		t.Fatal(err)
	}
	running, err := s.Start(c, l, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancelCause(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- running.Wait(ctx) }()
	t.Cleanup(func() {
		end(server.ErrAtOnce)
		if err := <-ended; err != nil {
			t.Errorf("the end: %v", err)
		}
		l.Close()
	})
	ca, err := certs.KeptAuthority(d.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := certs.Pool(string(ca.PEM()))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	b := browser.New(t, strict{t, transport})
	b.Port = strings.TrimPrefix(address, "127.0.0.1:")
	b.Open("https://localhost/").Want(http.StatusOK, "https://hello.localhost:"+b.Port)
	signIn := b.Open("https://hello.localhost/")
	signIn.Submit("username", "alice", "password", "Alice-2026!").Want(http.StatusOK, "Hello, alice@example.com", "signature has been checked")
	if len(b.Trail) == 0 {
		t.Error("the way to the application had no redirect")
	}
	for _, u := range b.Trail {
		if u.Scheme != "https" {
			t.Errorf("redirected to %s, want https", u)
		}
	}
}

// strict fails the test at an answer that has Strict-Transport-Security.
type strict struct {
	t    *testing.T
	next http.RoundTripper
}

func (s strict) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.next.RoundTrip(r)
	if err == nil && answer.Header.Get("Strict-Transport-Security") != "" {
		s.t.Errorf("%s: Strict-Transport-Security: %s, want none on a development machine", r.URL, answer.Header.Get("Strict-Transport-Security"))
	}
	return answer, err
}
