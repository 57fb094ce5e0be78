package proxy

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// No header that speaks of the person, no assertion and no page carries an address
// that the provider calls unverified as the person's.
func TestAnUnverifiedEmailReachesNoUpstream(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.ClaimHeaders = map[string]string{"X-Pomerium-Claim-Email": "email", "X-Mail": "mail", "X-Verified": "email_verified"}
		c.Routes[0].SetRequestHeaders = map[string]string{"X-Jwt": "${pomerium.jwt}"}
		c.Routes = append(c.Routes, w.route("https://alice.example.com", policy.Access{Users: []string{"alice@example.com"}}, nil))
	})
	b := w.browser()
	for _, host := range []string{"app.example.com", "alice.example.com"} {
		cookie := w.unverifiedSession(host)
		b.SetCookies(address("https://"+host+"/"), cookie)
	}
	b.Open("https://app.example.com/").Want(200)
	got := w.Upstream.Got()
	for name, values := range got.Header {
		if strings.Contains(strings.Join(values, ","), "alice@example.com") {
			t.Errorf("the upstream got %s: %v", name, values)
		}
	}
	if got.Header.Get("X-Verified") != "false" {
		t.Errorf("X-Verified = %q, want false as the provider says", got.Header.Get("X-Verified"))
	}
	for _, token := range []string{got.Header.Get("X-Pomerium-Jwt-Assertion"), got.Header.Get("X-Jwt")} {
		if claims := payloadOf(t, token); claims["email"] != "" || claims["sub"] != "u-2" || claims["mail"] != nil {
			t.Errorf("got the assertion %v, want no address", claims)
		}
	}
	if body := b.Open("https://app.example.com/.pomerium/user").Want(200).Body; strings.Contains(body, "alice@example.com") {
		t.Errorf("/.pomerium/user says %s", body)
	}
	b.Open("https://app.example.com/.pomerium/").Want(200, "alice@example.com (not verified)")
	b.Open("https://alice.example.com/").Want(403, "must be verified at your identity provider", "alice@example.com (not verified)")
	if got := w.Upstream.Got(); got != nil {
		t.Error("the request reached the upstream")
	}
}

// unverifiedSession makes a session of somebody with alice's address, and returns
// the cookie that names it at host.
func (w *world) unverifiedSession(host string) *http.Cookie {
	w.t.Helper()
	r := &relyingparty.Result{
		UserID: "u-2", Email: "alice@example.com", EmailUnverified: true,
		Claims: map[string]any{"sub": "u-2", "email": "alice@example.com", "mail": "alice@example.com", "email_verified": false},
	}
	renewal := authenticate.RenewalOf(w.provider, r)
	handle, s, err := w.Sessions.Create(w.t.Context(), session.SignIn{Identity: renewal.Identity, Provider: "p1", Renewal: renewal})
	if err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.gateway.live.Load().pomerium.cookies.setSession(rec, host, true, handle, s)
	return rec.Result().Cookies()[0]
}

// payloadOf returns the claims of a token without looking at its signature.
func payloadOf(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	parts := append(strings.Split(token, "."), "", "")
	plain, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(plain, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}
