package config_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write makes a file in a directory of the test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func p256(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certificate returns a certificate of key for host, and key, as PEM.
func certificate(t *testing.T, host string) (cert, key string) {
	t.Helper()
	k := p256(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), pkcs8(t, k)
}

func TestTheFileOfASecretWinsAndIsTrimmed(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	c := load(t, fmt.Sprintf("shared_secret: %s\nshared_secret_file: %s\nidp_client_secret_file: %s\nidp_provider: google\nidp_client_id: a\n",
		base64.StdEncoding.EncodeToString(make([]byte, 32)), write(t, "shared", "\n "+key+" \n"), write(t, "client", "from-the-file\n")))
	equal(t, "shared secret", string(c.SharedKey()), "0123456789abcdef0123456789abcdef")
	equal(t, "client secret", c.IDPClientSecret.Reveal(), "from-the-file")
	more := load(t, fmt.Sprintf("idp_providers: [{name: a, provider: google, client_id: a, client_secret: x, client_secret_file: %s}]\n", write(t, "client", "from-the-file\n")))
	equal(t, "client secret of another provider", more.IDPProviders[0].ClientSecret.Reveal(), "from-the-file")
	if c.CookieKey() != nil {
		t.Errorf("cookie secret: got %d bytes, want none", len(c.CookieKey()))
	}
}

func TestSecretFilesThatAreWrong(t *testing.T) {
	empty := write(t, "empty", "\n")
	checkAll(t, []wrong{
		{"empty", "shared_secret_file: " + empty + "\n", nil,
			`shared_secret_file: "` + empty + `" is not a file with text in it (config.yaml:1); was it cut while it was written? Write it again, or take the key out`},
		{"missing", "cookie_secret_file: testdata/none\n", nil,
			`cookie_secret_file: "testdata/none" is not a file that can be read (config.yaml:1); there is no such file`},
	})
}

func TestSigningKeys(t *testing.T) {
	first, second := pkcs8(t, p256(t)), pkcs8(t, p256(t))
	for name, text := range map[string]string{
		"PEM": first + second, "base64 of PEM": base64.StdEncoding.EncodeToString([]byte(first + second)),
	} {
		c := load(t, "", "SIGNING_KEY="+text)
		keys, err := c.SigningKeys()
		if err != nil || len(keys) != 2 {
			t.Errorf("%s: got %d keys and the error %v, want 2", name, len(keys), err)
		}
	}
	c := load(t, "signing_key_file: "+write(t, "key.pem", first))
	if keys, err := c.SigningKeys(); err != nil || len(keys) != 1 {
		t.Errorf("from a file: got %d keys and the error %v, want 1", len(keys), err)
	}
}

func TestSigningKeysThatAreRefused(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	const start = "signing_key: the secret is not a P-256 or RSA private key as PEM, or base64 of that (environment variable SIGNING_KEY); "
	checkAll(t, []wrong{
		{"Ed25519", "", []string{"SIGNING_KEY=" + pkcs8(t, ed)}, start + "an Ed25519 key cannot sign assertions"},
		{"P-384", "", []string{"SIGNING_KEY=" + pkcs8(t, p384)}, start + "the curve is P-384"},
		{"RSA of 1024 bits", "", []string{"SIGNING_KEY=" + pkcs8(t, small)}, start + "the RSA key has 1024 bits, fewer than 2048"},
		{"broken", "", []string{"SIGNING_KEY=-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}, start + "the block PRIVATE KEY cannot be read as a private key"},
	})
}

func TestCertificatesOfAllKeysInOrder(t *testing.T) {
	var certs, keys []string
	for _, host := range []string{"a.example.com", "b.example.com", "c.example.com"} {
		cert, key := certificate(t, host)
		certs, keys = append(certs, cert), append(keys, key)
	}
	c := load(t, fmt.Sprintf("certificate: %s\ncertificate_key: %s\ncertificate_file: %s\ncertificate_key_file: %s\ncertificates:\n  - {cert: %s, key: %s}\n",
		base64.StdEncoding.EncodeToString([]byte(certs[0])), base64.StdEncoding.EncodeToString([]byte(keys[0])),
		write(t, "b.pem", certs[1]), write(t, "b-key.pem", keys[1]), write(t, "c.pem", certs[2]), write(t, "c-key.pem", keys[2])))
	var hosts []string
	for _, pair := range c.TLS {
		parsed, err := pair.Parse()
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, parsed.Leaf.Subject.CommonName)
	}
	equal(t, "hosts", hosts, []string{"a.example.com", "b.example.com", "c.example.com"})
}

func TestAKeyOfAnotherCertificateIsRefused(t *testing.T) {
	cert, _ := certificate(t, "a.example.com")
	_, key := certificate(t, "b.example.com")
	wrong{"", fmt.Sprintf("certificates:\n  - {cert: %s, key: %s}\n", write(t, "a.pem", cert), write(t, "b.pem", key)), nil,
		"certificates[0]: the certificate with its key is not a pair that TLS can use (config.yaml:2); private key does not match public key"}.check(t)
}

func TestUpstreamCertificates(t *testing.T) {
	cert, key := certificate(t, "client")
	ca, _ := certificate(t, "authority")
	c := load(t, "certificate_authority: "+base64.StdEncoding.EncodeToString([]byte(ca))+"\ncertificate_authority_file: "+write(t, "ca.pem", ca)+"\n"+
		route("to: https://app", "tls_client_cert_file: "+write(t, "c.pem", cert), "tls_client_key_file: "+write(t, "k.pem", key), "tls_custom_ca_file: "+write(t, "ca.pem", ca)))
	r := c.Routes[0]
	equal(t, "the route's authority", r.TLSCustomCA, ca)
	equal(t, "the client certificate", r.TLSClientCert, cert)
	equal(t, "the key of it", r.TLSClientKey.Reveal(), key)
	equal(t, "authorities for all", strings.Count(c.CertificateAuthority, "BEGIN CERTIFICATE"), 2)
}
