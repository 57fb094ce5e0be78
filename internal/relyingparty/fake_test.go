package relyingparty

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// fakeProvider is an OpenID provider whose every answer a test may bend.
type fakeProvider struct {
	*httptest.Server
	key   *ecdsa.PrivateKey
	now   time.Time
	nonce string

	mu         sync.Mutex
	issuer     string                                        // what discovery says; "": the server's URL
	claims     map[string]any                                // added to the ID token's; nil value: left out
	sign       func(payload []byte) string                   // nil: ES256 with key "k1"
	userInfo   map[string]any                                // nil: {"sub": "ann", …}
	token      func(http.ResponseWriter, *http.Request) bool // true: it answered
	infoStatus int                                           // of UserInfo; 0: 200
	keysStatus int                                           // of the key set; 0: 200
	meta       map[string]any
	access     string // the token that UserInfo takes; "": at
	post       bool   // takes the secret only in the body
	calls      map[string]int
	forms      []map[string]string
}

func newFake(t *testing.T) *fakeProvider { return newFakeFor(t) }

func newFakeFor(t testing.TB) *fakeProvider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeProvider{key: key, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), nonce: "nonce-1", calls: map[string]int{}, claims: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", f.discovery)
	mux.HandleFunc("GET /keys", f.keys)
	mux.HandleFunc("POST /token", f.tokens)
	mux.HandleFunc("GET /userinfo", f.info)
	mux.HandleFunc("POST /revoke", f.revoke)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeProvider) count(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[name]++
}

func (f *fakeProvider) discovery(w http.ResponseWriter, _ *http.Request) {
	f.count("discovery")
	issuer := f.issuer
	if issuer == "" {
		issuer = f.URL
	}
	m := map[string]any{
		"issuer": issuer, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
		"userinfo_endpoint": f.URL + "/userinfo", "end_session_endpoint": f.URL + "/logout", "revocation_endpoint": f.URL + "/revoke",
		"id_token_signing_alg_values_supported": []string{"ES256", "RS256"},
	}
	maps.Copy(m, f.meta)
	json.NewEncoder(w).Encode(m)
}

func (f *fakeProvider) keys(w http.ResponseWriter, _ *http.Request) {
	f.count("keys")
	if f.keysStatus != 0 {
		w.WriteHeader(f.keysStatus)
		return
	}
	json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

func (f *fakeProvider) tokens(w http.ResponseWriter, r *http.Request) {
	f.count("token")
	r.ParseForm()
	form := map[string]string{}
	for name := range r.PostForm {
		form[name] = r.PostForm.Get(name)
	}
	f.forms = append(f.forms, form)
	if f.token != nil && f.token(w, r) {
		return
	}
	id, secret, basic := r.BasicAuth()
	if f.post {
		id, secret, basic = form["client_id"], form["client_secret"], true
	}
	w.Header().Set("Content-Type", "application/json")
	if !basic || id != "client" || secret != "s3cret" {
		w.WriteHeader(http.StatusUnauthorized)
		w.Write([]byte(`{"error":"invalid_client","error_description":"unknown \u0007client\u202e"}`))
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"access_token": "at", "refresh_token": "rt", "id_token": f.idToken(), "token_type": "Bearer", "expires_in": 3600})
}

func (f *fakeProvider) idToken() string {
	claims := map[string]any{
		"iss": f.URL, "aud": "client", "sub": "ann", "nonce": f.nonce, "iat": f.now.Unix(), "exp": f.now.Add(30 * time.Minute).Unix(),
		"email": "ann@example.com", "cognito:groups": []string{"admins"},
	}
	for name, value := range f.claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	payload, _ := json.Marshal(claims)
	if f.sign != nil {
		return f.sign(payload)
	}
	return signWith(jose.ES256, f.key, "k1", payload)
}

func signWith(alg jose.SignatureAlgorithm, key any, kid string, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, _ := jws.CompactSerialize()
	return text
}

func (f *fakeProvider) info(w http.ResponseWriter, r *http.Request) {
	f.count("userinfo")
	if r.Header.Get("Authorization") != "Bearer "+cmp.Or(f.access, "at") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if f.infoStatus != 0 {
		w.WriteHeader(f.infoStatus)
		return
	}
	answer := f.userInfo
	if answer == nil {
		answer = map[string]any{"sub": "ann", "email": "other@example.com", "email_verified": "true", "name": "Ann"}
	}
	json.NewEncoder(w).Encode(answer)
}

func (f *fakeProvider) revoke(w http.ResponseWriter, r *http.Request) {
	f.count("revoke " + r.PostFormValue("token"))
}

func (f *fakeProvider) discovered(t *testing.T, changes ...func(*DiscoveredConfig)) *Discovered {
	t.Helper()
	cfg := DiscoveredConfig{Issuer: f.URL, ClientID: "client", ClientSecret: "s3cret", Scopes: []string{"profile"}, Now: func() time.Time { return f.now }}
	for _, change := range changes {
		change(&cfg)
	}
	p, err := NewDiscovered(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (f *fakeProvider) explicit(t *testing.T, change func(*ExplicitConfig)) *Explicit {
	t.Helper()
	cfg := ExplicitConfig{
		ID: "idp-1", ClientID: "client", ClientSecret: "s3cret", AuthURL: f.URL + "/authorize", TokenURL: f.URL + "/token", CertsURL: f.URL + "/keys",
		Now: func() time.Time { return f.now },
	}
	if change != nil {
		change(&cfg)
	}
	p, err := NewExplicit(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tamper changes the subject in a signed token and keeps the signature.
func tamper(token string) string {
	parts := strings.Split(token, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		panic(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(claims, []byte(`"sub":"`), []byte(`"sub":"x`), 1))
	return strings.Join(parts, ".")
}
