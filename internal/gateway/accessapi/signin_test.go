package accessapi

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
)

// A complete sign-in: from an application to the provider and back, and the
// headers that the application gets.
func TestSignIn(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	want(t, b.get("https://admin.example.com/reports?year=2026"), 200, "hello from upstream")
	var trail []string
	for _, u := range b.trail {
		trail = append(trail, u.Hostname()+u.Path)
	}
	if diff := cmp.Diff([]string{
		"team.example.com/cdn-cgi/access/login/admin.example.com:" + w.port, "127.0.0.1/authorize", "team.example.com/cdn-cgi/access/callback",
		"admin.example.com/cdn-cgi/access/authorized", "admin.example.com/reports",
	}, trail); diff != "" {
		t.Errorf("redirects (-want +got):\n%s", diff)
	}
	got := w.got()
	if got.URL.RequestURI() != "/reports?year=2026" || got.Header.Get("Cf-Access-Authenticated-User-Email") != "alice@example.com" {
		t.Errorf("upstream got %s with e-mail %q, want the wanted page and alice@example.com", got.URL, got.Header.Get("Cf-Access-Authenticated-User-Email"))
	}
	if got.Header.Get("X-Pomerium-Jwt-Assertion") == "" {
		t.Error("upstream got no X-Pomerium-Jwt-Assertion, want the gateway's own too")
	}
	if cookie := b.cookie("admin.example.com", cookieToken); cookie != got.Header.Get("Cf-Access-Jwt-Assertion") || cookie == "" {
		t.Errorf("assertion = %q, want the cookie %q", got.Header.Get("Cf-Access-Jwt-Assertion"), cookie)
	}
	if strings.Contains(got.Header.Get("Cookie"), "_gatehouse_") {
		t.Errorf("upstream got Cookie %q, want none of our own cookies", got.Header.Get("Cookie"))
	}

	b.trail = nil
	want(t, b.get("https://app.example.com/"), 200, "hello")
	if w.idp.used != 1 {
		t.Errorf("the provider was used %d times, want 1: the team's session opens the second application", w.idp.used)
	}
	if a, b := b.cookie("app.example.com", cookieToken), b.cookie("admin.example.com", cookieToken); a == b {
		t.Error("two applications have the same token")
	}
}

// Application tokens have the claims that verifiers check.
func TestApplicationToken(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.get("https://app.example.com/")
	token := w.got().Header.Get("Cf-Access-Jwt-Assertion")
	ctx := oidc.ClientContext(context.Background(), b.Client)
	verifier := oidc.NewVerifier(w.api.team, oidc.NewRemoteKeySet(ctx, w.api.team+"/cdn-cgi/access/certs"), &oidc.Config{ClientID: w.cfg.Engine.Tokens.Audience("app.example.com")})
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := verified.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"type": "app", "email": "alice@example.com", "sub": access.UserUUID(account, "Alice@example.com"), "nbf": claims["iat"],
		"custom": map[string]any{"sub": "u-1", "cognito:username": "alice", "name": "Alice", "cognito:groups": []any{"admins"}},
	} {
		if diff := cmp.Diff(want, claims[name]); diff != "" {
			t.Errorf("claim %s (-want +got):\n%s", name, diff)
		}
	}
	if nonce, _ := claims["identity_nonce"].(string); len(nonce) != 16 {
		t.Errorf("identity_nonce = %q, want 16 characters", nonce)
	}
	other := oidc.NewVerifier(w.api.team, oidc.NewRemoteKeySet(ctx, w.api.team+"/cdn-cgi/access/certs"), &oidc.Config{ClientID: w.cfg.Engine.Tokens.Audience("admin.example.com")})
	if _, err := other.Verify(ctx, token); err == nil {
		t.Error("the verifier of another application accepted the token, want an error")
	}
}

func TestCerts(t *testing.T) {
	w := newWorld(t, nil)
	for _, host := range []string{"team", "app"} {
		resp := w.browser().get("https://" + host + ".example.com/cdn-cgi/access/certs")
		var got access.Certs
		if err := json.Unmarshal([]byte(text(resp)), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Keys) != 1 || got.PublicCert.KeyID != got.Keys[0].KeyID || len(got.PublicCert.KeyID) != 64 || len(got.PublicCerts) != 1 ||
			!strings.HasPrefix(got.PublicCert.Cert, "-----BEGIN CERTIFICATE-----") || !got.Keys[0].IsPublic() {
			t.Errorf("%s: got %+v, want one public key and its certificate", host, got)
		}
	}
}

