package proxy

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
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

func TestSigningKeys(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	for name, keys := range map[string][]crypto.Signer{"P-256": {p256}, "RSA": {rsaKey}, "two": {p256, rsaKey}} {
		signers, err := signersOf(keys, nil)
		if err != nil || len(signers) != len(keys) {
			t.Fatalf("%s: got %d signers, %v; want %d", name, len(signers), err, len(keys))
		}
		a := &assertions{signer: signers[0]}
		token, err := a.sign(map[string]any{"sub": "u"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		set, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{signers[0].public}})
		if payload, _, err := verifyWithJWKS(set, token); err != nil || !bytes.Contains(payload, []byte(`"u"`)) {
			t.Errorf("%s: got %s, %v; want what was signed", name, payload, err)
		}
	}
}

func TestSigningKeysThatAreRefused(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	for name, key := range map[string]crypto.Signer{"P-384": p384, "Ed25519": edKey} {
		if _, err := signersOf([]crypto.Signer{key}, nil); err == nil {
			t.Errorf("%s: got no error, want the key refused", name)
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
