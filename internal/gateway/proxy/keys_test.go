package proxy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func verifyWithJWKS(set []byte, token string) (payload []byte, header string, err error) {
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(set, &keys); err != nil {
		return nil, "", err
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, "", err
	}
	found := keys.Key(jws.Signatures[0].Header.KeyID)
	if len(found) != 1 || !found[0].IsPublic() {
		return nil, "", fmt.Errorf("%d keys, want one, and that public", len(found))
	}
	payload, err = jws.Verify(found[0].Key)
	header, _, _ = strings.Cut(token, ".")
	return payload, header, err
}

func pemOf(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestParseSigningKeys(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	sec1, _ := x509.MarshalECPrivateKey(p256)
	sec1PEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})
	parameters := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 8}})
	tests := []struct {
		name string
		text []byte
		want int // keys; 0: refused
	}{
		{"P-256", pemOf(t, p256), 1},
		{"P-256 in SEC 1, with parameters", append(parameters, sec1PEM...), 1},
		{"RSA", pemOf(t, rsaKey), 1},
		{"RSA in PKCS #1", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}), 1},
		{"two", append(pemOf(t, p256), pemOf(t, rsaKey)...), 2},
		{"base64 of PEM", []byte(base64.StdEncoding.EncodeToString(pemOf(t, p256))), 1},
		{"P-384", pemOf(t, p384), 0},
		{"Ed25519", pemOf(t, edKey), 0},
		{"nothing", nil, 0},
		{"no PEM", []byte("hello"), 0},
		{"a broken key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), 0},
	}
	for _, tt := range tests {
		keys, err := ParseSigningKeys(tt.text)
		if len(keys) != tt.want || (err == nil) != (tt.want > 0) {
			t.Errorf("%s: got %d keys, %v; want %d", tt.name, len(keys), err, tt.want)
			continue
		}
		if tt.want == 0 {
			continue
		}
		signers, err := signersOf(keys, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		a := &assertions{signer: signers[0]}
		token, err := a.sign(map[string]any{"sub": "u"})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		set, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{signers[0].public}})
		if payload, _, err := verifyWithJWKS(set, token); err != nil || !bytes.Contains(payload, []byte(`"u"`)) {
			t.Errorf("%s: got %s, %v; want what was signed", tt.name, payload, err)
		}
	}
}

func TestDerivedKeyStays(t *testing.T) {
	one, err1 := signersOf(nil, secret("a"))
	two, err2 := signersOf(nil, secret("a"))
	other, err3 := signersOf(nil, secret("b"))
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	if one[0].public.KeyID != two[0].public.KeyID || one[0].public.KeyID == other[0].public.KeyID || len(one[0].public.KeyID) != 64 {
		t.Errorf("got %s, %s, %s; want the first two the same, and 64 hexadecimal digits", one[0].public.KeyID, two[0].public.KeyID, other[0].public.KeyID)
	}
}
