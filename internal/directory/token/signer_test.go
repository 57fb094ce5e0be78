package token

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Go-jose, which others use to verify tokens, makes the same token of the same claims.
func TestSignsAsTheLibraryDoes(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		t.Fatal(err)
	}
	k := SigningKey{ID: keyID(&key.PublicKey)}
	library, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: k.ID}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Claims{nil, {{"sub", "a"}}, {{"name", "<Zoë> & \u2028"}, {"list", []string{"a", "b"}}, {"set by a function", json.RawMessage(`{ "a" : 1 }`)}, {"at", time.Unix(0, 0).Unix()}}} {
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := c.MarshalJSON()
		if err != nil || string(payload) != string(want) {
			t.Errorf("claims %s, %v, want %s", payload, err, want)
		}
		jws, err := library.Sign(want)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := jws.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := newSigner(k, key).sign(payload); err != nil || got != compact {
			t.Errorf("signed %s, %v, want %s", got, err, compact)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		b.Fatal(err)
	}
	r := &keyring{signers: map[Use][]signer{UseID: {newSigner(SigningKey{ID: keyID(&key.PublicKey)}, key)}}}
	c := Claims{{"sub", "a"}, {"email", "alice@example.com"}, {"cognito:groups", []string{"staff"}}, {"exp", 1}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.sign(UseID, time.Time{}, c); err != nil {
			b.Fatal(err)
		}
	}
}
