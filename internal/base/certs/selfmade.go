package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	selfMadeFile = "self-made.pem" // holds certificate and key, so that they always belong together
	// selfMadeFor is the life of a certificate. Apple: devices refuse a longer one
	// than 825 days, even if it is trusted.
	selfMadeFor = 820 * 24 * time.Hour
	// renewBefore is the shortest rest of life with which a kept certificate is
	// used again, so that it does not end while a process runs.
	renewBefore = 90 * 24 * time.Hour
)

// selfMade returns the certificate that dir keeps, if it still covers all hosts,
// or else a new one.
func selfMade(dir string, hosts []string, now time.Time) (*tls.Certificate, error) {
	hosts = certifiable(append([]string{"localhost", "*.localhost", "127.0.0.1", "::1"}, hosts...))
	if dir != "" {
		if kept := readSelfMade(filepath.Join(dir, selfMadeFile)); kept != nil && goodFor(kept.Leaf, hosts, now) {
			return kept, nil
		}
	}
	data, err := makeCertificate(hosts, now)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	if dir != "" {
		if err := keep(dir, data); err != nil {
			return nil, fmt.Errorf("keep the self-signed certificate: %w", err)
		}
	}
	cert, err := tls.X509KeyPair(data, data)
	return &cert, err
}

// dnsName matches the names that a certificate can hold and a client compares:
// ASCII labels, of which the first may be a star.
var dnsName = regexp.MustCompile(`^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

// certifiable returns the hosts that a certificate can name, each once. It leaves
// out names like "api-*.example.com". Such hosts get the certificate too, and
// browsers warn about it as about any self-signed certificate.
func certifiable(hosts []string) []string {
	var out []string
	for _, host := range hosts {
		host = strings.ToLower(host)
		if (net.ParseIP(host) != nil || dnsName.MatchString(host)) && !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}

// readSelfMade returns the certificate in a file, or nil if the file is missing
// or broken: the caller makes another one.
func readSelfMade(path string) *tls.Certificate {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	cert, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil
	}
	return &cert
}

// goodFor reports whether a certificate covers all hosts and lives long enough.
func goodFor(leaf *x509.Certificate, hosts []string, now time.Time) bool {
	if now.Before(leaf.NotBefore) || now.Add(renewBefore).After(leaf.NotAfter) {
		return false
	}
	for _, host := range hosts {
		if parent, ok := strings.CutPrefix(host, "*."); ok {
			host = "a." + parent // an example of what the wildcard covers
		}
		if leaf.VerifyHostname(host) != nil {
			return false
		}
	}
	return true
}

// makeCertificate returns a new certificate and its key as PEM.
func makeCertificate(hosts []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Gatehouse self-made certificate"},
		NotBefore:    now.Add(-time.Hour), // for clients whose clocks are slow
		NotAfter:     now.Add(selfMadeFor),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true, // with IsCA false: it signs no other certificates
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = errors.Join(
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return out.Bytes(), err
}

// keep replaces the file in dir as a whole. Only its owner can read it.
func keep(dir string, data []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".self-made-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), filepath.Join(dir, selfMadeFile))
}
