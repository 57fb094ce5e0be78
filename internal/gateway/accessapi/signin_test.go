package accessapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

// A complete sign-in: from an application to the provider and back, and the
// headers that the application gets.
func TestSignIn(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://admin.example.com/reports?year=2026").Want(200, "hello from upstream")
	var trail []string
	for _, u := range b.Trail {
		trail = append(trail, u.Hostname()+u.Path)
	}
	if diff := cmp.Diff([]string{
		"team.example.com/cdn-cgi/access/login/admin.example.com:" + port, "127.0.0.1/authorize", "team.example.com/cdn-cgi/access/callback",
		"admin.example.com/cdn-cgi/access/authorized", "admin.example.com/reports",
	}, trail); diff != "" {
		t.Errorf("redirects (-want +got):\n%s", diff)
	}
	got := w.Upstream.Got()
	if got.URL.RequestURI() != "/reports?year=2026" || got.Header.Get("Cf-Access-Authenticated-User-Email") != "alice@example.com" {
		t.Errorf("upstream got %s with e-mail %q, want the wanted page and alice@example.com", got.URL, got.Header.Get("Cf-Access-Authenticated-User-Email"))
	}
	if got.Header.Get("X-Pomerium-Jwt-Assertion") == "" {
		t.Error("upstream got no X-Pomerium-Jwt-Assertion, want the gateway's own too")
	}
	if cookie := b.Cookie("https://admin.example.com/", cookieToken); cookie != got.Header.Get("Cf-Access-Jwt-Assertion") || cookie == "" {
		t.Errorf("assertion = %q, want the cookie %q", got.Header.Get("Cf-Access-Jwt-Assertion"), cookie)
	}
	if strings.Contains(got.Header.Get("Cookie"), "_gatehouse_") {
		t.Errorf("upstream got Cookie %q, want none of our own cookies", got.Header.Get("Cookie"))
	}

	b.Trail = nil
	b.Open("https://app.example.com/").Want(200, "hello")
	if w.idp.used != 1 {
		t.Errorf("the provider was used %d times, want 1: the team's session opens the second application", w.idp.used)
	}
	if a, b := b.Cookie("https://app.example.com/", cookieToken), b.Cookie("https://admin.example.com/", cookieToken); a == b {
		t.Error("two applications have the same token")
	}
}

