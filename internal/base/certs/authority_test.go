package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/certs"
)

// local returns the local authority of dir and the certificate that a process serves.
func local(t *testing.T, dir string, now time.Time, hosts ...string) (ca, leaf *x509.Certificate) {
	t.Helper()
	s := newStore(t, certs.Config{Dir: dir, Hosts: hosts, Now: func() time.Time { return now }})
	return authorityOf(t, dir), served1(t, s)
}

func served1(t *testing.T, s *certs.Store) *x509.Certificate {
	t.Helper()
	cert, err := s.Certificate(hello("whatever.example.org"))
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func authorityOf(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	kept, err := certs.KeptAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	return kept.Certificate()
}

func trusting(ca *x509.Certificate) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	return roots
}

func verify(leaf, ca *x509.Certificate, host string, now time.Time) error {
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: trusting(ca), CurrentTime: now})
	return err
}

func TestLocalAuthoritySignsForTheHosts(t *testing.T) {
	ca, leaf := local(t, t.TempDir(), start, "id.example.com", "*.apps.example.com", "192.0.2.7", "my_app.example.net", "2001:db8::7")
	if key, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("key = %T, want ECDSA on P-256", leaf.PublicKey)
	}
	for _, host := range []string{"localhost", "hello.localhost", "127.0.0.1", "[::1]", "id.example.com", "x.apps.example.com", "192.0.2.7", "my_app.example.net", "[2001:db8::7]"} {
		if err := verify(leaf, ca, host, start); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := verify(leaf, ca, "example.com", start); err == nil || leaf.IsCA {
		t.Errorf("the certificate is valid for example.com, or as an authority: want only the given hosts")
	}
	if life := leaf.NotAfter.Sub(start); life > 7*24*time.Hour {
		t.Errorf("the certificate lives %v, want a week at most", life)
	}
}

// What the authority signs for other hosts is not believed, even with its key.
func TestLocalAuthorityIsConstrained(t *testing.T) {
	dir := t.TempDir()
	ca, _ := local(t, dir, start, "id.example.com", "192.0.2.7")
	tests := []struct {
		host string
		ok   bool
	}{
		{"id.example.com", true}, {"below.id.example.com", true}, {"localhost", true}, {"127.9.9.9", true}, {"192.0.2.7", true},
		{"example.com", false}, {"other.example.com", false}, {"xid.example.com", false}, {"bank.example", false},
		{"192.0.2.8", false}, {"10.0.0.1", false}, {"::2", false}, {"2001:db8::1", false},
	}
	for _, tt := range tests {
		leaf := certs.SignAnything(t, dir, start, tt.host)
		host := tt.host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if err := verify(leaf, ca, host, start); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want believed %v", tt.host, err, tt.ok)
		}
	}
	if !ca.PermittedDNSDomainsCritical || !ca.MaxPathLenZero || !slices.Equal(ca.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) || ca.KeyUsage != x509.KeyUsageCertSign {
		t.Errorf("the authority is not limited to certificates of servers: %+v", ca)
	}
}

func TestHandshakeNeedsTrustInTheLocalAuthority(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, certs.Config{Dir: dir, Hosts: []string{"id.example.com"}})
	if err := handshake(s.TLSConfig(), &tls.Config{ServerName: "id.example.com", RootCAs: trusting(authorityOf(t, dir))}); err != nil {
		t.Errorf("handshake: %v", err)
	}
	if err := handshake(s.TLSConfig(), &tls.Config{ServerName: "id.example.com", RootCAs: x509.NewCertPool()}); err == nil {
		t.Error("the handshake succeeded without trust in the authority")
	}
}

func TestLocalAuthorityIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	first, _ := local(t, dir, start, "id.example.com", "*.apps.example.com")
	path := filepath.Join(dir, "local-ca.pem")
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
		{"below a host", start, []string{"a.id.example.com"}, true},
		{"years later", start.AddDate(9, 0, 0), []string{"id.example.com"}, true},
		{"near its end", start.AddDate(9, 11, 0), nil, false},
		{"before it began", start.AddDate(0, 0, -1), nil, false},
		{"for another host", start, []string{"new.example.com"}, false},
		{"for another address", start, []string{"192.0.2.1"}, false},
	}
	for _, tt := range tests {
		data, _ := os.ReadFile(path)
		got, leaf := local(t, dir, tt.now, tt.hosts...)
		if same := got.Equal(first); same != tt.same {
			t.Errorf("%s: the same authority = %v, want %v", tt.name, same, tt.same)
		}
		if got.Subject.CommonName == first.Subject.CommonName && !tt.same {
			t.Errorf("%s: two authorities have the name %s", tt.name, got.Subject.CommonName)
		}
		if err := verify(leaf, got, "localhost", tt.now); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		os.WriteFile(path, data, 0o600)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("the directory contains %v, want only the authority", left)
	}
}

