package relyingparty

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	tenantA = "9188040d-6c67-4c5b-b112-36a304b66dad"
	allOf   = "https://login.microsoftonline.com/common/v2.0"
)

// led leads the calls for every host to one server, below its path as it is.
type led struct{ to string }

func (l led) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(l.to)
	if err != nil {
		return nil, err
	}
	path := r.URL.Path
	switch path {
	case "/common/v2.0/.well-known/openid-configuration":
		path = "/.well-known/openid-configuration"
	case "/v1.0/me/getMemberObjects":
		path = "/graph/" + r.Method + "/" + r.URL.Host
	}
	again := r.Clone(r.Context())
	again.URL = &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawQuery: r.URL.RawQuery}
	again.Host, again.RequestURI = "", ""
	return http.DefaultTransport.RoundTrip(again)
}

// microsoft makes the fake Microsoft's provider for all tenants, with a person of
// tenant A.
func microsoft(t *testing.T, f *fakeProvider, changes ...func(*DiscoveredConfig)) *Discovered {
	t.Helper()
	const host = "https://login.microsoftonline.com"
	f.issuer = host + "/{tenantid}/v2.0"
	f.meta = map[string]any{
		"authorization_endpoint": host + "/authorize", "token_endpoint": host + "/token", "jwks_uri": host + "/keys", "userinfo_endpoint": host + "/userinfo",
		"end_session_endpoint": host + "/logout", "revocation_endpoint": nil, "msgraph_host": "graph.microsoft.com",
	}
	f.claims["iss"], f.claims["tid"], f.claims["oid"] = host+"/"+tenantA+"/v2.0", tenantA, "object-1"
	return f.discovered(t, append(changes, func(c *DiscoveredConfig) {
		c.Issuer, c.HTTP, c.Graph = allOf, NewHTTPClient(led{f.URL}), true
	})...)
}

func TestSigningInPeopleOfAllTenants(t *testing.T) {
	f := newFake(t)
	r, err := microsoft(t, f).Exchange(t.Context(), "code", "v", f.nonce, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.UserID != "object-1" || r.Issuer != "https://login.microsoftonline.com/"+tenantA+"/v2.0" {
		t.Errorf("got %+v", r)
	}
	// The administrator of any tenant can give people the address of anybody.
	if id := r.Identity("p"); id.Email != "" || id.UnverifiedEmail != "ann@example.com" {
		t.Errorf("the address %q is believed", id.Email)
	}
	for _, checked := range []any{true, "1", "true", 1} {
		f.claims["xms_edov"] = checked
		if r, err := microsoft(t, f).Exchange(t.Context(), "code", "v", f.nonce, ""); err != nil || r.EmailUnverified {
			t.Errorf("xms_edov %v: got %v, %v; want an address that Microsoft has checked to be believed", checked, r.EmailUnverified, err)
		}
	}
	f.claims["xms_edov"] = "0"
	if r, _ := microsoft(t, f, func(c *DiscoveredConfig) { c.AllowUnverifiedEmail = true }).Exchange(t.Context(), "code", "v", f.nonce, ""); r == nil || r.EmailUnverified {
		t.Error("idp_allow_unverified_email does not believe the address")
	}
}

func TestTokensOfAnotherTenantThanTheySay(t *testing.T) {
	const host = "https://login.microsoftonline.com/"
	for name, claims := range map[string]map[string]any{
		"another tenant":       {"tid": "11111111-2222-3333-4444-555555555555"},
		"no tenant":            {"tid": nil},
		"the place itself":     {"tid": "{tenantid}", "iss": host + "{tenantid}/v2.0"},
		"a path for a tenant":  {"tid": "a/../" + tenantA, "iss": host + "a/../" + tenantA + "/v2.0"},
		"another host":         {"iss": "https://evil.example/" + tenantA + "/v2.0"},
		"version 1":            {"iss": "https://sts.windows.net/" + tenantA + "/"},
		"the issuer of nobody": {"iss": allOf},
	} {
		f := newFake(t)
		p := microsoft(t, f)
		for name, value := range claims {
			f.claims[name] = value
		}
		if r, err := p.Exchange(t.Context(), "code", "v", f.nonce, ""); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: got %+v, %v; want %v", name, r, err, ErrUntrusted)
		}
	}
	f := newFake(t)
	p := microsoft(t, f)
	for iss, want := range map[string]error{
		"": nil, host + tenantA + "/v2.0": nil, host + "x/v2.0": ErrUntrusted, "https://evil.example/" + tenantA + "/v2.0": ErrUntrusted,
	} {
		if err := p.CheckIssuer(t.Context(), iss); !errors.Is(err, want) {
			t.Errorf("a callback of %q: got %v, want %v", iss, err, want)
		}
	}
}

