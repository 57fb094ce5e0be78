package relyingparty

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
)

// network is the issuer https://idp.example.com in a bubble of testing/synctest: it
// answers each question after a time.
type network struct {
	key   *ecdsa.PrivateKey
	after map[string]time.Duration // path to time; none: at once
	down  bool
	asked map[string]int
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{after: map[string]time.Duration{}, asked: map[string]int{}}
	n.newKey(t)
	return n
}

func (n *network) newKey(t *testing.T) {
	t.Helper()
	var err error
	if n.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
}

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.asked[r.URL.Path]++
	select {
	case <-time.After(n.after[r.URL.Path]):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	rec := httptest.NewRecorder()
	switch {
	case n.down:
		rec.WriteHeader(503)
	case r.URL.Path == "/keys":
		json.NewEncoder(rec).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: n.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	default:
		io.Copy(rec, strings.NewReader(`{"issuer":"https://idp.example.com","authorization_endpoint":"https://idp.example.com/a","token_endpoint":"https://idp.example.com/t","jwks_uri":"https://idp.example.com/keys","id_token_signing_alg_values_supported":["ES256"]}`))
	}
	return rec.Result(), nil
}

// token returns an ID token that is signed with a key.
func (n *network) token(kid string) seal.Secret {
	payload, _ := json.Marshal(map[string]any{"iss": "https://idp.example.com", "aud": "client", "sub": "ann", "exp": time.Now().Add(24 * time.Hour).Unix()})
	return seal.Secret(signWith(jose.ES256, n.key, kid, payload))
}

// verifier returns what verifies tokens of the issuer: as a provider, or as an issuer.
func (n *network) verifier(t *testing.T, asProvider bool) func(seal.Secret) error {
	t.Helper()
	client := NewHTTPClient(n)
	if !asProvider {
		i := NewIssuer(IssuerConfig{Name: "ci", Issuer: "https://idp.example.com", Audiences: []string{"client"}, HTTP: client})
		return func(token seal.Secret) error {
			_, err := i.Verify(t.Context(), token)
			return err
		}
	}
	p, err := NewDiscovered(DiscoveredConfig{Issuer: "https://idp.example.com", ClientID: "client", HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	return func(token seal.Secret) error {
		_, err := p.VerifyIDToken(t.Context(), token)
		return err
	}
}

// While the provider is asked about a key that somebody made up, the tokens of everybody
// else waited.
func TestAMadeUpKeyHoldsNobodyUp(t *testing.T) {
	for name, tt := range map[string]struct {
		asProvider bool
		slow       string
	}{
		"an issuer's keys": {false, "/keys"}, "a provider's keys": {true, "/keys"}, "a provider's document": {true, "/.well-known/openid-configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				verify := n.verifier(t, tt.asProvider)
				if err := verify(n.token("k1")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				n.after[tt.slow] = 9 * time.Second
				made := make(chan error)
				go func() { made <- verify(n.token("made-up")) }()
				synctest.Wait()
				began := time.Now()
				if err := verify(n.token("k1")); err != nil || !time.Now().Equal(began) {
					t.Errorf("a known key: %v after %v, want no wait", err, time.Since(began))
				}
				if err := <-made; !errors.Is(err, ErrUntrusted) || n.asked[tt.slow] != 2 {
					t.Errorf("the made-up key: %v after %d questions, want ErrUntrusted after two", err, n.asked[tt.slow])
				}
			})
		})
	}
}

// While the provider is away, one request in some seconds tries it, and the others go on
// with the old keys.
func TestAProviderThatHangsHoldsOneRequestUp(t *testing.T) {
	for name, asProvider := range map[string]bool{"an issuer": false, "a provider": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				verify := n.verifier(t, asProvider)
				if err := verify(n.token("k1")); err != nil {
					t.Fatal(err)
				}
				n.down = true
				time.Sleep(2 * time.Hour)
				if err := verify(n.token("k1")); err != nil {
					t.Fatalf("with old keys: %v", err)
				}
				time.Sleep(time.Minute)
				n.after["/keys"], n.after["/.well-known/openid-configuration"] = 9*time.Second, 9*time.Second
				held := make(chan error)
				go func() { held <- verify(n.token("k1")) }()
				synctest.Wait()
				began := time.Now()
				for range 20 {
					if err := verify(n.token("k1")); err != nil {
						t.Errorf("beside: %v", err)
					}
				}
				if waited := time.Since(began); waited > 9*time.Second {
					t.Errorf("the others waited %v, want one wait at most", waited)
				}
				if err := <-held; err != nil {
					t.Errorf("the one who asked: %v", err)
				}
			})
		})
	}
}

// A key that the provider withdrew long ago signed for whoever came while its keys were
// fetched again.
func TestOldKeysAreNotUsedWhileNewOnesAreFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		verify := n.verifier(t, false)
		if err := verify(n.token("k1")); err != nil {
			t.Fatal(err)
		}
		stolen := n.token("k1")
		n.newKey(t)
		time.Sleep(2 * time.Hour)
		n.after["/keys"] = 9 * time.Second
		results := make(chan error, 2)
		for range 2 {
			go func() { results <- verify(stolen) }()
		}
		for range 2 {
			if err := <-results; !errors.Is(err, ErrUntrusted) {
				t.Errorf("got %v, want ErrUntrusted", err)
			}
		}
	})
}