var (
	loopback   = []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}
	everywhere = []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}
)

// authorityFor returns an authority and its key, with the constraints of a template.
func authorityFor(t *testing.T, template x509.Certificate) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), start, start.AddDate(9, 0, 0)
	template.IsCA, template.BasicConstraintsValid, template.PermittedDNSDomainsCritical = true, true, true
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// A key that others may have read, and a file that says something else, are not used
// and not replaced.
func TestLocalAuthorityThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "local-ca.pem")
	if _, err := certs.KeptAuthority(dir); !errors.Is(err, certs.ErrNoAuthority) {
		t.Errorf("error %v, want %v", err, certs.ErrNoAuthority)
	}
	own := pair(t, "no authority", "localhost")
	local(t, dir, start)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, data string
		mode       os.FileMode
		want       string
	}{
		{"readable by others", string(good), 0o644, "its mode is 0644"},
		{"broken", "broken", 0o600, "failed to find any PEM data"},
		{"an authority for every host", authorityFor(t, x509.Certificate{}), 0o600, "may sign for every host"},
		{"an authority for every name", authorityFor(t, x509.Certificate{PermittedIPRanges: loopback}), 0o600, "may sign for every host"},
		{"an authority for every address", authorityFor(t, x509.Certificate{PermittedDNSDomains: []string{"localhost"}}), 0o600, "may sign for every host"},
		{"an authority for every network", authorityFor(t, x509.Certificate{PermittedDNSDomains: []string{"localhost"}, PermittedIPRanges: everywhere}), 0o600, "may sign for every host"},
		{"no authority", own.Cert + own.Key.Reveal(), 0o600, "holds no certificate authority"},
	}
	for _, tt := range tests {
		os.WriteFile(path, []byte(tt.data), tt.mode)
		os.Chmod(path, tt.mode)
		_, err := certs.New(certs.Config{Dir: dir, Now: func() time.Time { return start }})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q and the path", tt.name, err, tt.want)
		}
		if left, _ := os.ReadFile(path); string(left) != tt.data {
			t.Errorf("%s: the file was replaced", tt.name)
		}
	}
}

func TestLocalCertificateIsRenewed(t *testing.T) {
	now, dir := start, t.TempDir()
	s := newStore(t, certs.Config{Dir: dir, Now: func() time.Time { return now }})
	ca, first := authorityOf(t, dir), served1(t, s)
	now = start.Add(3 * 24 * time.Hour)
	if !served1(t, s).Equal(first) {
		t.Error("the certificate was renewed after three days, want the first")
	}
	for range 3 {
		now = now.Add(4 * 24 * time.Hour)
		next := served1(t, s)
		if err := verify(next, ca, "localhost", now); err != nil {
			t.Errorf("at %v: %v", now, err)
		}
		if next.Equal(first) {
			t.Errorf("at %v: the first certificate", now)
		}
	}
	if !authorityOf(t, dir).Equal(ca) {
		t.Error("the authority changed")
	}
}

func TestLocalCertificateLeavesOutInvalidHosts(t *testing.T) {
	dir := t.TempDir()
	hosts := []string{"ID.Example.com", "id.example.com", "", "*", "api-*.example.com", "b\u00fccher.example", "a..b", "-x.example.com", "x\x00.example.com"}
	ca, leaf := local(t, dir, start, hosts...)
	want := []string{"localhost", "*.localhost", "id.example.com"}
	if !slices.Equal(leaf.DNSNames, want) {
		t.Errorf("names = %q, want %q", leaf.DNSNames, want)
	}
	if again, _ := local(t, dir, start, hosts...); !again.Equal(ca) {
		t.Error("got a new authority for the same hosts, want the old one")
	}
}
