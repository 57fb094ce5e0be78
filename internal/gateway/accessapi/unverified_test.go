package accessapi

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/testing/browser"
)

// userUUID returns the id of a person whom the world's provider signs in.
func userUUID(w *world, user string) string {
	return access.UserUUID(account, identity.Identity{Provider: w.provider.ID, UserID: user})
}

// bob lets the provider say that his address is alice's, which it has not
// verified.
func bob(w *world) {
	w.idp.set(func() {
		w.idp.claims["sub"], w.idp.claims["email"], w.idp.claims["email_verified"] = "u-bob", "alice@example.com", "false"
	})
}

func TestAnUnverifiedEmailIsNobodysAtApplications(t *testing.T) {
	w := newWorld(t, nil)
	w.replace(func(c *access.OIDC) { c.Claims = append(c.Claims, "email", "email_verified") })
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	alice := w.Upstream.Got()
	bob(w)
	b = w.browser()
	b.Open("https://app.example.com/").Want(200)
	got := w.Upstream.Got()
	for name, values := range got.Header {
		if strings.Contains(strings.Join(values, ","), "alice@example.com") {
			t.Errorf("the application got %s: %v", name, values)
		}
	}
	if _, has := got.Header["Cf-Access-Authenticated-User-Email"]; has || alice.Header.Get("Cf-Access-Authenticated-User-Email") != "alice@example.com" {
		t.Error("the header with the address is missing for alice, or there for bob")
	}
	claims, verified := payloadOf(t, got.Header.Get("Cf-Access-Jwt-Assertion")), payloadOf(t, alice.Header.Get("Cf-Access-Jwt-Assertion"))
	if claims["email"] != "" || claims["sub"] == verified["sub"] || verified["email"] != "alice@example.com" {
		t.Errorf("got the token's claims %v for bob and %v for alice", claims, verified)
	}
	for _, v := range []any{claims["custom"], getIdentity(t, b)} {
		if text, _ := json.Marshal(v); strings.Contains(string(text), "alice@example.com") {
			t.Errorf("bob got alice's address: %s", text)
		}
	}
	if got := getIdentity(t, b)["oidc_fields"].(map[string]any)["email_verified"]; got != false {
		t.Errorf("email_verified = %v, want false as the provider says", got)
	}
}

func getIdentity(t *testing.T, b *browser.Browser) map[string]any {
	t.Helper()
	return objectIn(t, []byte(b.Open("https://app.example.com/cdn-cgi/access/get-identity").Want(200).Body))
}

// payloadOf returns the claims of a token without looking at its signature.
func payloadOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := append(strings.Split(token, "."), "", "")
	plain, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return objectIn(t, plain)
}

func objectIn(t *testing.T, text []byte) (object map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// Taking allow_unverified_email back ends the sessions that believed an address.
func TestAllowUnverifiedEmail(t *testing.T) {
	w := newWorld(t, nil)
	w.replace(func(c *access.OIDC) { c.AllowUnverifiedEmail = true })
	bob(w)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "alice@example.com" {
		t.Errorf("got %q, want the address that the provider is trusted with", got)
	}
	claims := map[string]any{"sub": "u-bob", "email": "alice@example.com", "email_verified": false}
	believing := &session.Session{Provider: w.provider.ID, Identity: identity.FromClaims(claims, true)}
	if !(Providers{Engine: w.engine.Providers}).Stands(believing) {
		t.Error("an open connection of an address that is believed would be cut")
	}
	w.replace(func(*access.OIDC) {})
	b.Open("https://app.example.com/cdn-cgi/access/get-identity").Want(401)
	withheld := &session.Session{Provider: w.provider.ID, Identity: identity.FromClaims(claims, false)}
	if all := (Providers{Engine: w.engine.Providers}); all.Stands(believing) || !all.Stands(withheld) {
		t.Error("after the key was taken back, the connections that believed an address must be cut, and no others")
	}
	b.Open("https://app.example.com/").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "" {
		t.Errorf("got %q after the key was taken back, want none", got)
	}
}

// A person is a provider's name for them. Signing out leaves alone whoever has
// the same address.
func TestSigningOutEndsNoSessionOfAnEqualAddress(t *testing.T) {
	for _, verified := range []any{true, "false", nil} {
		w := newWorld(t, nil)
		alice := w.browser()
		alice.Open("https://app.example.com/").Want(200)
		bob(w)
		w.idp.set(func() { w.idp.claims["email_verified"] = verified })
		b := w.browser()
		b.Open("https://app.example.com/").Want(200)
		b.Open("https://app.example.com/cdn-cgi/access/logout").Want(200, "You are signed out")
		b.Open("https://app.example.com/cdn-cgi/access/get-identity").Want(400)
		alice.Open("https://app.example.com/cdn-cgi/access/get-identity").Want(200, `"id":"u-1"`)
	}
}

func TestRulesOfAnUnverifiedEmailRefuseWithAPageThatSaysSo(t *testing.T) {
	w := newWorld(t, nil)
	bob(w)
	w.browser().Open("https://alice.example.com/").Want(403, "must be verified at your identity provider", "alice@example.com (not verified)")
}

func TestTheTestPageSaysThatAnAddressIsUnverified(t *testing.T) {
	w := newWorld(t, nil)
	bob(w)
	b := w.browser()
	b.Open(w.testLink())
	b.Open("https://team.example.com/cdn-cgi/access/test/"+w.provider.ID).Want(200, "The e-mail address is not verified", "config.allow_unverified_email")
}
