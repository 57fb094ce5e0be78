package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/certs"
)

// selfMade returns the self-made certificate of a process that uses dir.
func selfMade(t *testing.T, dir string, now time.Time, hosts ...string) *x509.Certificate {
	t.Helper()
	s := newStore(t, certs.Config{Dir: dir, Hosts: hosts, Now: func() time.Time { return now }})
	cert, err := s.Certificate(hello("whatever.example.org"))
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func TestSelfMadeCertificateWithoutPairs(t *testing.T) {
	leaf := selfMade(t, "", start, "id.example.com", "*.apps.example.com", "192.0.2.7")
	if key, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("key = %T, want ECDSA on P-256", leaf.PublicKey)
	}
	for _, host := range []string{"localhost", "hello.localhost", "127.0.0.1", "::1", "id.example.com", "x.apps.example.com", "192.0.2.7"} {
		if err := leaf.VerifyHostname(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if leaf.VerifyHostname("example.com") == nil || leaf.IsCA {
		t.Errorf("the certificate is valid for example.com or as an authority, want only the given hosts")
	}
	if leaf.NotAfter.Sub(leaf.NotBefore) > 825*24*time.Hour {
		t.Errorf("the certificate is valid from %v to %v, want at most 825 days", leaf.NotBefore, leaf.NotAfter)
	}
}

func TestHandshakeNeedsTrustInTheSelfMadeCertificate(t *testing.T) {
	s := newStore(t, certs.Config{Hosts: []string{"id.example.com"}})
	cert, err := s.Certificate(hello(""))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	if err := handshake(s.TLSConfig(), &tls.Config{ServerName: "id.example.com", RootCAs: roots}); err != nil {
		t.Errorf("handshake: %v", err)
	}
	if err := handshake(s.TLSConfig(), &tls.Config{ServerName: "id.example.com", RootCAs: x509.NewCertPool()}); err == nil {
		t.Error("the handshake succeeded without trust in the certificate")
	}
}

func TestSelfMadeCertificateIsReused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	first := selfMade(t, dir, start, "id.example.com", "*.apps.example.com")
	path := filepath.Join(dir, "self-made.pem")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v, want mode 600", info, err)
	}
	tests := []struct {
		name  string
		now   time.Time
		hosts []string
		same  bool
	}{
		{"at once", start, []string{"id.example.com", "*.apps.example.com"}, true},
		{"for fewer hosts", start, []string{"id.example.com"}, true},
		{"a year later", start.AddDate(1, 0, 0), []string{"id.example.com"}, true},
		{"near its end", start.AddDate(0, 0, 740), nil, false},
		{"before it began", start.AddDate(0, 0, -1), nil, false},
		{"for another host", start, []string{"new.example.com"}, false},
	}
	for _, tt := range tests {
		data, _ := os.ReadFile(path)
		got := selfMade(t, dir, tt.now, tt.hosts...)
		if same := got.Equal(first); same != tt.same {
			t.Errorf("%s: the same certificate = %v, want %v", tt.name, same, tt.same)
		}
		os.WriteFile(path, data, 0o600)
	}
	os.WriteFile(path, []byte("broken"), 0o600)
	if selfMade(t, dir, start).Equal(first) {
		t.Error("got the old certificate from a broken file, want a new one")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("the directory contains %v, want only the certificate", left)
	}
}

func TestSelfMadeCertificateLeavesOutInvalidHosts(t *testing.T) {
	dir := t.TempDir()
	hosts := []string{"ID.Example.com", "id.example.com", "", "*", "api-*.example.com", "b\u00fccher.example", "a..b", "-x.example.com", "x\x00.example.com"}
	first := selfMade(t, dir, start, hosts...)
	want := []string{"localhost", "*.localhost", "id.example.com"}
	if !slices.Equal(first.DNSNames, want) {
		t.Errorf("names = %q, want %q", first.DNSNames, want)
	}
	if !selfMade(t, dir, start, hosts...).Equal(first) {
		t.Error("got a new certificate for the same hosts, want the old one")
	}
}

func TestPool(t *testing.T) {
	p := pair(t, "authority", "ca.example.com")
	pool, err := certs.Pool(p.Cert)
	if err != nil {
		t.Fatal(err)
	}
	system, _ := x509.SystemCertPool()
	system.AppendCertsFromPEM([]byte(p.Cert))
	if !pool.Equal(system) {
		t.Error("the pool differs from the pool of the system plus the authority")
	}
	for _, bad := range []string{"", "x", "-----BEGIN NOTHING-----", p.Key.Reveal()} {
		if _, err := certs.Pool(p.Cert, bad); err == nil || !strings.HasPrefix(err.Error(), "authority 2: ") {
			t.Errorf("%.12q: error = %v, want an error that names the second authority", bad, err)
		}
	}
}

func FuzzPool(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	f.Add("LS0tLS1CRUdJTiA=")
	system, err := x509.SystemCertPool()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if pool, err := certs.Pool(text); err == nil && pool.Equal(system) {
			t.Errorf("Pool accepted %q, which contains no authority", text)
		}
	})
}
