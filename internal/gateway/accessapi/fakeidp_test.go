package accessapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// fakeIDP is an OpenID provider that signs in every browser at once, as the person
// whom the test names. Tests can make its answers wrong.
type fakeIDP struct {
	*httptest.Server
	key *ecdsa.PrivateKey

	mu        sync.Mutex
	claims    map[string]any // of the ID token, over the usual ones; nil value: left out
	refuse    string         // an OAuth error of the authorization endpoint
	secret    string         // the client secret that is right
	noKeys    bool
	badKey    bool              // sign with a key that is not published
	nonces    map[string]string // by code
	challenge map[string]string
	used      int
}

func newIDP(t *testing.T) *fakeIDP {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeIDP{key: key, secret: "the-client-secret", claims: map[string]any{}, nonces: map[string]string{}, challenge: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", f.authorize)
	mux.HandleFunc("POST /token", f.token)
	mux.HandleFunc("GET /keys", f.keys)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

// set changes how the provider behaves.
func (f *fakeIDP) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeIDP) authorize(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	answer := url.Values{"state": {q.Get("state")}}
	if f.refuse != "" {
		answer.Set("error", f.refuse)
		answer.Set("error_description", "not <b>you</b>")
	} else {
		code := rand.Text()
		f.nonces[code], f.challenge[code] = q.Get("nonce"), q.Get("code_challenge")
		answer.Set("code", code)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

func (f *fakeIDP) token(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fail := func(status int, code string) {
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": "because"})
	}
	id, secret, _ := r.BasicAuth()
	code := r.FormValue("code")
	nonce, known := f.nonces[code]
	challenge := f.challenge[code]
	switch {
	case id != "client" || secret != f.secret:
		fail(http.StatusUnauthorized, "invalid_client")
		return
	case !known, challenge != "" && challenge != s256(r.FormValue("code_verifier")):
		fail(http.StatusBadRequest, "invalid_grant")
		return
	}
	delete(f.nonces, code)
	f.used++
	json.NewEncoder(w).Encode(map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 3600, "id_token": f.idToken(nonce)})
}

func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (f *fakeIDP) idToken(nonce string) string {
	claims := map[string]any{
		"iss": f.URL, "aud": "client", "sub": "u-1", "nonce": nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"email": "alice@example.com", "email_verified": true, "name": "Alice", "cognito:username": "alice", "cognito:groups": []string{"admins"},
		"department": "finance", "amr": []string{"pwd"},
	}
	maps.Copy(claims, f.claims)
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	key := f.key
	if f.badKey {
		key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		panic(err)
	}
	payload, _ := json.Marshal(claims)
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, _ := jws.CompactSerialize()
	return text
}

func (f *fakeIDP) keys(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noKeys {
		http.Error(w, "gone", http.StatusNotFound)
		return
	}
	json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}
