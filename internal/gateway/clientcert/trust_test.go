package clientcert_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/clientcert"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// party is an authority, or a client.
type party struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue returns a new party whose certificate by signs; nil: it signs itself.
func issue(t testing.TB, by *party, serial int64, change func(*x509.Certificate)) *party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: big.NewInt(serial).String()},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	change(c)
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{cert, key}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
}

func plain(*x509.Certificate) {}

func (p *party) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw}))
}

// revokes returns a list of serials that p revokes.
func (p *party) revokes(t testing.TB, serials ...int64) string {
	t.Helper()
	crl := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(-time.Minute)}
	for _, s := range serials {
		crl.RevokedCertificateEntries = append(crl.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(s), RevocationTime: now})
	}
	der, err := x509.CreateRevocationList(rand.Reader, crl, p.cert, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

func mustTrust(t testing.TB, cfg clientcert.Config) *clientcert.Trust {
	t.Helper()
	trust, err := clientcert.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func mustSAN(t testing.TB, kind, pattern string) clientcert.SAN {
	t.Helper()
	s, err := clientcert.NewSAN(kind, pattern)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerify(t *testing.T) {
	root := issue(t, nil, 1, authority)
	middle := issue(t, root, 2, authority)
	impostor := issue(t, nil, 1, authority) // has the same name
	direct, under := issue(t, root, 3, plain), issue(t, middle, 4, plain)
	server := issue(t, root, 5, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	old := issue(t, root, 6, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) })
	early := issue(t, root, 7, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Second) })
	forged := issue(t, impostor, 3, plain)
	self := issue(t, nil, 9, plain)
	one := clientcert.Config{CAs: root.pem(), Depth: 1}
	revoked := clientcert.Config{CAs: root.pem(), CRLs: root.revokes(t, 8, 3), Depth: 1}
	for name, tt := range map[string]struct {
		cfg  clientcert.Config
		sent []*party
		why  string // "": it is valid
	}{
		"signed directly":                    {one, []*party{direct}, ""},
		"nothing":                            {one, nil, "there is none"},
		"with another one between":           {one, []*party{under, middle}, "max_verify_depth"},
		"with another one between, allowed":  {clientcert.Config{CAs: root.pem(), Depth: 2}, []*party{under, middle}, ""},
		"of any depth":                       {clientcert.Config{CAs: root.pem()}, []*party{under, middle}, ""},
		"without the one between":            {clientcert.Config{CAs: root.pem()}, []*party{under}, "unknown authority"},
		"by an authority that is trusted":    {clientcert.Config{CAs: middle.pem(), Depth: 1}, []*party{under}, ""},
		"by an impostor":                     {one, []*party{forged}, "unknown authority"},
		"by an impostor who is sent, too":    {clientcert.Config{CAs: root.pem()}, []*party{forged, impostor}, "unknown authority"},
		"by itself":                          {one, []*party{self}, "unknown authority"},
		"for servers":                        {one, []*party{server}, "key usage"},
		"over":                               {one, []*party{old}, "expired"},
		"not valid yet":                      {one, []*party{early}, "not yet valid"},
		"revoked":                            {revoked, []*party{direct}, "revoked"},
		"others are revoked":                 {clientcert.Config{CAs: root.pem(), CRLs: root.revokes(t, 8)}, []*party{direct}, ""},
		"another authority revokes":          {clientcert.Config{CAs: root.pem(), CRLs: middle.revokes(t, 3)}, []*party{direct}, ""},
		"an impostor revokes":                {clientcert.Config{CAs: root.pem(), CRLs: impostor.revokes(t)}, []*party{direct}, "revocation list"},
		"revoked in the second of two lists": {clientcert.Config{CAs: root.pem(), CRLs: root.revokes(t, 8) + root.revokes(t, 3)}, []*party{direct}, "revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent []*x509.Certificate
			for _, p := range tt.sent {
				sent = append(sent, p.cert)
			}
			err := mustTrust(t, tt.cfg).Verify(sent, now)
			if tt.why == "" && err != nil || tt.why != "" && (!errors.Is(err, clientcert.ErrInvalid) || !strings.Contains(err.Error(), tt.why)) {
				t.Errorf("got %v, want %q", err, tt.why)
			}
		})
	}
}

