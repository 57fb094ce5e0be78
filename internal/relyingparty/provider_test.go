package relyingparty

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
)

func TestDiscoveredSignsIn(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	r, err := p.Exchange(t.Context(), "code", "verifier-1", f.nonce, "https://rp.example.com/cb")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"iss": f.URL, "aud": "client", "sub": "ann", "nonce": f.nonce, "iat": jsonNumber(f.now), "exp": jsonNumber(f.now.Add(30 * time.Minute)),
		"email": "ann@example.com", "cognito:groups": []any{"admins"}, "name": "Ann", // UserInfo vouches for another address
	}
	if diff := cmp.Diff(want, r.Claims); diff != "" {
		t.Errorf("claims: the ID token's win, UserInfo adds (-want +got):\n%s", diff)
	}
	if r.Email != "ann@example.com" || r.UserID != "ann" || r.Name != "Ann" || !r.Expiry.Equal(f.now.Add(30*time.Minute)) {
		t.Errorf("got %q %q %q until %s; want the ID token's address, name from UserInfo, end of the ID token", r.Email, r.UserID, r.Name, r.Expiry)
	}
	if got := f.forms[0]; got["code"] != "code" || got["code_verifier"] != "verifier-1" || got["redirect_uri"] != "https://rp.example.com/cb" {
		t.Errorf("got the form %v, want code, verifier and redirect URI", got)
	}
	id := r.Identity("p1")
	if id.Provider != "p1" || id.UserID != "ann" || id.Email != "ann@example.com" {
		t.Errorf("got identity %+v", id)
	}
}

func jsonNumber(t time.Time) json.Number { return json.Number(strconv.FormatInt(t.Unix(), 10)) }

// A number of a claim can be an id.
func TestNumbersOfClaimsAreKeptExactly(t *testing.T) {
	f := newFake(t)
	f.claims["employee"], f.userInfo = json.Number("111432655977273150308"), map[string]any{"sub": "ann", "big": json.Number("1e21")}
	r, err := f.discovered(t).Exchange(t.Context(), "code", "v", f.nonce, "")
	if err != nil {
		t.Fatal(err)
	}
	id := r.Identity("p")
	if id.Claims.Map()["employee"][0] != json.Number("111432655977273150308") || id.Claims.Map()["big"][0] != json.Number("1e21") {
		t.Errorf("got %#v and %#v, want the numbers as they were sent", id.Claims.Map()["employee"], id.Claims.Map()["big"])
	}
}

// OpenID Connect Core §3.1.3.7 asks for azp where there are several audiences, and
// several providers leave it out.
func TestOurClientAmongSeveralAudiencesIsEnough(t *testing.T) {
	for _, azp := range []any{nil, "", "client"} {
		f := newFake(t)
		f.claims["aud"], f.claims["azp"] = []string{"api", "client"}, azp
		if _, err := f.discovered(t).Exchange(t.Context(), "code", "v", f.nonce, ""); err != nil {
			t.Errorf("azp %v: %v", azp, err)
		}
		if _, err := f.explicit(t, nil).Exchange(t.Context(), "code", "", f.nonce, ""); err != nil {
			t.Errorf("azp %v, explicit: %v", azp, err)
		}
	}
}

func TestUserIDPrefersOID(t *testing.T) {
	f := newFake(t)
	f.claims["oid"] = "object-1"
	r, err := f.discovered(t).Exchange(t.Context(), "code", "v", f.nonce, "")
	if err != nil || r.UserID != "object-1" || r.Subject != "ann" {
		t.Errorf("got %+v, %v; want user id object-1, subject ann", r, err)
	}
}

