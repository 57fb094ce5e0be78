package demo_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/demo"
)

var now = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t *testing.T, key *ecdsa.PrivateKey, audience string, expires time.Time) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jwt.Signed(signer).Claims(map[string]any{"aud": audience, "exp": expires.Unix(), "email": "alice@example.com"}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOnlyAValidAssertionIsBelieved(t *testing.T) {
	key := newKey(t)
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "ES256"}}})
	}))
	defer keys.Close()
	tests := []struct {
		name, assertion string
		want            bool
	}{
		{"right", sign(t, key, "hello.localhost", now.Add(time.Minute)), true},
		{"none", "", false},
		{"for another host", sign(t, key, "other.localhost", now.Add(time.Minute)), false},
		{"expired", sign(t, key, "hello.localhost", now.Add(-time.Minute)), false},
		{"another's key", sign(t, newKey(t), "hello.localhost", now.Add(time.Minute)), false},
		{"garbage", "a.b.c", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := &demo.App{Name: "Hello", KeysURL: keys.URL, Client: keys.Client(), Now: func() time.Time { return now }}
			r := httptest.NewRequest(http.MethodGet, "http://hello.localhost:9229/", nil)
			r.Header.Set("Accept", "application/json")
			r.Header.Set("X-Pomerium-Jwt-Assertion", tt.assertion)
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			var got struct {
				Verified bool
				Claims   map[string]any
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Verified != tt.want || tt.want != (got.Claims["email"] == "alice@example.com") {
				t.Errorf("got %+v, want verified %v", got, tt.want)
			}
		})
	}
}
