package certs

import (
	"crypto/x509"
	"testing"
	"time"
)

// Certificate returns the certificate of the authority.
func (a *Authority) Certificate() *x509.Certificate { return a.pair.Leaf }

// SignAnything signs for a host with the key of the authority that dir keeps, as
// somebody can who has stolen it.
func SignAnything(t *testing.T, dir string, now time.Time, host string) *x509.Certificate {
	t.Helper()
	a, err := KeptAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := a.issue([]string{host}, now)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}