// Only Microsoft's three names stand for all tenants.
func TestWhoseIssuerMayHaveAPlaceForTheTenant(t *testing.T) {
	for issuer, want := range map[string]bool{
		allOf: true, "https://login.microsoftonline.com/organizations/v2.0": true, "https://login.microsoftonline.us/consumers/v2.0": true,
		"https://login.microsoftonline.com/" + tenantA + "/v2.0": false, "https://login.microsoftonline.com/a/common/v2.0": false, "https://login.microsoftonline.com/common": false,
	} {
		u, _ := url.Parse(issuer)
		if got := namesAllTenants(issuer, "https://"+u.Host+"/{tenantid}/v2.0"); got != want {
			t.Errorf("%s: got %t, want %t", issuer, got, want)
		}
	}
	if namesAllTenants(allOf, "https://evil.example/{tenantid}/v2.0") {
		t.Error("another host may pretend to be Microsoft")
	}
}

func TestGroupsThatTheTokenHasNoRoomFor(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		answer  string
		claims  map[string]any
		want    any // the claim groups; nil: it is not known
		err     error
		noGraph bool
	}{
		"fetched":              {status: 200, answer: `{"value":["g1","g2"]}`, want: []any{"g1", "g2"}},
		"none":                 {status: 200, answer: `{"value":[]}`, want: []any{}},
		"may not read":         {status: 403, answer: `{}`},
		"more than it tells":   {status: 200, answer: `{"value":["g1"],"@odata.nextLink":"https://graph.microsoft.com/more"}`},
		"too many":             {status: 400, answer: `{"error":{"code":"Directory_ResultSizeLimitExceeded"}}`},
		"many":                 {status: 200, answer: `{"value":["` + strings.Repeat(tenantA+`","`, 10_999) + tenantA + `"]}`, want: slices.Repeat([]any{tenantA}, 11_000)},
		"no ids":               {status: 200, answer: `{"value":[{"id":"g1"}]}`, err: ErrUnreachable},
		"no end":               {status: 200, answer: `{"value":["` + strings.Repeat("x", maxAnswer), err: ErrUnreachable},
		"Graph is down":        {status: 503, answer: `{}`, err: ErrUnreachable},
		"no list":              {status: 200, answer: `{}`, err: ErrUnreachable},
		"not elsewhere":        {status: 500, claims: map[string]any{"groups": []string{"g0"}}, want: []any{"g0"}},
		"another claim is":     {status: 500, claims: map[string]any{"_claim_names": map[string]any{"roles": "src1"}}},
		"not Microsoft's kind": {status: 500, noGraph: true},
		"as hasgroups says":    {status: 200, answer: `{"value":["g1"]}`, claims: map[string]any{"_claim_names": nil, "hasgroups": true}, want: []any{"g1"}},
	} {
		f := newFake(t)
		f.Config.Handler.(*http.ServeMux).HandleFunc("POST /graph/POST/graph.microsoft.com", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer at" {
				t.Errorf("%s: Graph is asked with %q", name, r.Header.Get("Authorization"))
			}
			w.WriteHeader(c.status)
			w.Write([]byte(c.answer))
		})
		p := microsoft(t, f)
		p.cfg.Graph = !c.noGraph
		f.claims["_claim_names"] = map[string]any{"groups": "src1"}
		f.claims["_claim_sources"] = map[string]any{"src1": map[string]any{"endpoint": "https://graph.windows.net/x/getMemberObjects"}}
		for name, value := range c.claims {
			f.claims[name] = value
		}
		r, err := p.Exchange(t.Context(), "code", "v", f.nonce, "")
		if !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, want %v", name, err, c.err)
		}
		if c.err != nil || r == nil {
			continue
		}
		if diff := cmp.Diff(c.want, r.Claims["groups"]); diff != "" {
			t.Errorf("%s: groups (-want +got):\n%s", name, diff)
		}
		if id := r.Identity("p"); c.status != 500 && id.ClaimElsewhere("groups") != (c.want == nil) {
			t.Errorf("%s: that the groups are elsewhere is %t, want %t", name, id.ClaimElsewhere("groups"), c.want == nil)
		}
		again, err := p.Recheck(t.Context(), Held{Tokens: r.Tokens, Subject: r.Subject, UserID: r.UserID})
		if err != nil || !cmp.Equal(again.Claims["groups"], c.want) {
			t.Errorf("%s: asked again, got %v, %v", name, again, err)
		}
	}
}

