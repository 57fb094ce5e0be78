package policy_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func laptop() *x509.Certificate {
	return &x509.Certificate{
		Raw:                     []byte("certificate"),
		RawSubjectPublicKeyInfo: []byte("public key"),
		DNSNames:                []string{"laptop.example.com", "l.example.com"},
		EmailAddresses:          []string{"alice@example.com"},
		URIs:                    []*url.URL{{Scheme: "spiffe", Host: "example.com", Path: "/laptop"}},
	}
}

func TestClientCertificate(t *testing.T) {
	hash := sha256.Sum256([]byte("certificate"))
	fingerprint := hex.EncodeToString(hash[:])
	var colons []string
	for i := 0; i < len(fingerprint); i += 2 {
		colons = append(colons, strings.ToUpper(fingerprint[i:i+2]))
	}
	key := sha256.Sum256([]byte("public key"))
	spki := base64.StdEncoding.EncodeToString(key[:])
	other := strings.Repeat("ab", 32)

	valid := policy.Request{Certificate: laptop(), CertificateValid: true}
	invalid := policy.Request{Certificate: laptop()}
	const no = "client-certificate-unauthorized"
	checkCriterion(t, "client_certificate", []criterionCase{
		{`{fingerprint: ` + fingerprint + `}`, valid, true, "client-certificate-ok"},
		{`{fingerprint: "` + strings.Join(colons, ":") + `"}`, valid, true, "client-certificate-ok"},
		{`{fingerprint: [` + other + `, ` + fingerprint + `]}`, valid, true, "client-certificate-ok"},
		{`{fingerprint: {in: [` + other + `, ` + fingerprint + `]}}`, valid, true, "client-certificate-ok"},
		{`{fingerprint: {is: ` + fingerprint + `}}`, valid, true, "client-certificate-ok"},
		{`{fingerprint: ` + other + `}`, valid, false, no},
		{`{spki_hash: ` + spki + `}`, valid, true, "client-certificate-ok"},
		{`{spki_hash: ` + spki + `, fingerprint: ` + other + `}`, valid, false, no},
		{`{san_dns: l.example.com}`, valid, true, "client-certificate-ok"},
		{`{san_dns: {ends_with: .example.com}}`, valid, true, "client-certificate-ok"},
		{`{san_dns: m.example.com}`, valid, false, no},
		{`{san_email: alice@example.com}`, valid, true, "client-certificate-ok"},
		{`{san_email: bob@example.com}`, valid, false, no},
		{`{san_uri: "spiffe://example.com/laptop"}`, valid, true, "client-certificate-ok"},
		{`{san_uri: "spiffe://example.com/phone"}`, valid, false, no},
		{`{fingerprint: ` + fingerprint + `}`, invalid, false, "invalid-client-certificate"},
		{`{san_dns: l.example.com}`, visitor(), false, "client-certificate-required"},
	})
}

func TestClientCertificateRefuses(t *testing.T) {
	checkRefused(t, "client_certificate", map[string]string{
		`{}`:                           "found an empty object",
		`true`:                         "found true",
		`{fingerprint: abcd}`:          "64 hexadecimal digits",
		`{fingerprint: []}`:            "64 hexadecimal digits",
		`{spki_hash: "!"}`:             "in base64",
		`{finger_print: ab}`:           `did you mean "fingerprint"?`,
		`{san_dns: {not: a.example}}`:  "put the criterion under the operator not",
		`{san_dns: {not_in: [a, b]}}`:  "put the criterion under the operator not",
		`{san_email: [a@example.com]}`: "write {in: […]}",
	})
}

func TestAMissingCertificateOnAnAllowRule(t *testing.T) {
	p := compile(t, `allow: {or: [{client_certificate: {san_dns: l.example.com}}]}`)
	if d := p.Decide(new(visitor())); d.Outcome != policy.CertificateRequired {
		t.Errorf("Outcome = %v, want %v", d.Outcome, policy.CertificateRequired)
	}
	r := policy.Request{Certificate: &x509.Certificate{}, CertificateValid: true}
	if d := p.Decide(&r); d.Outcome != policy.Deny {
		t.Errorf("another certificate: Outcome = %v, want deny", d.Outcome)
	}
}

func TestPeopleCanStillSignInWhereACertificateWouldDo(t *testing.T) {
	p := compile(t, `allow: {or: [{client_certificate: {san_dns: l.example.com}}, {email: alice@example.com}]}`)
	if d := p.Decide(new(visitor())); d.Outcome != policy.SignIn {
		t.Errorf("Outcome = %v, want sign-in", d.Outcome)
	}
}
