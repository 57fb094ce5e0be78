package certs

import (
	"crypto/tls"
	"strings"
	"time"
)

// chooser finds certificates by name. It is immutable.
type chooser struct {
	first  *tls.Certificate
	local  bool                          // first is of the local authority
	byName map[string][]*tls.Certificate // lower case; "*.example.com" for wildcards
}

// newChooser takes certificates whose leaf is parsed, as tls.X509KeyPair returns
// them.
func newChooser(all []*tls.Certificate) *chooser {
	c := &chooser{byName: map[string][]*tls.Certificate{}}
	for _, cert := range all {
		if c.first == nil {
			c.first = cert
		}
		for _, name := range cert.Leaf.DNSNames {
			name = strings.ToLower(name)
			c.byName[name] = append(c.byName[name], cert)
		}
	}
	return c
}

// choose returns the certificate with the exact name that the client asks for.
// If there is none, it returns the certificate with the wildcard of the parent,
// which covers one label (RFC 6125 §6.4.3), or else the first certificate. If
// several have the name, it returns the first that the client can use.
func (c *chooser) choose(hello *tls.ClientHelloInfo) *tls.Certificate {
	found := c.named(hello.ServerName)
	if len(found) == 0 {
		return c.first
	}
	for _, cert := range found {
		if hello.SupportsCertificate(cert) == nil {
			return cert
		}
	}
	return found[0]
}

// named returns the certificates with the name, or else with the wildcard of its
// parent.
func (c *chooser) named(name string) []*tls.Certificate {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	found := c.byName[name]
	if _, parent, ok := strings.Cut(name, "."); ok && len(found) == 0 {
		found = c.byName["*."+parent]
	}
	return found
}

func (c *chooser) covers(name string) bool { return len(c.named(name)) > 0 }

// aged reports whether a certificate of the local authority is to be renewed.
func (c *chooser) aged(now time.Time) bool {
	return c.local && now.Add(leafFor/2).After(c.first.Leaf.NotAfter)
}
