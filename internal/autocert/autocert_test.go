package autocert_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/autocert"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/acmetest"
)

// node is one process of an installation.
type node struct {
	*autocert.Manager
	tls net.Listener
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// shared is what the nodes of an installation have in common.
type shared struct {
	store  *store.Store
	sealer *seal.Sealer
}

func newShared(t *testing.T) shared {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite://"+t.TempDir()+"/test.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	sealer, err := seal.LoadOrCreate(t.TempDir() + "/master.key")
	if err != nil {
		t.Fatal(err)
	}
	return shared{st, sealer}
}

// start starts a node that answers at the listeners. web is nil if it answers
// handshakes alone.
func start(t *testing.T, in shared, a *acmetest.Authority, web, secure net.Listener, change func(*autocert.Config)) *node {
	t.Helper()
	cfg := autocert.Config{
		Store: in.store, Sealer: in.sealer, CA: a.URL, Roots: a.Roots, Email: "ops@example.com",
		TLSPort: portOf(secure), Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	if web != nil {
		cfg.HTTPPort = portOf(web)
	}
	if change != nil {
		change(&cfg)
	}
	m, err := autocert.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	if web != nil {
		server := &http.Server{Handler: m.AnswerHTTP(http.NotFoundHandler())}
		go server.Serve(web)
		t.Cleanup(func() { server.Close() })
	}
	go serveTLS(tls.NewListener(secure, &tls.Config{GetCertificate: m.Certificate, NextProtos: []string{"h2", "http/1.1", autocert.Protocol}}))
	return &node{m, secure}
}

// serveTLS does the handshakes of a listener, and nothing else.
func serveTLS(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			c.(*tls.Conn).Handshake()
		}()
	}
}