func TestIdentity(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["Groups"] = []string{"staff"} })
	b := w.browser()
	b.get("https://app.example.com/")
	for _, host := range []string{"app", "team"} {
		resp := b.get("https://" + host + ".example.com/cdn-cgi/access/get-identity")
		want(t, resp, 200)
		var got map[string]any
		if err := json.Unmarshal([]byte(text(resp)), &got); err != nil {
			t.Fatal(err)
		}
		delete(got, "iat")
		if diff := cmp.Diff(map[string]any{
			"id": "u-1", "name": "Alice", "email": "alice@example.com", "amr": []any{"pwd"}, "groups": []any{"staff"},
			"idp": map[string]any{"id": w.provider.ID, "type": "oidc"}, "user_uuid": access.UserUUID(account, "alice@example.com"), "account_id": account, "version": 2.0,
			"oidc_fields": map[string]any{"sub": "u-1", "cognito:username": "alice", "name": "Alice", "cognito:groups": []any{"admins"}},
		}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", host, diff)
		}
	}
	// An application's server sends the assertion back as the cookie.
	assertion := b.cookie("app.example.com", cookieToken)
	want(t, w.browser().get("https://team.example.com/cdn-cgi/access/get-identity", "Cookie", "CF_Authorization="+assertion), 200, "alice@example.com")
	resp := w.browser().get("https://app.example.com/cdn-cgi/access/get-identity")
	want(t, resp, 400, `"err":"no app token set"`)
	want(t, w.browser().get("https://app.example.com/cdn-cgi/access/get-identity", "Cookie", "CF_Authorization=nonsense"), 401, `"err":`)
}

// Policies do not see a claim that the configuration does not name, even if the
// provider sends it.
func TestOnlyConfiguredClaimsCount(t *testing.T) {
	w := newWorld(t, nil)
	want(t, w.browser().get("https://finance.example.com/"), 403, "/cdn-cgi/access/login?another_account=true")
	w.replace(func(c *access.OIDC) { c.Claims = append(c.Claims, "department") })
	want(t, w.browser().get("https://finance.example.com/"), 200)
	w.replace(func(c *access.OIDC) { c.Claims = nil })
	want(t, w.browser().get("https://admin.example.com/"), 403)
}

func TestSignOut(t *testing.T) {
	for _, host := range []string{"team", "app"} {
		w := newWorld(t, nil)
		b, other := w.browser(), w.browser()
		b.get("https://app.example.com/")
		b.get("https://admin.example.com/")
		other.get("https://app.example.com/")
		token := b.cookie("admin.example.com", cookieToken)
		want(t, b.get("https://"+host+".example.com/cdn-cgi/access/logout"), 200, "You are signed out")
		if c := b.cookie(host+".example.com", cookieToken); c != "" {
			t.Errorf("%s: the cookie is still there: %q", host, c)
		}
		resp := w.browser().step().get("https://admin.example.com/", "Cookie", "CF_Authorization="+token)
		want(t, resp, 302)
		want(t, other.step().get("https://app.example.com/"), 302)
		want(t, w.browser().get("https://team.example.com/cdn-cgi/access/get-identity", "Cookie", "CF_Authorization="+token), 401)
	}
}

// The gateway's own sign-out ends this front's session too. Otherwise the page
// would say "signed out" while the token still opens applications.
func TestSignOutInTheGatewaysWay(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	want(t, b.get("https://app.example.com/"), 200)
	token := b.cookie("app.example.com", cookieToken)
	want(t, b.get("https://app.example.com/.pomerium/sign_out"), 200, "You are signed out")
	want(t, w.browser().step().get("https://app.example.com/", "Cookie", "CF_Authorization="+token), 302)
}

func TestChooser(t *testing.T) {
	w := newWorld(t, nil)
	second := w.addProvider("Second <b>", nil)
	b := w.browser()
	resp := b.get("https://app.example.com/x?y=1")
	want(t, resp, 200, "Choose where to sign in", "Amazon Cognito example", "Second &lt;b&gt;", "idp="+second.ID)
	link := resp.Request.URL
	q := link.Query()
	q.Set(paramProvider, second.ID)
	link.RawQuery = q.Encode()
	want(t, b.get(link.String()), 200, "hello")
	if got := w.got().URL.RequestURI(); got != "/x?y=1" {
		t.Errorf("ended at %s, want /x?y=1", got)
	}
	q.Set(paramProvider, "00000000-0000-4000-8000-000000000000")
	link.RawQuery = q.Encode()
	want(t, b.get(link.String()), 404)
}

