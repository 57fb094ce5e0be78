package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/clientcert"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/certtest"
)

// certificatesOf returns a configuration that asks for certificates.
func certificatesOf(enforcement, ca, crl, routeCA string) *config.Config {
	c := &config.Config{Routes: []config.Route{{}}}
	c.DownstreamMTLS = config.DownstreamMTLS{CA: ca, CRL: crl, Enforcement: enforcement, MaxVerifyDepth: 1}
	c.Routes[0].TLSDownstreamClientCA = routeCA
	return c
}

// shake makes a handshake and returns what the server knows of it, and its error.
func shake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		far, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			return
		}
		defer far.Close()
		c := tls.Client(far, client)
		if c.Handshake() == nil {
			var b [1]byte
			c.Read(b[:]) // takes the ticket of TLS 1.3 first
		}
	}()
	near, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s := tls.Server(near, server)
	if err = s.Handshake(); err == nil {
		s.Write([]byte("x"))
	}
	<-done
	near.Close()
	return s.ConnectionState(), err
}

func TestHandshakesAskForCertificates(t *testing.T) {
	ours, theirs := certtest.Authority(t), certtest.Authority(t)
	good, bad := ours.Client("gatehouse", ""), theirs.Client("gatehouse", "")
	host := ours.Client("app.example.com", "").TLS()
	for name, tt := range map[string]struct {
		c        *config.Config
		sent     *certtest.Party // nil: none
		accepted bool
		known    int // certificates that the server sees
	}{
		"nobody asks":                       {certificatesOf("policy", "", "", ""), good, true, 0},
		"asked, and none":                   {certificatesOf("policy_with_default_deny", ours.PEM(), "", ""), nil, true, 0},
		"asked, a good one":                 {certificatesOf("policy_with_default_deny", ours.PEM(), "", ""), good, true, 1},
		"asked, somebody else's":            {certificatesOf("policy", ours.PEM(), "", ""), bad, true, 1},
		"a route asks":                      {certificatesOf("policy_with_default_deny", "", "", ours.PEM()), good, true, 1},
		"rejected, and none":                {certificatesOf("reject_connection", ours.PEM(), "", ""), nil, false, 0},
		"rejected, a good one":              {certificatesOf("reject_connection", ours.PEM(), "", ""), good, true, 1},
		"rejected, somebody else's":         {certificatesOf("reject_connection", ours.PEM(), "", ""), bad, false, 0},
		"rejected, one of a route":          {certificatesOf("reject_connection", ours.PEM(), "", theirs.PEM()), bad, true, 1},
		"rejected, a revoked one":           {certificatesOf("reject_connection", ours.PEM(), ours.Revokes(good), ""), good, false, 0},
		"rejected, another revoked its own": {certificatesOf("reject_connection", ours.PEM(), ours.Revokes(ours.Client("x", "")), ""), good, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var a asking
			if err := a.follow(tt.c); err != nil {
				t.Fatal(err)
			}
			server := a.in(&tls.Config{Certificates: []tls.Certificate{host}})
			client := &tls.Config{InsecureSkipVerify: true, ServerName: "app.example.com"}
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if tt.sent == nil {
					return &tls.Certificate{}, nil
				}
				cert := tt.sent.TLS()
				return &cert, nil
			}
			state, err := shake(t, server, client)
			if (err == nil) != tt.accepted || err == nil && len(state.PeerCertificates) != tt.known {
				t.Errorf("got %v with %d certificates, want accepted: %t with %d", err, len(state.PeerCertificates), tt.accepted, tt.known)
			}
		})
	}
}

// A resumed session brings its certificate along, and it is checked again.
func TestAResumedSessionIsCheckedAgain(t *testing.T) {
	ours := certtest.Authority(t)
	alice := ours.Client("a.example.com", "")
	host := ours.Client("app.example.com", "").TLS()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var a asking
		server := a.in(&tls.Config{Certificates: []tls.Certificate{host}, MaxVersion: version})
		client := &tls.Config{InsecureSkipVerify: true, ServerName: "app.example.com", Certificates: []tls.Certificate{alice.TLS()}, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
		if err := a.follow(certificatesOf("reject_connection", ours.PEM(), "", "")); err != nil {
			t.Fatal(err)
		}
		if _, err := shake(t, server, client); err != nil {
			t.Fatal(err)
		}
		if state, err := shake(t, server, client); err != nil || !state.DidResume || len(state.PeerCertificates) != 1 {
			t.Fatalf("%x: resumed: %t with %d certificates, %v", version, state.DidResume, len(state.PeerCertificates), err)
		}
		if err := a.follow(certificatesOf("reject_connection", ours.PEM(), ours.Revokes(alice), "")); err != nil {
			t.Fatal(err)
		}
		if _, err := shake(t, server, client); err == nil || !strings.Contains(err.Error(), "revoked") {
			t.Errorf("%x: a revoked certificate in a resumed session: %v", version, err)
		}
	}
}