// certificate waits for the certificate of a name. The test's own limit ends a fault.
func (n *node) certificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	for t.Context().Err() == nil {
		if c := n.handshake(name); c != nil {
			return c
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("no certificate of %s", name)
	return nil
}

func (n *node) handshake(name string) *x509.Certificate {
	c, err := tls.Dial("tcp", n.tls.Addr().String(), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return nil
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

// A name is checked by a request or by a handshake. Its certificate is asked for once,
// and every node serves it.
func TestANameGetsItsCertificate(t *testing.T) {
	for _, way := range []string{"HTTP-01", "TLS-ALPN-01"} {
		t.Run(way, func(t *testing.T) {
			var web net.Listener
			secure, port, only := listen(t), 0, func(*autocert.Config) {}
			if way == "HTTP-01" {
				web = listen(t)
				port, only = portOf(web), func(c *autocert.Config) { c.TLSPort = 0 }
			}
			a, in := acmetest.New(t, port, portOf(secure), false), newShared(t)
			first := start(t, in, a, web, secure, only)
			if err := first.Manage([]string{"app.example.com"}); err != nil {
				t.Fatal(err)
			}
			got := first.certificate(t, "app.example.com")
			if err := got.VerifyHostname("app.example.com"); err != nil {
				t.Error(err)
			}
			second := start(t, in, a, nil, listen(t), nil)
			if err := second.Manage([]string{"app.example.com"}); err != nil {
				t.Fatal(err)
			}
			if there := second.certificate(t, "app.example.com"); there.SerialNumber.Cmp(got.SerialNumber) != 0 {
				t.Error("the second node has another certificate")
			}
			if n := a.Asked.Load(); n != 1 {
				t.Errorf("the authority was asked %d times, want once", n)
			}
			if first.handshake("other.example.com") != nil {
				t.Error("there is a certificate of a name that nobody manages")
			}
			if err := first.Manage(nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A name that is not managed is got during a handshake if it is allowed.
func TestANameThatIsAllowed(t *testing.T) {
	secure := listen(t)
	a := acmetest.New(t, 0, portOf(secure), false)
	n := start(t, newShared(t), a, nil, secure, func(c *autocert.Config) {
		c.Allowed = func(_ context.Context, name string) error {
			if name == "pool.example.com" {
				return nil
			}
			return errors.New("nobody has this name")
		}
	})
	if c := n.handshake("stranger.example.com"); c != nil {
		t.Errorf("a stranger's name has the certificate of %s", c.DNSNames)
	}
	if got := a.Asked.Load(); got != 0 {
		t.Errorf("the authority was asked %d times for a name that is not allowed", got)
	}
	if c := n.certificate(t, "pool.example.com"); c.VerifyHostname("pool.example.com") != nil {
		t.Errorf("the certificate is of %s", c.DNSNames)
	}
}

// A certificate is renewed in good time, and the new one is served.
func TestACertificateIsRenewed(t *testing.T) {
	secure := listen(t)
	a := acmetest.New(t, 0, portOf(secure), false)
	n := start(t, newShared(t), a, nil, secure, func(c *autocert.Config) { c.Window, c.CheckEvery = 0.999999, time.Millisecond }) // at once
	if err := n.Manage([]string{"app.example.com"}); err != nil {
		t.Fatal(err)
	}
	first := n.certificate(t, "app.example.com")
	for n.certificate(t, "app.example.com").SerialNumber.Cmp(first.SerialNumber) == 0 {
		time.Sleep(20 * time.Millisecond)
	}
}

// So is one that was got while a client waited, by the handshakes that follow.
func TestACertificateThatWasAllowedIsRenewed(t *testing.T) {
	secure := listen(t)
	a := acmetest.New(t, 0, portOf(secure), false)
	n := start(t, newShared(t), a, nil, secure, func(c *autocert.Config) {
		c.Allowed = func(context.Context, string) error { return nil }
		c.Window, c.CheckEvery = 0.999999, time.Millisecond // at once
	})
	first := n.certificate(t, "pool.example.com")
	for n.certificate(t, "pool.example.com").SerialNumber.Cmp(first.SerialNumber) == 0 {
		time.Sleep(20 * time.Millisecond)
	}
}

// The account of the authority is bound to that of a customer.
func TestAnExternalAccount(t *testing.T) {
	secure := listen(t)
	a := acmetest.New(t, 0, portOf(secure), true)
	bound := start(t, newShared(t), a, nil, secure, func(c *autocert.Config) {
		c.EABKeyID, c.EABMACKey = acmetest.BindingID, seal.Secret(acmetest.BindingKey+"=")
	})
	if err := bound.Manage([]string{"app.example.com"}); err != nil {
		t.Fatal(err)
	}
	bound.certificate(t, "app.example.com")
	_, err := autocert.New(autocert.Config{Store: newShared(t).store, EABKeyID: acmetest.BindingID, EABMACKey: "not base64!", Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err == nil || strings.Contains(err.Error(), "not base64!") {
		t.Errorf("a key that is no key: %v", err)
	}
}

// What is kept is sealed, and tied to its name.
func TestKeysAreSealed(t *testing.T) {
	secure := listen(t)
	a, in := acmetest.New(t, 0, portOf(secure), false), newShared(t)
	n := start(t, in, a, nil, secure, nil)
	if err := n.Manage([]string{"app.example.com"}); err != nil {
		t.Fatal(err)
	}
	n.certificate(t, "app.example.com")
	names, err := in.store.ACMEValuesUnder(t.Context(), "certificates")
	if err != nil || len(names) == 0 {
		t.Fatalf("kept: %q, %v", names, err)
	}
	for _, name := range names {
		v, err := in.store.ACMEValue(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(v.Sealed), "PRIVATE KEY") || strings.Contains(string(v.Sealed), "CERTIFICATE") {
			t.Errorf("%s is kept in clear", name)
		}
	}
}

func TestNamesThatAnAuthorityCanCheck(t *testing.T) {
	for name, want := range map[string]bool{
		"app.example.com": true, "*.example.com": false, "localhost": false, "app.localhost": false, "intranet": false,
		"127.0.0.1": false, "::1": false, "app.internal": false, "a..b": false, "": false,
	} {
		if got := autocert.Certifiable(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}