// Application tokens have the claims that verifiers check.
func TestApplicationToken(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/")
	token := w.Upstream.Got().Header.Get("Cf-Access-Jwt-Assertion")
	ctx := oidc.ClientContext(context.Background(), w.network.Client())
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
		"type": "app", "email": "alice@example.com", "sub": userUUID(w, "u-1"), "nbf": claims["iat"],
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
		resp := w.browser().Open("https://" + host + ".example.com/cdn-cgi/access/certs")
		var got access.Certs
		if err := json.Unmarshal([]byte(resp.Body), &got); err != nil {
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
	b.Open("https://app.example.com/")
	for _, host := range []string{"app", "team"} {
		resp := b.Open("https://" + host + ".example.com/cdn-cgi/access/get-identity").Want(200)
		var got map[string]any
		if err := json.Unmarshal([]byte(resp.Body), &got); err != nil {
			t.Fatal(err)
		}
		delete(got, "iat")
		if diff := cmp.Diff(map[string]any{
			"id": "u-1", "name": "Alice", "email": "alice@example.com", "amr": []any{"pwd"}, "groups": []any{"staff"},
			"idp": map[string]any{"id": w.provider.ID, "type": "oidc"}, "user_uuid": userUUID(w, "u-1"), "account_id": account, "version": 2.0,
			"oidc_fields": map[string]any{"sub": "u-1", "cognito:username": "alice", "name": "Alice", "cognito:groups": []any{"admins"}},
		}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", host, diff)
		}
	}
	// An application's server sends the assertion back as the cookie.
	assertion := b.Cookie("https://app.example.com/", cookieToken)
	w.browser().Open("https://team.example.com/cdn-cgi/access/get-identity", "Cookie", "CF_Authorization="+assertion).Want(200, "alice@example.com")
	w.browser().Open("https://app.example.com/cdn-cgi/access/get-identity").Want(400, `"err":"no app token set"`)
	w.browser().Open("https://app.example.com/cdn-cgi/access/get-identity", "Cookie", "CF_Authorization=nonsense").Want(401, `"err":`)
}

// Policies do not see a claim that the configuration does not name, even if the
// provider sends it.
func TestOnlyConfiguredClaimsCount(t *testing.T) {
	w := newWorld(t, nil)
	w.browser().Open("https://finance.example.com/").Want(403, "/cdn-cgi/access/login?another_account=true")
	w.replace(func(c *access.OIDC) { c.Claims = append(c.Claims, "department") })
	w.browser().Open("https://finance.example.com/").Want(200)
	w.replace(func(c *access.OIDC) { c.Claims = nil })
	w.browser().Open("https://admin.example.com/").Want(403)
}

func TestSignOut(t *testing.T) {
	for _, host := range []string{"team", "app"} {
		w := newWorld(t, nil)
		b, other := w.browser(), w.browser()
		b.Open("https://app.example.com/")
		b.Open("https://admin.example.com/")
		other.Open("https://app.example.com/")
		token := b.Cookie("https://admin.example.com/", cookieToken)
		b.Open("https://"+host+".example.com/cdn-cgi/access/logout").Want(200, "You are signed out")
		if c := b.Cookie("https://"+host+".example.com/", cookieToken); c != "" {
			t.Errorf("%s: the cookie is still there: %q", host, c)
		}
		w.browser().Step().Open("https://admin.example.com/", "Cookie", w.bound("admin.example.com", token)).Want(302)
		other.Step().Open("https://app.example.com/").Want(302)
		w.browser().Open("https://team.example.com/cdn-cgi/access/get-identity", "Cookie", "CF_Authorization="+token).Want(401)
	}
}

// The gateway's own sign-out ends this front's session too. Otherwise the page
// would say "signed out" while the token still opens applications.
func TestSignOutInTheGatewaysWay(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	token := b.Cookie("https://app.example.com/", cookieToken)
	b.Open("https://app.example.com/.pomerium/sign_out").Want(200, "You are signed out")
	w.browser().Step().Open("https://app.example.com/", "Cookie", w.bound("app.example.com", token)).Want(302)
}

func TestChooser(t *testing.T) {
	w := newWorld(t, nil)
	second := w.addProvider("Second <b>", nil)
	b := w.browser()
	chooser := b.Open("https://app.example.com/x?y=1")
	chooser.Want(200, "Choose where to sign in", "Amazon Cognito example", "idp="+second.ID).WantMarkup("Second &lt;b&gt;")
	link := chooser.URL
	q := link.Query()
	q.Set(paramProvider, second.ID)
	link.RawQuery = q.Encode()
	b.Open(link.String()).Want(200, "hello")
	if got := w.Upstream.Got().URL.RequestURI(); got != "/x?y=1" {
		t.Errorf("ended at %s, want /x?y=1", got)
	}
	q.Set(paramProvider, "00000000-0000-4000-8000-000000000000")
	link.RawQuery = q.Encode()
	b.Open(link.String()).Want(404)
}

func TestPKCEAndFormPost(t *testing.T) {
	w := newWorld(t, nil)
	w.replace(func(c *access.OIDC) { c.PKCE = true })
	b := w.browser()
	back := stopAt(pathCallback, b).Open("https://app.example.com/").Location()
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
	posted := w.browser().Step().Post(back.String(), form).Want(303)
	b.Open(posted.Header.Get("Location")).Want(200, "hello")
}

// A session ends with its provider.
func TestDeletedProviderEndsSessions(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	if err := w.engine.Providers.Delete(t.Context(), w.provider.ID); err != nil {
		t.Fatal(err)
	}
	b.Open("https://app.example.com/").Want(503, "No identity provider")
}

func TestExpiry(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	token := b.Cookie("https://app.example.com/", cookieToken)
	w.Advance(session.DefaultLife + time.Minute)
	w.browser().Step().Open("https://app.example.com/", "Cookie", w.bound("app.example.com", token)).Want(302)
}

// A program sends its token in a header. Without a valid token it gets 401, not a
// redirect.
func TestPrograms(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/")
	token := b.Cookie("https://app.example.com/", cookieToken)
	w.browser().Open("https://app.example.com/", "Cf-Access-Token", token).Want(200)
	if got := w.Upstream.Got().Header; got.Get("Cf-Access-Token") != "" || got.Get("Cf-Access-Jwt-Assertion") != token {
		t.Errorf("upstream got Cf-Access-Token %q, want none, and the assertion", got.Get("Cf-Access-Token"))
	}
	for _, u := range []string{"https://app.example.com/", "https://app.example.com/cdn-cgi/access/login", "https://team.example.com/cdn-cgi/access/login/app.example.com?browser=x"} {
		resp := w.browser().Step().Open(u, "X-Requested-With", "XMLHttpRequest").Want(401)
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
		w.browser().Open(link).Want(200, "hello")
		if got := w.Upstream.Got().URL.RequestURI(); got != "/x?y=1" {
			t.Errorf("%s ended at %s, want /x?y=1", link, got)
		}
	}
	resp := w.browser().Step().Open("https://app.example.com/secret")
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
	b.Open("https://public.example.com/", "Cf-Access-Jwt-Assertion", "forged").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Jwt-Assertion"); got != "" {
		t.Errorf("assertion = %q, want none", got)
	}
	b.Open("https://public.example.com/cdn-cgi/access/login").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "alice@example.com" {
		t.Errorf("e-mail = %q, want alice@example.com", got)
	}
}