func TestTheAuthorityOfOurOwnCertificatesIsNotAsked(t *testing.T) {
	ours := certtest.Authority(t)
	var a asking
	if err := a.follow(certificatesOf("reject_connection", ours.PEM(), "", "")); err != nil {
		t.Fatal(err)
	}
	server := a.in(&tls.Config{Certificates: []tls.Certificate{ours.Client("app.example.com", "").TLS()}, NextProtos: []string{"acme-tls/1"}})
	if _, err := shake(t, server, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"acme-tls/1"}}); err != nil {
		t.Errorf("its handshake is rejected: %v", err)
	}
}

// Whoever offers the authority's protocol beside another would use the other.
func TestWhoSeemsToBeTheAuthorityIsAsked(t *testing.T) {
	ours := certtest.Authority(t)
	host := ours.Client("app.example.com", "").TLS()
	for _, offered := range [][]string{{"acme-tls/1", "h2"}, {"http/1.1", "acme-tls/1"}, {"acme-tls/1", "acme-tls/1"}} {
		for _, spoken := range [][]string{{"h2", "http/1.1", "acme-tls/1"}, {"h2", "http/1.1"}, nil} {
			var a asking
			if err := a.follow(certificatesOf("reject_connection", ours.PEM(), "", "")); err != nil {
				t.Fatal(err)
			}
			server := a.in(&tls.Config{Certificates: []tls.Certificate{host}, NextProtos: spoken})
			if state, err := shake(t, server, &tls.Config{InsecureSkipVerify: true, NextProtos: offered}); err == nil {
				t.Errorf("a client that offers %q is let in without a certificate, and speaks %q", offered, state.NegotiatedProtocol)
			}
		}
	}
}

func TestAWrongAuthorityChangesNothing(t *testing.T) {
	var a asking
	if err := a.follow(certificatesOf("policy", "nothing", "", "")); err == nil || a.now.Load() != nil {
		t.Errorf("got %v and %v, want an error and what was before", err, a.now.Load())
	}
}

// Explain believes the certificates that the gateway would.
func TestExplainWithACertificate(t *testing.T) {
	ours := certtest.Authority(t)
	alice, mallory := ours.Client("a.example.com", "alice@example.com"), certtest.Authority(t).Client("a.example.com", "alice@example.com")
	text := "downstream_mtls:\n  ca: " + base64.StdEncoding.EncodeToString([]byte(ours.PEM())) + "\nroutes:\n  - {from: https://a.example.com, to: http://app, allow_public_unauthenticated_access: true}\n"
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		sent []*x509.Certificate
		want policy.Outcome
	}{{nil, policy.CertificateRequired}, {[]*x509.Certificate{alice.Cert}, policy.Allow}, {[]*x509.Certificate{mallory.Cert}, policy.CertificateRequired}} {
		a, err := Explain(c, Question{URL: &url.URL{Scheme: "https", Host: "a.example.com"}, Certificates: tt.sent})
		if err != nil || a.Decision.Outcome != tt.want {
			t.Errorf("with %d certificates: got %+v and the error %v, want %v", len(tt.sent), a, err, tt.want)
		}
	}
}

// An API server takes nobody without a name, and explain says so as the gateway does.
func TestExplainARouteToKubernetes(t *testing.T) {
	text := "routes:\n  - {from: https://k8s.example.com, to: https://api, policy: {allow: {or: [{accept: true}]}}, kubernetes_service_account_token: abc}\n"
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	for want, claims := range map[policy.Outcome]map[string]any{policy.SignIn: nil, policy.Allow: {"sub": "u-1", "email": "alice@example.com"}} {
		if a, err := Explain(c, Question{URL: &url.URL{Scheme: "https", Host: "k8s.example.com"}, Claims: claims}); err != nil || a.Decision.Outcome != want {
			t.Errorf("with claims %v: got %+v and the error %v, want %v", claims, a, err, want)
		}
	}
}

// A handshake that asks for a certificate, and trusts nobody, accepts none.
func TestAHandshakeThatTrustsNobodyAcceptsNobody(t *testing.T) {
	if err := (&asked{reject: true}).verify(tls.ConnectionState{}); !errors.Is(err, clientcert.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}