// A person of the main provider, whose ids have no prefix, could be named as somebody of
// another one.
func TestNobodyHasTheIDOfSomebodyElse(t *testing.T) {
	f := newFake(t)
	names := []string{"ci/", "partner/", "service-account/"}
	p, explicit := f.discovered(t, func(c *DiscoveredConfig) { c.Others = names }), f.explicit(t, func(c *ExplicitConfig) { c.Others = names })
	for sub, want := range map[string]error{"ci/job-1": ErrUntrusted, "service-account/backup": ErrUntrusted, "partner/": ErrUntrusted, "cicero/x": nil, "ci": nil, "ann": nil} {
		f.userInfo = map[string]any{"sub": sub}
		f.claims = map[string]any{"sub": sub}
		_, err := p.Exchange(t.Context(), "code", "v", f.nonce, "")
		_, err2 := explicit.Exchange(t.Context(), "code", "v", f.nonce, "")
		_, err3 := p.VerifyIDToken(t.Context(), seal.Secret(f.idToken()))
		_, err4 := p.VerifyAccessToken(t.Context(), "at", nil)
		for way, err := range map[string]error{"sign-in": err, "sign-in at an explicit provider": err2, "ID token": err3, "access token": err4} {
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%s, %s: got %v, want %v", sub, way, err, want)
			}
		}
	}
	f.userInfo, f.claims = map[string]any{"sub": "ann"}, map[string]any{"sub": "ann", "oid": "ci/job-1"} // the id is then the oid
	if _, err := p.Exchange(t.Context(), "code", "v", f.nonce, ""); !errors.Is(err, ErrUntrusted) {
		t.Errorf("by oid: got %v, want ErrUntrusted", err)
	}
}

// Sessions from before would be judged by groups of another claim, and tokens by rules
// that are gone.
func TestTheIDFollowsWhatSessionsAreMadeOf(t *testing.T) {
	f := newFake(t)
	plain := f.discovered(t).ID()
	for name, change := range map[string]func(*DiscoveredConfig){
		"groups claim":  func(c *DiscoveredConfig) { c.GroupsClaim = "cognito:groups" },
		"access tokens": func(c *DiscoveredConfig) { c.AccessTokenIssuers = []string{"https://sts.example.com/"} },
		"Graph":         func(c *DiscoveredConfig) { c.Graph = true },
	} {
		if f.discovered(t, change).ID() == plain {
			t.Errorf("%s: the id is the same", name)
		}
	}
	same := func(c *DiscoveredConfig) {
		c.LogoutPath, c.NoPKCE, c.Name, c.Others = "/logout", true, "X", []string{"x/"}
	}
	if f.discovered(t, same).ID() != plain {
		t.Error("the id changes with what decides nothing about people")
	}
}

// Two providers may use the same ids.
func TestUserIDsOfAProviderMayHaveAPrefix(t *testing.T) {
	f := newFake(t)
	plain, named := f.discovered(t), f.discovered(t, func(c *DiscoveredConfig) { c.UserPrefix = "partner/" })
	if plain.ID() == named.ID() {
		t.Error("both have one id, although their people have other ids")
	}
	r, err := named.Exchange(t.Context(), "code", "v", f.nonce, "")
	if err != nil || r.UserID != "partner/ann" || r.Subject != "ann" {
		t.Fatalf("got %+v, %v; want user id partner/ann, subject ann", r, err)
	}
	f.claims["nonce"] = nil
	if r, err = named.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "partner/ann", Subject: "ann"}); err != nil || r.UserID != "partner/ann" {
		t.Errorf("renewed as %+v, %v", r, err)
	}
	if r, err = named.Recheck(t.Context(), Held{Tokens: r.Tokens, UserID: "partner/ann", Subject: "ann"}); err != nil || r.UserID != "partner/ann" {
		t.Errorf("rechecked as %+v, %v", r, err)
	}
}

func TestClientAuthenticationFallsBackToPost(t *testing.T) {
	f := newFake(t)
	f.post = true
	p := f.discovered(t)
	for range 2 {
		if _, err := p.Exchange(t.Context(), "code", "v", f.nonce, ""); err != nil {
			t.Fatal(err)
		}
	}
	// Basic, then post; afterwards post at once.
	if f.calls["token"] != 3 {
		t.Errorf("got %d calls, want 3", f.calls["token"])
	}
}