// A pattern matches a whole name, also as one of several, and any of them is enough.
func TestNamesOfACertificate(t *testing.T) {
	root := issue(t, nil, 1, authority)
	principal, err := asn1.Marshal([]asn1.RawValue{upn(t, "alice@corp.example.com"), {Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte("a.example.com")}})
	if err != nil {
		t.Fatal(err)
	}
	client := issue(t, root, 2, func(c *x509.Certificate) {
		c.DNSNames, c.EmailAddresses, c.IPAddresses = []string{"a.example.com", "b.example.com"}, []string{"alice@example.com"}, []net.IP{net.ParseIP("192.0.2.7")}
		c.URIs = []*url.URL{{Scheme: "spiffe", Host: "example.com", Path: "/ci"}}
	})
	windows := issue(t, root, 3, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: principal}}
	})
	for _, tt := range []struct {
		who      *party
		patterns [][2]string
		want     bool
	}{
		{client, [][2]string{{"dns", `b\.example\.com`}}, true}, {client, [][2]string{{"dns", `example\.com`}}, false}, {client, [][2]string{{"dns", `a`}, {"dns", `b`}}, false},
		{client, [][2]string{{"dns", `x|a\.example\.com`}}, true}, {client, [][2]string{{"dns", `a|b`}}, false},
		{client, [][2]string{{"email", `.*@example\.com`}}, true}, {client, [][2]string{{"email", `alice`}}, false},
		{client, [][2]string{{"ip_address", `192\.0\.2\..*`}}, true}, {client, [][2]string{{"uri", `spiffe://example\.com/.*`}}, true},
		{client, [][2]string{{"uri", `no`}, {"email", `alice@example\.com`}}, true}, {client, [][2]string{{"user_principal_name", `.*`}}, false},
		{windows, [][2]string{{"user_principal_name", `alice@corp\.example\.com`}}, true}, {windows, [][2]string{{"user_principal_name", `alice`}}, false}, {windows, [][2]string{{"email", `.*`}}, false},
	} {
		cfg := clientcert.Config{CAs: root.pem()}
		for _, p := range tt.patterns {
			cfg.SANs = append(cfg.SANs, mustSAN(t, p[0], p[1]))
		}
		if err := mustTrust(t, cfg).Verify([]*x509.Certificate{tt.who.cert}, now); (err == nil) != tt.want {
			t.Errorf("%v: %v, want it valid: %t", tt.patterns, err, tt.want)
		}
	}
	if _, err := clientcert.NewSAN("dns", "("); err == nil {
		t.Error("a broken pattern was read")
	}
}

func upn(t *testing.T, name string) asn1.RawValue {
	t.Helper()
	text, err := asn1.MarshalWithParams(name, "utf8")
	if err != nil {
		t.Fatal(err)
	}
	id, err := asn1.Marshal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	value, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: text})
	if err != nil {
		t.Fatal(err)
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: append(id, value...)}
}

func TestATrustThatCannotBeRead(t *testing.T) {
	root := issue(t, nil, 1, authority)
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	list := string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: []byte("x")}))
	good := root.revokes(t, 8)
	for name, cfg := range map[string]clientcert.Config{
		"nothing": {}, "text": {CAs: "x"}, "a broken certificate": {CAs: broken}, "one good, one broken": {CAs: root.pem() + broken},
		"a broken list": {CAs: root.pem(), CRLs: list}, "a list that is none": {CAs: root.pem(), CRLs: "x"}, "a certificate for a list": {CAs: root.pem(), CRLs: root.pem()},
		"authorities that were cut": {CAs: root.pem() + root.pem()[:100]}, "a list that was cut": {CAs: root.pem(), CRLs: good + good[:len(good)-30]}, "a list without its first line's end": {CAs: root.pem(), CRLs: good + good[:15]},
		"a damaged list between good ones": {CAs: root.pem(), CRLs: good + strings.Replace(good, "\nM", "\n*", 1) + good}, "a list that begins in another": {CAs: root.pem(), CRLs: good[:len(good)/2] + good},
	} {
		if _, err := clientcert.New(cfg); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}
