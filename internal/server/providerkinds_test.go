package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/server"
	"gatehouse/internal/testing/browser"
)

// namedProvider answers for an OpenID provider at its own address, as the network of a
// server. It has no other pages than those that the provider has.
type namedProvider struct {
	issuer string
	claims map[string]any // of the ID token
	meta   map[string]any // published besides; nil value: not
	key    *ecdsa.PrivateKey
	nonce  string
}

func newNamedProvider(t *testing.T, issuer string, claims, meta map[string]any) *namedProvider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &namedProvider{issuer: issuer, claims: claims, meta: meta, key: key}
}

// RoundTrip implements http.RoundTripper.
func (p *namedProvider) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	base := strings.TrimSuffix(p.issuer, "/")
	var answer any
	switch to := "https://" + r.URL.Host + r.URL.Path; to {
	case base + "/.well-known/openid-configuration":
		m := map[string]any{
			"issuer": p.issuer, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys",
			"userinfo_endpoint": base + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
		}
		maps.Copy(m, p.meta)
		answer = m
	case base + "/keys":
		answer = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	case base + "/token":
		answer = map[string]any{"access_token": "at", "refresh_token": "rt", "token_type": "Bearer", "expires_in": 3600, "id_token": p.idToken()}
	case base + "/userinfo":
		answer = map[string]any{"sub": "subject"}
	case "https://graph.microsoft.com/v1.0/me/getMemberObjects":
		answer = map[string]any{"value": []string{"g1", "g2"}}
	default:
		rec.WriteHeader(http.StatusNotFound)
	}
	if err := json.NewEncoder(rec).Encode(answer); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

func (p *namedProvider) idToken() string {
	claims := map[string]any{"iss": p.issuer, "aud": "client", "sub": "subject", "nonce": p.nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "email": "ann@example.com", "email_verified": true}
	maps.Copy(claims, p.claims)
	payload, _ := json.Marshal(claims)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}, nil)
	if err != nil {
		return ""
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return ""
	}
	text, _ := signed.CompactSerialize()
	return text
}