func TestPostIsFirstWhereTheProviderSaysSo(t *testing.T) {
	f := newFake(t)
	f.post, f.meta = true, map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_post"}}
	if _, err := f.discovered(t).Exchange(t.Context(), "code", "v", f.nonce, ""); err != nil || f.calls["token"] != 1 {
		t.Errorf("got %v after %d calls, want success after 1", err, f.calls["token"])
	}
}

func TestRefreshReplacesClaims(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	f.claims["cognito:groups"], f.claims["nonce"] = nil, nil
	r, err := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if _, still := r.Claims["cognito:groups"]; still {
		t.Errorf("got claims %v, want none of the groups that the provider stopped to name", r.Claims)
	}
	if f.forms[0]["refresh_token"] != "rt" {
		t.Errorf("got the form %v, want the refresh token", f.forms[0])
	}
	if _, err := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "bob"}); !errors.Is(err, ErrRefused) {
		t.Errorf("renewed bob with ann's tokens: got %v, want %v", err, ErrRefused)
	}
	f.token = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
	if _, err := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "ann"}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v, want %v: worth another try", err, ErrUnreachable)
	}
}

func TestDiscoveryIsLazyKeptAndPaused(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	if f.calls["discovery"] != 0 {
		t.Fatalf("got %d calls before use, want 0", f.calls["discovery"])
	}
	f.meta = map[string]any{"jwks_uri": ""}
	for range 3 {
		if _, err := p.AuthURL(t.Context(), AuthRequest{State: "s", Nonce: "n", Challenge: "c", RedirectURI: "u"}); err == nil {
			t.Fatal("got no error, want one")
		}
	}
	if f.calls["discovery"] != 1 {
		t.Errorf("got %d calls while failing, want 1: a pause follows", f.calls["discovery"])
	}
	f.meta = nil
	f.now = f.now.Add(firstPause)
	for range 3 {
		if _, err := p.AuthURL(t.Context(), AuthRequest{State: "s", Nonce: "n", Challenge: "c", RedirectURI: "u"}); err != nil {
			t.Fatal(err)
		}
	}
	f.issuer, f.now = "https://gone.example.com", f.now.Add(metadataLife)
	if _, err := p.AuthURL(t.Context(), AuthRequest{State: "s", Nonce: "n", Challenge: "c", RedirectURI: "u"}); err != nil {
		t.Errorf("got %v, want what is known to stay in use", err)
	}
	if f.calls["discovery"] != 3 {
		t.Errorf("got %d calls, want 3", f.calls["discovery"])
	}
}