// However long the address of the wanted page is, a person comes back to it, with
// a cookie of constant size at the team domain.
func TestALongAddressIsReachedAfterSignIn(t *testing.T) {
	w := newWorld(t, nil)
	for _, size := range []int{2_700, 16 << 10} {
		wanted := "/search?q=" + strings.Repeat("a%20", size/4)
		b := w.browser()
		b.Open("https://app.example.com"+wanted).Want(200, "hello")
		if got := w.Upstream.Got().URL.RequestURI(); got != wanted {
			t.Errorf("%d bytes: ended elsewhere than at the wanted page", size)
		}
		if secret := b.Cookie("https://team.example.com/", "__Host-"+cookieBrowser); len(secret) != 43 {
			t.Errorf("%d bytes: the browser's cookie has %d bytes, want 43", size, len(secret))
		}
	}
}

// A page of somebody else can bring a browser to the sign-out. It signs nobody
// out.
func TestNobodyIsSignedOutByAPageOfSomebodyElse(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	for _, out := range []string{"https://app.example.com/cdn-cgi/access/logout", "https://team.example.com/cdn-cgi/access/logout"} {
		b.Open(out, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image").Want(403)
		b.Open(out, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document").Want(200, "Sign out?")
		b.Open(out, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64)").Want(200, "Sign out?")
		b.Post(out, nil, "Origin", "https://evil.example.net").Want(200, "Sign out?")
		b.Step().Open("https://app.example.com/").Want(200, "hello")
	}
	asked := b.Open("https://app.example.com/cdn-cgi/access/logout", "Sec-Fetch-Site", "cross-site")
	done := asked.Submit().Want(200, "You are signed out of every application")
	if got := done.Header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("got Clear-Site-Data %q, want the cache", got)
	}
	b.Step().Open("https://app.example.com/").Want(302)
}

// The sign-out of Cloudflare Access ends the session of the gateway's own front
// too, and says no more than is true.
func TestSignOutEndsTheOtherFrontsSession(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	handle, s, err := w.Sessions.Create(t.Context(), session.SignIn{Identity: identity.Identity{UserID: "u-9", Email: "alice@example.org"}, Provider: w.provider.ID})
	if err != nil {
		t.Fatal(err)
	}
	ended := false
	w.api.cfg.EndOther = func(rw http.ResponseWriter, r *http.Request) error {
		ended = true
		return w.Sessions.Delete(r.Context(), session.IDOf(handle))
	}
	w.browser().Open("https://app.example.com/cdn-cgi/access/logout").Want(200, "Another application may still know you").WantNot("every application here")
	if _, err := w.Sessions.Lookup(t.Context(), s.ID); !ended || !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the other front's session: ended %t, %v; want it gone", ended, err)
	}
}
