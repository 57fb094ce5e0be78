package policy

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// clientCertificate matches the client's certificate. It is true only if the
// certificate was verified: names in any other prove nothing.
var clientCertificate = kind{
	name:  "client_certificate",
	class: ofCertificate,
	parse: parseCertificate,
}

// certificateCondition has tests that must all be true of the certificate.
type certificateCondition struct {
	fingerprints [][sha256.Size]byte // of the certificate; nil: not tested
	spkiHashes   [][sha256.Size]byte // of its public key; nil: not tested
	dns, email   textMatcher         // of one of its names; nil: not tested
	uri          textMatcher
}

var certificateKeys = []string{"fingerprint", "spki_hash", "san_dns", "san_email", "san_uri"}

func parseCertificate(p *parser, path, _ string, data any) condition {
	object, ok := data.(map[string]any)
	if !ok || len(object) == 0 {
		p.expected(path, data, "an object with "+oneOf(certificateKeys), "")
		return nil
	}
	c := &certificateCondition{}
	before := len(p.faults)
	for _, e := range p.object(path, object, "") {
		c.set(p, path+"."+e.written, e)
	}
	if len(p.faults) > before {
		return nil
	}
	return c
}

func (c *certificateCondition) set(p *parser, path string, e entry) {
	switch e.key {
	case "fingerprint":
		c.fingerprints = p.hashes(path, e.value, "a SHA-256 fingerprint of 64 hexadecimal digits", decodeFingerprint)
	case "spki_hash":
		c.spkiHashes = p.hashes(path, e.value, "the SHA-256 hash of a public key in base64", base64.StdEncoding.DecodeString)
	case "san_dns":
		c.dns = foldedNames(p.certificateName(path, e.value))
	case "san_email":
		c.email = foldedNames(p.certificateName(path, e.value))
	case "san_uri":
		c.uri = p.certificateName(path, e.value)
	default:
		p.fault(path, settings.Suggest(e.key, certificateKeys), "unknown key %q; expected %s", clip(e.written), oneOf(certificateKeys))
	}
}

// decodeFingerprint reads hexadecimal digits with or without colons.
func decodeFingerprint(s string) ([]byte, error) {
	return hex.DecodeString(strings.ReplaceAll(s, ":", ""))
}

// hashes reads one hash, a list of them, or {is: hash}, {in: [hash…]}.
func (p *parser) hashes(path string, data any, what string, decode func(string) ([]byte, error)) [][sha256.Size]byte {
	list, isList := data.([]any)
	if object, ok := data.(map[string]any); ok && len(object) == 1 {
		list, isList = object["in"].([]any)
		data = object["is"]
	}
	if !isList {
		list = []any{data}
	}
	var hashes [][sha256.Size]byte
	for _, item := range list {
		text, _ := item.(string)
		raw, err := decode(text)
		if err != nil || len(raw) != sha256.Size {
			p.expected(path, item, what, "")
			return nil
		}
		hashes = append(hashes, [sha256.Size]byte(raw))
	}
	if len(hashes) == 0 {
		p.expected(path, data, what, "")
	}
	return hashes
}

// certificateName reads a string matcher for names. A certificate has several,
// and "one of them is not x" is true of almost every certificate. So negative
// tests are refused.
func (p *parser) certificateName(path string, data any) textMatcher {
	m := p.text(path, data)
	for _, t := range m {
		if t.op == "not" || t.op == "not_in" {
			p.fault(path+"."+t.op, "put the criterion under the operator not", "a certificate has several names; %s can't be asked of them", t.op)
			return nil
		}
	}
	return m
}

func (c *certificateCondition) holds(r *Request) bool {
	if r.Certificate == nil || !r.CertificateValid {
		return false
	}
	return c.matches(r.Certificate)
}

func (c *certificateCondition) matches(cert *x509.Certificate) bool {
	if c.fingerprints != nil && !slices.Contains(c.fingerprints, sha256.Sum256(cert.Raw)) {
		return false
	}
	if c.spkiHashes != nil && !slices.Contains(c.spkiHashes, sha256.Sum256(cert.RawSubjectPublicKeyInfo)) {
		return false
	}
	return matchesAny(c.dns, cert.DNSNames) &&
		matchesAny(c.email, cert.EmailAddresses) &&
		matchesAnyURI(c.uri, cert.URIs)
}

// foldedNames is for names that are compared without letter case.
func foldedNames(m textMatcher) textMatcher { return textCondition{form: canonicalAddress}.formed(m) }

func matchesAny(m textMatcher, names []string) bool {
	return m == nil || slices.ContainsFunc(names, func(name string) bool { return m.matches(canonicalAddress(name)) })
}

func matchesAnyURI(m textMatcher, uris []*url.URL) bool {
	return m == nil || slices.ContainsFunc(uris, func(u *url.URL) bool { return m.matches(u.String()) })
}

// reason distinguishes a missing or bad certificate from one that does not
// match.
func (c *certificateCondition) reason(r *Request, ok bool) Reasons {
	switch {
	case ok:
		return ReasonClientCertificateOK
	case r.Certificate == nil:
		return ReasonClientCertificateRequired
	case !r.CertificateValid:
		return ReasonInvalidClientCertificate
	}
	return ReasonClientCertificateUnauthorized
}

func (c *certificateCondition) say(_ *Request, not, _ bool) string {
	if not {
		return "you must not present the client certificate that this rule names"
	}
	return "you must present a valid client certificate that this rule names"
}

func (c *certificateCondition) fact() string {
	return "the client presents a certificate that the rule names"
}