func TestAuthURL(t *testing.T) {
	f := newFake(t)
	p, err := NewDiscovered(DiscoveredConfig{Issuer: f.URL, ClientID: "client", Scopes: []string{"email"}, Params: map[string]string{"prompt": "consent", "state": "forged"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.AuthURL(t.Context(), AuthRequest{State: "S", Nonce: "N", Challenge: "C", RedirectURI: "https://rp.example.com/cb"})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(got)
	want := url.Values{
		"response_type": {"code"}, "client_id": {"client"}, "redirect_uri": {"https://rp.example.com/cb"}, "scope": {"openid email"},
		"state": {"S"}, "nonce": {"N"}, "code_challenge": {"C"}, "code_challenge_method": {"S256"}, "prompt": {"consent"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	plain, _ := f.explicit(t, func(c *ExplicitConfig) { c.AuthURL += "?tenant=1" }).AuthURL(t.Context(), AuthRequest{State: "S", Nonce: "N", Challenge: "C", RedirectURI: "u"})
	if u, _ := url.Parse(plain); u.Query().Has("code_challenge") || u.Query().Get("tenant") != "1" || u.Query().Get("scope") != "openid email profile" {
		t.Errorf("got %s; want the tenant kept, default scopes and no PKCE unless it is enabled", plain)
	}
	withPKCE, _ := f.explicit(t, func(c *ExplicitConfig) { c.PKCE = true }).AuthURL(t.Context(), AuthRequest{State: "S", Nonce: "N", Challenge: "C", RedirectURI: "u"})
	if u, _ := url.Parse(withPKCE); u.Query().Get("code_challenge") != "C" {
		t.Errorf("got %s, want a challenge", withPKCE)
	}
}

func TestLogoutSendsBothParameterNames(t *testing.T) {
	f := newFake(t)
	got, _ := url.Parse(f.discovered(t).LogoutURL(t.Context(), "idt", "https://rp.example.com/out"))
	want := url.Values{"client_id": {"client"}, "id_token_hint": {"idt"}, "post_logout_redirect_uri": {"https://rp.example.com/out"}, "logout_uri": {"https://rp.example.com/out"}}
	if diff := cmp.Diff(want, got.Query()); diff != "" || got.Path != "/logout" {
		t.Errorf("got %s (-want +got):\n%s", got, diff)
	}
	elsewhere := f.discovered(t, func(c *DiscoveredConfig) { c.AfterLogout = "https://www.example.com/bye" })
	got, _ = url.Parse(elsewhere.LogoutURL(t.Context(), "idt", "https://rp.example.com/out"))
	want["post_logout_redirect_uri"], want["logout_uri"] = []string{"https://www.example.com/bye"}, []string{"https://www.example.com/bye"}
	if diff := cmp.Diff(want, got.Query()); diff != "" {
		t.Errorf("with an address of its own, got %s (-want +got):\n%s", got, diff)
	}
	f.meta = map[string]any{"end_session_endpoint": ""}
	if got := f.discovered(t).LogoutURL(t.Context(), "idt", "x"); got != "" {
		t.Errorf("got %q, want none where the provider offers none", got)
	}
}

func TestRevoke(t *testing.T) {
	f := newFake(t)
	if err := f.discovered(t).Revoke(t.Context(), Tokens{Access: "at", Refresh: "rt"}); err != nil || f.calls["revoke rt"] != 1 {
		t.Errorf("got %v, calls %v; want the refresh token revoked", err, f.calls)
	}
}

func TestConfigRefusals(t *testing.T) {
	for _, issuer := range []string{"", "id.example.com", "ftp://id.example.com", "https://id.example.com?x=1", "https://id.example.com#x"} {
		if _, err := NewDiscovered(DiscoveredConfig{Issuer: issuer, ClientID: "c"}); err == nil {
			t.Errorf("issuer %q: got no error", issuer)
		}
	}
	if _, err := NewExplicit(ExplicitConfig{ClientID: "c", AuthURL: "https://a.example.com", TokenURL: "nothing", CertsURL: "https://a.example.com"}); err == nil {
		t.Error("token URL without scheme: got no error")
	}
}

// Some providers name groups in a claim of their own, and leave it out if there are
// none: then the groups are known. A claim with the usual name wins.
func TestGroupsInAClaimOfTheProvidersOwn(t *testing.T) {
	list := func(groups ...any) []any { return groups }
	tests := []struct {
		from, name  string
		own, groups any // claims of the ID token; nil: none
		want        any
	}{
		{"", "the usual claim alone", list("admins"), nil, nil},
		{"cognito:groups", "its own", list("admins", "staff"), nil, list("admins", "staff")},
		{"cognito:groups", "none", nil, nil, []any{}},
		{"cognito:groups", "both", list("admins"), list("staff"), list("staff")},
		{"cognito:groups", "no list", 7, nil, json.Number("7")},
	}
	for _, test := range tests {
		f := newFake(t)
		f.claims["cognito:groups"], f.claims["groups"] = test.own, test.groups
		p := f.discovered(t, func(c *DiscoveredConfig) { c.GroupsClaim = test.from })
		r, err := p.Exchange(t.Context(), "code", "v", f.nonce, "")
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, r.Claims["groups"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