// Each name of idp_provider with nothing but a client, and the issuer where the name has
// none: where people are sent, with what, and who they are afterwards. GitHub, which
// speaks no OpenID Connect, has a test of its own.
func TestSigningInAtEachNamedProvider(t *testing.T) {
	const offline = "openid profile email offline_access"
	for name, c := range map[string]struct {
		url, issuer string // as in the file, and as the provider calls itself
		scopes      string
		params      map[string]string // of the authorization request
		claims      map[string]any    // of the ID token, beside the usual
		meta        map[string]any
		user        string // "": subject
		groups      string
		signOut     string // where signing out leads; "": nowhere but to our own page
	}{
		"apple": {
			issuer: "https://appleid.apple.com", scopes: "openid name email", params: map[string]string{"response_mode": "form_post", "code_challenge": ""},
			claims: map[string]any{"email_verified": "true"}, meta: map[string]any{"userinfo_endpoint": nil, "token_endpoint_auth_methods_supported": []string{"client_secret_post"}},
		},
		"auth0": {
			url: "https://acme.eu.auth0.com", issuer: "https://acme.eu.auth0.com/", scopes: offline, signOut: "https://acme.eu.auth0.com/v2/logout",
		},
		"azure": {
			url: "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", scopes: offline, params: map[string]string{"prompt": "select_account"},
			claims: map[string]any{"oid": "object", "_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.windows.net/x"}}},
			meta:   map[string]any{"msgraph_host": "graph.microsoft.com"}, user: "object", groups: "g1,g2",
		},
		"cognito": {
			url: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001", scopes: "openid profile email",
			claims: map[string]any{"cognito:groups": []string{"admins", "staff"}}, groups: "admins,staff",
			meta: map[string]any{"authorization_endpoint": "https://staff.auth.us-east-1.amazoncognito.com/oauth2/authorize"}, signOut: "https://staff.auth.us-east-1.amazoncognito.com/logout",
		},
		"gitlab":   {issuer: "https://gitlab.com", scopes: "openid profile email", claims: map[string]any{"groups": []string{"acme", "acme/backend"}}, groups: "acme,acme/backend"},
		"google":   {issuer: "https://accounts.google.com", scopes: "openid profile email", params: map[string]string{"prompt": "select_account consent", "access_type": "offline"}},
		"oidc":     {url: "https://id.example.net/realm", scopes: offline, claims: map[string]any{"groups": []string{"staff"}}, groups: "staff"},
		"okta":     {url: "https://acme.okta.com", scopes: offline, claims: map[string]any{"groups": []string{"Everyone"}}, groups: "Everyone"},
		"onelogin": {url: "https://acme.onelogin.com/oidc/2", scopes: "openid profile email groups offline_access", claims: map[string]any{"groups": []string{"staff"}}, groups: "staff"},
		"ping":     {url: "https://auth.pingone.eu/1234/as", scopes: offline, claims: map[string]any{"groups": []string{"staff"}}, groups: "staff"},
	} {
		t.Run(name, func(t *testing.T) {
			file := "idp_provider: " + name + "\nidp_client_id: client\nidp_client_secret: s3cret\n"
			if c.url != "" {
				file += "idp_provider_url: " + c.url + "\n"
			}
			if c.issuer == "" {
				c.issuer = c.url
			}
			p := newNamedProvider(t, c.issuer, c.claims, c.meta)
			b := visitorAt(t, p, file)
			to := b.Open("https://app.example.com/x").WantRedirect("https://")
			if want, _ := c.meta["authorization_endpoint"].(string); !strings.HasPrefix(to.String(), want) || want == "" && !strings.HasPrefix(to.String(), strings.TrimSuffix(c.issuer, "/")+"/authorize?") {
				t.Errorf("people are sent to %s", to)
			}
			q := to.Query()
			if got := q.Get("scope"); got != c.scopes {
				t.Errorf("asked for the scopes %q, want %q", got, c.scopes)
			}
			for _, param := range []string{"prompt", "access_type", "response_mode"} {
				if got := q.Get(param); got != c.params[param] {
					t.Errorf("%s is %q, want %q", param, got, c.params[param])
				}
			}
			if _, without := c.params["code_challenge"]; q.Has("code_challenge") == without || q.Get("nonce") == "" || q.Get("client_id") != "client" {
				t.Errorf("people are sent to %s, want the client, a nonce, and PKCE where the provider takes it", to)
			}
			p.nonce = q.Get("nonce")
			user := c.user
			if user == "" {
				user = "subject"
			}
			b.Open("https://authenticate.example.com/oauth2/callback?code=c&state="+url.QueryEscape(q.Get("state"))).Want(200, "user "+user+", groups ["+c.groups+"], ann@example.com")

			out := ""
			if to := b.Open("https://app.example.com/.pomerium/sign_out", "Sec-Fetch-Site", "same-origin").Location(); to != nil {
				out = to.Scheme + "://" + to.Host + to.Path
			}
			if out != c.signOut {
				t.Errorf("signing out leads to %q, want %q", out, c.signOut)
			}
		})
	}
}

// visitorAt starts a gateway whose file has the keys of a provider. The browser stops at
// hosts that are not the gateway's.
func visitorAt(t *testing.T, provider http.RoundTripper, keys string) *browser.Browser {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("user " + r.Header.Get("X-User") + ", groups [" + r.Header.Get("X-Groups") + "], " + r.Header.Get("X-Email")))
	}))
	t.Cleanup(upstream.Close)
	c := configOf(t, strings.NewReplacer("{dir}", t.TempDir(), "{upstream}", upstream.URL).Replace(`
data_dir: {dir}
authenticate_service_url: https://authenticate.example.com
pass_identity_headers: true
jwt_claims_headers: {X-User: user, X-Groups: groups, X-Email: email}
`+keys+`
routes:
  - {from: https://app.example.com, to: '{upstream}', allow_any_authenticated_user: true}
`))
	s, err := server.New(t.Context(), server.Options{Config: c, Outgoing: provider})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return browser.NewNetwork(t, s.Handler()).Browser().Until(func(u *url.URL) bool { return !strings.HasSuffix(u.Hostname(), ".example.com") })
}