func TestPKCEAndFormPost(t *testing.T) {
	w := newWorld(t, nil)
	w.replace(func(c *access.OIDC) { c.PKCE = true })
	b := w.browser()
	resp := b.until(pathCallback).get("https://app.example.com/")
	back, _ := resp.Location()
	if len(w.idp.challenge) != 1 {
		t.Fatal("the provider saw no sign-in")
	}
	for _, challenge := range w.idp.challenge {
		if len(challenge) != 43 {
			t.Errorf("code_challenge = %q, want one", challenge)
		}
	}
	form := back.Query()
	back.RawQuery = ""
	// The form comes from another site: the browser sends no Lax cookies.
	posted := w.browser().step().do("POST", back.String(), form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	want(t, posted, 303)
	want(t, b.get(posted.Header.Get("Location")), 200, "hello")
}

// A session ends with its provider.
func TestDeletedProviderEndsSessions(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	want(t, b.get("https://app.example.com/"), 200)
	if err := w.engine.Providers.Delete(t.Context(), w.provider.ID); err != nil {
		t.Fatal(err)
	}
	want(t, b.get("https://app.example.com/"), 503, "No identity provider")
}

func TestExpiry(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	want(t, b.get("https://app.example.com/"), 200)
	token := b.cookie("app.example.com", cookieToken)
	w.mu.Lock()
	w.now = session.DefaultLife + time.Minute
	w.mu.Unlock()
	want(t, w.browser().step().get("https://app.example.com/", "Cookie", "CF_Authorization="+token), 302)
}

// A program sends its token in a header. Without a valid token it gets 401, not a
// redirect.
func TestPrograms(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.get("https://app.example.com/")
	token := b.cookie("app.example.com", cookieToken)
	want(t, w.browser().get("https://app.example.com/", "Cf-Access-Token", token), 200)
	if got := w.got().Header; got.Get("Cf-Access-Token") != "" || got.Get("Cf-Access-Jwt-Assertion") != token {
		t.Errorf("upstream got Cf-Access-Token %q, want none, and the assertion", got.Get("Cf-Access-Token"))
	}
	for _, u := range []string{"https://app.example.com/", "https://app.example.com/cdn-cgi/access/login", "https://team.example.com/cdn-cgi/access/login/app.example.com?browser=x"} {
		resp := w.browser().step().get(u, "X-Requested-With", "XMLHttpRequest")
		want(t, resp, 401)
		if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			t.Errorf("%s: Content-Type %q, want JSON", u, kind)
		}
	}
}

// Links that applications and people write lead to a sign-in too.
func TestLoginLinks(t *testing.T) {
	w := newWorld(t, nil)
	for _, link := range []string{
		"https://app.example.com/cdn-cgi/access/login?redirect_url=/x?y=1",
		"https://team.example.com/cdn-cgi/access/login/app.example.com?redirect_url=%2Fx%3Fy%3D1",
	} {
		want(t, w.browser().get(link), 200, "hello")
		if got := w.got().URL.RequestURI(); got != "/x?y=1" {
			t.Errorf("%s ended at %s, want /x?y=1", link, got)
		}
	}
	resp := w.browser().step().get("https://app.example.com/secret")
	link, _ := url.Parse(resp.Header.Get("Location"))
	if link.Query().Get("kid") != w.cfg.Engine.Tokens.Audience("app.example.com") || resp.Header.Get("Cf-Access-Aud") != link.Query().Get("kid") || !strings.HasPrefix(resp.Header.Get("Cf-Access-Domain"), "app.example.com") {
		t.Errorf("Location = %s, headers %v, want the audience in both", link, resp.Header)
	}
}

// A public route sends nobody to sign in. It still identifies a person who has
// signed in.
func TestPublicRoute(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	want(t, b.get("https://public.example.com/", "Cf-Access-Jwt-Assertion", "forged"), 200)
	if got := w.got().Header.Get("Cf-Access-Jwt-Assertion"); got != "" {
		t.Errorf("assertion = %q, want none", got)
	}
	want(t, b.get("https://public.example.com/cdn-cgi/access/login"), 200)
	if got := w.got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "alice@example.com" {
		t.Errorf("e-mail = %q, want alice@example.com", got)
	}
}
