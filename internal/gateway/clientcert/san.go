package clientcert

import (
	"crypto/x509"
	"encoding/asn1"
	"regexp"
	"slices"
)

// SAN is a pattern for one kind of name.
type SAN struct {
	kind    string
	pattern *regexp.Regexp
}

// The kinds of names. Pomerium's names.
const (
	DNS               = "dns"
	Email             = "email"
	IPAddress         = "ip_address"
	URI               = "uri"
	UserPrincipalName = "user_principal_name"
)

// NewSAN returns a pattern that a whole name must match. At Pomerium several patterns
// of a kind match parts of names.
func NewSAN(kind, pattern string) (SAN, error) {
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return SAN{kind, re}, err
}

func (s SAN) matches(c *x509.Certificate) bool {
	return slices.ContainsFunc(s.names(c), s.pattern.MatchString)
}

func (s SAN) names(c *x509.Certificate) (names []string) {
	switch s.kind {
	case DNS:
		return c.DNSNames
	case Email:
		return c.EmailAddresses
	case IPAddress:
		for _, ip := range c.IPAddresses {
			names = append(names, ip.String())
		}
	case URI:
		for _, u := range c.URIs {
			names = append(names, u.String())
		}
	case UserPrincipalName:
		return principals(c)
	}
	return names
}

// Names of certificates that crypto/x509 does not read: RFC 5280 §4.2.1.6, and
// Microsoft's user principal name.
var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidPrincipalName  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}
)

// otherName is OtherName of GeneralName. Its value is tagged explicitly.
type otherName struct {
	ID    asn1.ObjectIdentifier
	Value asn1.RawValue
}

// principals returns the user principal names of a certificate. What can't be read is
// no name.
func principals(c *x509.Certificate) (names []string) {
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidSubjectAltName) {
			continue
		}
		var all []asn1.RawValue
		if rest, err := asn1.Unmarshal(e.Value, &all); err != nil || len(rest) > 0 {
			continue
		}
		for _, name := range all {
			if text, ok := principal(name); ok {
				names = append(names, text)
			}
		}
	}
	return names
}

func principal(name asn1.RawValue) (text string, ok bool) {
	if name.Class != asn1.ClassContextSpecific || name.Tag != 0 {
		return "", false
	}
	var other otherName
	if rest, err := asn1.UnmarshalWithParams(name.FullBytes, &other, "tag:0"); err != nil || len(rest) > 0 || !other.ID.Equal(oidPrincipalName) {
		return "", false
	}
	rest, err := asn1.UnmarshalWithParams(other.Value.Bytes, &text, "utf8")
	return text, err == nil && len(rest) == 0
}
