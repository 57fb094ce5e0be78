package proxy

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"sync"
	"time"
	"weak"

	"gatehouse/internal/gateway/clientcert"
)

// certificates remembers which certificates of clients were verified: a connection
// sends the same with every request.
type certificates struct {
	now func() time.Time

	mu    sync.Mutex
	known map[sentTo]verdict
}

// sentTo is a client's certificate, as the handshake of one connection has it, and
// what it is checked against. The certificate goes with its connection: strangers send
// large ones, and as many as they like.
type sentTo struct {
	leaf  weak.Pointer[x509.Certificate]
	trust *clientcert.Trust
}

type verdict struct {
	valid bool
	until time.Time
}

// A certificate may end while a connection lives. maxVerified limits the memory.
const (
	verifiedFor = time.Minute
	maxVerified = 10_000
)

// valid reports whether the certificates that a client sent may be believed. Without
// a trust nothing may.
func (c *certificates) valid(sent []*x509.Certificate, trust *clientcert.Trust) bool {
	if trust == nil {
		return false
	}
	key, now := sentTo{weak.Make(sent[0]), trust}, c.now()
	if v, ok := c.find(key); ok && now.Before(v.until) {
		return v.valid
	}
	v := verdict{trust.Verify(sent, now) == nil, now.Add(verifiedFor)}
	c.keep(key, v)
	return v.valid
}

func (c *certificates) find(key sentTo) (verdict, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.known[key]
	return v, ok
}

func (c *certificates) keep(key sentTo, v verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxVerified {
		c.known = map[sentTo]verdict{}
	}
	c.known[key] = v
}

// certificate returns the client's certificate if it may be believed, or nil.
func (x *exchange) certificate() *x509.Certificate {
	if !x.question.CertificateValid {
		return nil
	}
	return x.question.Certificate
}

// factOf returns a fact of a certificate, under Pomerium's names, or "".
func factOf(cert *x509.Certificate, name string) string {
	if cert == nil {
		return ""
	}
	switch name {
	case "fingerprint":
		return fingerprint(cert)
	case "san_dns":
		return strings.Join(cert.DNSNames, ",")
	case "san_email":
		return strings.Join(cert.EmailAddresses, ",")
	}
	return ""
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}