func TestSigningOutAtProvidersThatPublishNoPage(t *testing.T) {
	for name, c := range map[string]struct {
		ways   Particulars
		path   string
		params map[string]string
	}{
		"nothing": {},
		"cognito": {Particulars{LogoutPath: "/logout", RevokePath: "/revoke"}, "/logout", map[string]string{"client_id": "client", "logout_uri": "https://rp.example.com/out"}},
		"auth0":   {Particulars{LogoutPath: "/v2/logout"}, "/v2/logout", map[string]string{"client_id": "client", "returnTo": "https://rp.example.com/out"}},
	} {
		f := newFake(t)
		f.meta = map[string]any{"end_session_endpoint": nil, "revocation_endpoint": nil}
		p := f.discovered(t, func(cfg *DiscoveredConfig) { cfg.Particulars = c.ways })
		to, err := url.Parse(p.LogoutURL(t.Context(), "", "https://rp.example.com/out"))
		if err != nil || to.Path != c.path || c.path != "" && to.Host != f.Listener.Addr().String() {
			t.Errorf("%s: signing out leads to %v, %v; want %q", name, to, err, c.path)
		}
		for param, want := range c.params {
			if got := to.Query().Get(param); got != want {
				t.Errorf("%s: %s is %q, want %q", name, param, got, want)
			}
		}
		if err := p.Revoke(t.Context(), Tokens{Refresh: "rt"}); err != nil || (f.calls["revoke rt"] == 1) != (c.ways.RevokePath != "") {
			t.Errorf("%s: revoked %v, %v", name, f.calls, err)
		}
	}
}

// What a provider publishes counts more than what is known of its kind.
func TestAPublishedPageToSignOutCounts(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t, func(cfg *DiscoveredConfig) { cfg.LogoutPath, cfg.RevokePath = "/v2/logout", "/nowhere" })
	to, _ := url.Parse(p.LogoutURL(t.Context(), "the-id-token", "https://rp.example.com/out"))
	if q := to.Query(); to.Path != "/logout" || q.Get("post_logout_redirect_uri") == "" || q.Get("id_token_hint") != "the-id-token" {
		t.Errorf("signing out leads to %s", to)
	}
}

// Apple answers with a form, takes its secret in the body, reads no + as a space, and
// says nothing about PKCE.
func TestSigningInAtApple(t *testing.T) {
	f := newFake(t)
	f.post, f.meta = true, map[string]any{"userinfo_endpoint": nil, "end_session_endpoint": nil, "token_endpoint_auth_methods_supported": []string{"client_secret_post"}}
	f.claims["email_verified"] = "true"
	p := f.discovered(t, func(cfg *DiscoveredConfig) {
		cfg.Scopes, cfg.Params, cfg.NoPKCE = []string{"openid", "name", "email"}, map[string]string{"response_mode": "form_post"}, true
	})
	to, err := p.AuthURL(t.Context(), AuthRequest{State: "s", Nonce: "n", Challenge: "c", RedirectURI: "https://rp.example.com/cb"})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	if q := u.Query(); q.Get("response_mode") != "form_post" || q.Has("code_challenge") || q.Get("nonce") != "n" || !slices.Contains([]string{"openid name email"}, q.Get("scope")) {
		t.Errorf("the person is sent to %s", to)
	}
	if raw, _ := json.Marshal(u.RawQuery); slices.Contains(raw, '+') {
		t.Errorf("%s has a + for a space", to)
	}
	r, err := p.Exchange(t.Context(), "code", "verifier", f.nonce, "https://rp.example.com/cb")
	if err != nil || r.Email != "ann@example.com" || r.EmailUnverified {
		t.Fatalf("got %+v, %v", r, err)
	}
	if got := f.forms[0]; got["code_verifier"] != "" || got["client_secret"] != "s3cret" {
		t.Errorf("the token endpoint got %v", got)
	}
}
