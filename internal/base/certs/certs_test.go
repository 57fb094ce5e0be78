package certs_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/seal"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var rsaKey = sync.OnceValue(func() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func ecKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue returns a self-signed certificate for the names, and its key, both as
// PEM. The label becomes the common name of the certificate.
func issue(t testing.TB, key crypto.Signer, label string, names ...string) (cert, private string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: label}, DNSNames: names,
		NotBefore: start.Add(-time.Hour), NotAfter: start.AddDate(20, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func pair(t testing.TB, label string, names ...string) certs.Pair {
	t.Helper()
	cert, key := issue(t, ecKey(t), label, names...)
	return certs.Pair{Cert: cert, Key: seal.Secret(key)}
}

func newStore(t testing.TB, c certs.Config) *certs.Store {
	t.Helper()
	s, err := certs.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hello returns the ClientHello of a client that asks for name and supports all
// key types.
func hello(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13, tls.VersionTLS12},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256},
		SupportedCurves:  []tls.CurveID{tls.CurveP256},
	}
}

// served returns the label of the certificate that s chooses.
func served(t testing.TB, s *certs.Store, h *tls.ClientHelloInfo) string {
	t.Helper()
	cert, err := s.Certificate(h)
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf.Subject.CommonName
}

func TestCertificateIsChosenByName(t *testing.T) {
	s := newStore(t, certs.Config{Pairs: []certs.Pair{
		pair(t, "first", "first.example.net"),
		pair(t, "wild", "*.example.com"),
		pair(t, "exact", "id.example.com", "ID2.Example.com"),
	}})
	tests := []struct{ name, want string }{
		{"first.example.net", "first"},
		{"a.example.com", "wild"},
		{"A.EXAMPLE.com.", "wild"},
		{"id.example.com", "exact"},
		{"id2.example.com", "exact"},
		{"a.b.example.com", "first"}, // a wildcard is one label
		{"example.com", "first"},
		{"*.example.com", "wild"},
		{"other.example.org", "first"},
		{"", "first"},
		{".", "first"},
		{"com", "first"},
	}
	for _, tt := range tests {
		if got := served(t, s, hello(tt.name)); got != tt.want {
			t.Errorf("%q: certificate %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCertificateIsChosenByKeyType(t *testing.T) {
	rsaCert, rsaPrivate := issue(t, rsaKey(), "rsa", "id.example.com")
	s := newStore(t, certs.Config{Pairs: []certs.Pair{pair(t, "ec", "id.example.com"), {Cert: rsaCert, Key: seal.Secret(rsaPrivate)}}})
	if got := served(t, s, hello("id.example.com")); got != "ec" {
		t.Errorf("a client that supports both key types gets %q, want the first certificate", got)
	}
	old := hello("id.example.com")
	old.SignatureSchemes = []tls.SignatureScheme{tls.PSSWithSHA256}
	if got := served(t, s, old); got != "rsa" {
		t.Errorf("a client that supports only RSA gets %q, want the RSA certificate", got)
	}
}

func TestPairInEveryForm(t *testing.T) {
	cert, key := issue(t, ecKey(t), "x", "id.example.com")
	dir := t.TempDir()
	certFile, keyFile := write(t, dir, "tls.crt", cert), write(t, dir, "tls.key", key)
	b64 := base64.StdEncoding.EncodeToString
	for name, p := range map[string]certs.Pair{
		"PEM": {Cert: cert, Key: seal.Secret(key)}, "PEM with space": {Cert: "\n" + cert, Key: seal.Secret(" " + key)},
		"base64": {Cert: b64([]byte(cert)), Key: seal.Secret(b64([]byte(key)) + "\n")}, "files": {CertFile: certFile, KeyFile: keyFile},
	} {
		if got := served(t, newStore(t, certs.Config{Pairs: []certs.Pair{p}}), hello("id.example.com")); got != "x" {
			t.Errorf("%s: got the certificate %q, want %q", name, got, "x")
		}
	}
}

func TestErrorOfABadPairShowsNoKey(t *testing.T) {
	cert, key := issue(t, ecKey(t), "x", "id.example.com")
	_, otherKey := issue(t, ecKey(t), "y", "id.example.com")
	for name, p := range map[string]certs.Pair{
		"nothing": {}, "no key": {Cert: cert}, "another's key": {Cert: cert, Key: seal.Secret(otherKey)},
		"swapped": {Cert: key, Key: seal.Secret(cert)}, "not PEM": {Cert: cert, Key: "hunter2"},
		"no file": {CertFile: filepath.Join(t.TempDir(), "none"), KeyFile: "none"},
	} {
		_, err := certs.New(certs.Config{Pairs: []certs.Pair{pair(t, "good", "a"), p}})
		if err == nil || !strings.HasPrefix(err.Error(), "certificate 2: ") {
			t.Errorf("%s: error = %v, want an error that names the second certificate", name, err)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestChangedFilesAreReloaded(t *testing.T) {
	dir, now := t.TempDir(), start
	put := func(label string, at time.Duration) {
		cert, key := issue(t, ecKey(t), label, "id.example.com")
		for name, text := range map[string]string{"tls.crt": cert, "tls.key": key} {
			path := write(t, dir, name, text)
			os.Chtimes(path, start.Add(at), start.Add(at))
		}
	}
	put("one", 0)
	var log bytes.Buffer
	s := newStore(t, certs.Config{
		Pairs: []certs.Pair{{CertFile: filepath.Join(dir, "tls.crt"), KeyFile: filepath.Join(dir, "tls.key")}},
		Log:   slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return now },
	})
	step := func(what, want string, after time.Duration) {
		t.Helper()
		now = now.Add(after)
		if got := served(t, s, hello("id.example.com")); got != want {
			t.Errorf("%s: certificate %q, want %q", what, got, want)
		}
	}
	step("at first", "one", 0)
	put("two", time.Hour)
	step("within the second", "one", 999*time.Millisecond)
	step("after the second", "two", time.Millisecond)

	write(t, dir, "tls.key", "broken")
	step("with a broken key", "two", time.Second)
	step("still", "two", time.Second)
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("the broken key was logged %d times, want once: %s", n, log.String())
	}
	put("three", 2*time.Hour)
	step("mended", "three", time.Second)
	os.Remove(filepath.Join(dir, "tls.crt"))
	step("with a file gone", "three", time.Second)
}

func TestReplace(t *testing.T) {
	s := newStore(t, certs.Config{Pairs: []certs.Pair{pair(t, "one", "id.example.com")}})
	if err := s.Replace(certs.Config{Pairs: []certs.Pair{{Cert: "x"}}}); err == nil {
		t.Error("Replace accepted a broken pair")
	}
	if got := served(t, s, hello("")); got != "one" {
		t.Errorf("after a failed change: certificate %q, want the old one", got)
	}
	if err := s.Replace(certs.Config{Pairs: []certs.Pair{pair(t, "two", "id.example.com")}}); err != nil {
		t.Fatal(err)
	}
	if got := served(t, s, hello("")); got != "two" {
		t.Errorf("after a change: certificate %q, want the certificate two", got)
	}
}

func TestHandshake(t *testing.T) {
	p := pair(t, "id", "id.example.com")
	server := newStore(t, certs.Config{Pairs: []certs.Pair{p}}).TLSConfig()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(p.Cert))
	if err := handshake(server, &tls.Config{ServerName: "id.example.com", RootCAs: roots, Time: func() time.Time { return start }}); err != nil {
		t.Errorf("handshake: %v", err)
	}
	if err := handshake(server, &tls.Config{ServerName: "id.example.com", RootCAs: roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("the server accepted TLS 1.1")
	}
}

// handshake does a TLS handshake between a client and a server on loopback.
func handshake(server, client *tls.Config) error {
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		return err
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	conn, err := tls.Dial("tcp", l.Addr().String(), client)
	if err != nil {
		return err
	}
	return conn.Close()
}

func TestConcurrentHandshakes(t *testing.T) {
	now := start
	var mu sync.Mutex
	s := newStore(t, certs.Config{Pairs: []certs.Pair{pair(t, "x", "id.example.com")}, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				served(t, s, hello("id.example.com"))
			}
		})
	}
	wg.Wait()
}

func BenchmarkCertificate(b *testing.B) {
	s := newStore(b, certs.Config{Pairs: []certs.Pair{pair(b, "x", "*.example.com")}})
	h := hello("a.example.com")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Certificate(h); err != nil {
			b.Fatal(err)
		}
	}
}
