package oauth_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func secret(s string) seal.Secret { return seal.Secret(s) }

// form returns parameters from pairs of name and value.
func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

func members(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	return m
}

func names(m map[string]any) string {
	var list []string
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestTheThreeGrants(t *testing.T) {
	s := newService(t)
	w := s.post("/oauth2/token", form("grant_type", "authorization_code", "client_id", "app", "code", s.code(t, "app"), "redirect_uri", enginetest.Callback))
	got := members(t, w)
	if names(got) != "access_token expires_in id_token refresh_token token_type" || got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 {
		t.Errorf("code: %s", w.Body)
	}
	for header, want := range map[string]string{
		"Content-Type": "application/json;charset=UTF-8", "Cache-Control": "no-store", "Pragma": "no-cache", "Access-Control-Allow-Origin": "*",
	} {
		if w.Header().Get(header) != want {
			t.Errorf("%s = %q, want %q", header, w.Header().Get(header), want)
		}
	}
	refresh := got["refresh_token"].(string)
	got = members(t, s.post("/oauth2/token", form("grant_type", "refresh_token", "client_id", "app", "refresh_token", refresh)))
	if names(got) != "access_token expires_in id_token token_type" {
		t.Errorf("refresh: %s", names(got))
	}
	got = members(t, s.post("/oauth2/token", form("grant_type", "client_credentials", "scope", "api/read"), "Authorization", basic("machine", "hush-hush")))
	if names(got) != "access_token expires_in token_type" {
		t.Errorf("client credentials: %s", names(got))
	}
}

func TestTokenRefusals(t *testing.T) {
	s := newService(t)
	exchange := func(pairs ...string) url.Values {
		f := form("grant_type", "authorization_code", "client_id", "app", "code", s.code(t, "app"), "redirect_uri", enginetest.Callback)
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
			if pairs[i+1] == "-" {
				f.Del(pairs[i])
			}
		}
		return f
	}
	machine := func(pairs ...string) url.Values {
		return form(append([]string{"grant_type", "client_credentials", "client_id", "machine", "client_secret", "hush-hush"}, pairs...)...)
	}
	used := exchange()
	s.post("/oauth2/token", used)
	revoked := s.tokens(t, "app").Refresh.Reveal()
	s.post("/oauth2/revoke", form("client_id", "app", "token", revoked))
	expired := exchange()
	s.Advance(6 * time.Minute)
	twice := exchange()
	twice.Add("code", "again")

	tests := []struct {
		name   string
		form   url.Values
		header []string
		want   string
	}{
		{"no grant type", exchange("grant_type", "-"), nil, "invalid_request"},
		{"unknown grant type", exchange("grant_type", "password"), nil, "unsupported_grant_type"},
		{"no client", exchange("client_id", "-"), nil, "invalid_request"},
		{"unknown client", exchange("client_id", "nobody"), nil, "invalid_client"},
		{"no code", exchange("code", "-"), nil, "invalid_request"},
		{"no redirect_uri", exchange("redirect_uri", "-"), nil, "invalid_request"},
		{"a parameter twice", twice, nil, "invalid_request"},
		{"not a form", exchange(), []string{"Content-Type", "application/json"}, "invalid_request"},
		{"no media type", exchange(), []string{"Content-Type", ""}, "invalid_request"},
		{"too long", exchange("code", strings.Repeat("c", 70<<10)), nil, "invalid_request"},
		{"unknown code", exchange("code", "nonsense"), nil, "invalid_grant"},
		{"used code", used, nil, "invalid_grant"},
		{"expired code", expired, nil, "invalid_grant"},
		{"another client's code", exchange("client_id", "other"), nil, "invalid_grant"},
		{"wrong verifier", exchange("code", s.code(t, "app", "code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256"), "code_verifier", strings.Repeat("v", 43)), nil, "invalid_grant"},
		{"missing verifier", exchange("code", s.code(t, "app", "code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256")), nil, "invalid_grant"},
		{"verifier for a code without a challenge", exchange("code", s.code(t, "app"), "code_verifier", strings.Repeat("v", 43)), nil, "invalid_grant"},
		{"code not allowed", exchange("client_id", "implicit"), nil, "unauthorized_client"},
		{"redirect_uri mismatch", exchange("redirect_uri", enginetest.Callback+"/"), nil, "unauthorized_client"},
		{"no refresh token", form("grant_type", "refresh_token", "client_id", "app"), nil, "invalid_request"},
		{"garbage refresh token", form("grant_type", "refresh_token", "client_id", "app", "refresh_token", "x"), nil, "invalid_grant"},
		{"revoked refresh token", form("grant_type", "refresh_token", "client_id", "app", "refresh_token", revoked), nil, "invalid_grant"},
		{"another client's refresh token", form("grant_type", "refresh_token", "client_id", "other", "refresh_token", s.tokens(t, "app").Refresh.Reveal()), nil, "invalid_grant"},
		{"machine grant not allowed", form("grant_type", "client_credentials", "client_id", "server", "client_secret", "hush-hush"), nil, "unauthorized_client"},
		{"machine grant of a public client", form("grant_type", "client_credentials", "client_id", "app"), nil, "unauthorized_client"},
		{"machine scope not enabled", machine("scope", "api/write"), nil, "invalid_grant"},
		{"machine scope that is none", machine("scope", "api/nothing"), nil, "invalid_scope"},
		{"machine scope malformed", machine("scope", "\x01"), nil, "invalid_scope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := s.post("/oauth2/token", tt.form, tt.header...)
			refused(t, w, 400, tt.want)
			if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
	if w := s.post("/oauth2/token", exchange("redirect_uri", "https://evil.example")); !strings.Contains(w.Body.String(), `"error_description":"invalid_redirect"`) {
		t.Errorf("redirect mismatch: %s", w.Body)
	}
}

func TestSecretsInTheAddressAreIgnored(t *testing.T) {
	s := newService(t)
	f := form("grant_type", "client_credentials", "client_id", "machine", "client_secret", "hush-hush")
	w := s.do(request("POST", home+"/oauth2/token?"+f.Encode(), "", "Content-Type", "application/x-www-form-urlencoded"))
	refused(t, w, 400, "invalid_request")
}

func TestDisabledUsersDoNotRefresh(t *testing.T) {
	s := newService(t)
	refresh := s.tokens(t, "app").Refresh.Reveal()
	s.alice.Enabled = false
	s.SaveUser(s.alice)
	refused(t, s.post("/oauth2/token", form("grant_type", "refresh_token", "client_id", "app", "refresh_token", refresh)), 400, "invalid_grant")
}

func TestClientAuthentication(t *testing.T) {
	s := newService(t)
	refresh := map[string]string{}
	for _, id := range []string{"app", "server", "we+ird"} {
		refresh[id] = s.tokens(t, id).Refresh.Reveal()
	}
	tests := []struct {
		name   string
		of     string // whose refresh token
		form   url.Values
		header string
		want   string // "": accepted
	}{
		{"public", "app", form("client_id", "app"), "", ""},
		{"public by header", "app", form(), basic("app", ""), ""},
		{"public with a secret", "app", form("client_id", "app", "client_secret", "x"), "", "invalid_client"},
		{"post", "server", form("client_id", "server", "client_secret", "hush-hush"), "", ""},
		{"post, wrong", "server", form("client_id", "server", "client_secret", "hush"), "", "invalid_client"},
		{"post, none", "server", form("client_id", "server"), "", "invalid_client"},
		{"post, empty", "server", form("client_id", "server", "client_secret", ""), "", "invalid_client"},
		{"basic", "server", form(), basic("server", "hush-hush"), ""},
		{"basic in small letters", "server", form(), strings.Replace(basic("server", "hush-hush"), "Basic", "basic", 1), ""},
		{"basic, encoded", "server", form(), basic("ser%76er", "hush%2Dhush"), ""},
		{"basic, wrong", "server", form(), basic("server", "x"), "invalid_client"},
		{"basic, empty", "server", form(), basic("server", ""), "invalid_client"},
		{"basic with a plus", "we+ird", form(), basic("we+ird", "hush-hush"), ""},
		{"basic with an encoded plus", "we+ird", form(), basic("we%2Bird", "hush-hush"), ""},
		{"both agree", "server", form("client_id", "server", "client_secret", "hush-hush"), basic("server", "hush-hush"), ""},
		{"both, id alone in the body", "server", form("client_id", "server"), basic("server", "hush-hush"), ""},
		{"two ids", "server", form("client_id", "app"), basic("server", "hush-hush"), "invalid_client"},
		{"two secrets", "server", form("client_id", "server", "client_secret", "x"), basic("server", "hush-hush"), "invalid_client"},
		{"wrong header, right body", "server", form("client_id", "server", "client_secret", "hush-hush"), basic("server", "x"), "invalid_client"},
		{"another scheme", "server", form("client_id", "server", "client_secret", "hush-hush"), "Bearer x", "invalid_client"},
		{"not base64", "server", form(), "Basic ***", "invalid_client"},
		{"no colon", "server", form(), "Basic c2VydmVy", "invalid_client"},
		{"no id", "server", form(), basic("", "hush-hush"), "invalid_client"},
		{"broken escape", "server", form(), basic("server", "%zz"), "invalid_client"},
		{"no value", "server", form(), "Basic", "invalid_client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.form.Set("grant_type", "refresh_token")
			tt.form.Set("refresh_token", refresh[tt.of])
			var header []string
			if tt.header != "" {
				header = []string{"Authorization", tt.header}
			}
			w := s.post("/oauth2/token", tt.form, header...)
			if tt.want == "" {
				members(t, w)
				return
			}
			refused(t, w, 400, tt.want)
			if strings.Contains(w.Body.String(), "hush") {
				t.Error("the answer shows the secret")
			}
		})
	}
}

// Clients that try their secret in the header first and in the body second rely
// on this.
func TestAFailedAuthenticationLeavesTheCode(t *testing.T) {
	s := newService(t)
	f := form("grant_type", "authorization_code", "code", s.code(t, "server"), "redirect_uri", enginetest.Callback)
	refused(t, s.post("/oauth2/token", f, "Authorization", basic("server", "wrong")), 400, "invalid_client")
	f.Set("client_id", "server")
	f.Set("client_secret", "hush-hush")
	members(t, s.post("/oauth2/token", f))
}

func TestRevoke(t *testing.T) {
	s := newService(t)
	tokens := s.tokens(t, "server")
	tests := []struct {
		name   string
		form   url.Values
		header string
		status int
		want   string
	}{
		{"no token", form("client_id", "app"), "", 400, "invalid_request"},
		{"no client", form("token", "x"), "", 400, "invalid_request"},
		{"unknown client", form("token", "x", "client_id", "nobody"), "", 401, "invalid_client"},
		{"wrong secret", form("token", "x"), basic("server", "x"), 401, "invalid_client"},
		{"revocation off", form("token", "x", "client_id", "unrevocable"), "", 400, "invalid_request"},
		{"access token", form("token", tokens.Access.Reveal()), basic("server", "hush-hush"), 400, "unsupported_token_type"},
		{"garbage", form("token", "garbage", "client_id", "app"), "", 200, ""},
		{"another client's", form("token", tokens.Refresh.Reveal(), "client_id", "app"), "", 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.header != "" {
				header = []string{"Authorization", tt.header}
			}
			w := s.post("/oauth2/revoke", tt.form, header...)
			if tt.status == 200 {
				if w.Code != 200 || w.Body.Len() != 0 {
					t.Errorf("got %d %q, want 200 and nothing", w.Code, w.Body)
				}
				return
			}
			refused(t, w, tt.status, tt.want)
			if asks := w.Header().Get("WWW-Authenticate") != ""; asks != (tt.status == 401 && tt.header != "") {
				t.Errorf("WWW-Authenticate = %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
	again := form("grant_type", "refresh_token", "refresh_token", tokens.Refresh.Reveal())
	auth := []string{"Authorization", basic("server", "hush-hush")}
	members(t, s.post("/oauth2/token", again, auth...)) // nothing above revoked it
	for range 2 {
		if w := s.post("/oauth2/revoke", form("token", tokens.Refresh.Reveal()), auth...); w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("revoke: %d %s", w.Code, w.Body)
		}
	}
	refused(t, s.post("/oauth2/token", again, auth...), 400, "invalid_grant")
}

func TestUserInfo(t *testing.T) {
	s := newService(t)
	bearer := func(raw seal.Secret) string { return "Bearer " + raw.Reveal() }
	got := s.get(home+"/oauth2/userInfo", "Authorization", bearer(s.tokens(t, "app").Access))
	if want := `{"sub":"` + string(s.alice.Sub) + `","email":"alice@example.com","email_verified":"true","username":"alice"}`; got.Body.String() != want {
		t.Errorf("got %s, want %s", got.Body, want)
	}
	for header, want := range map[string]string{
		"Content-Type": "application/json;charset=UTF-8", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Access-Control-Allow-Origin": "*",
	} {
		if got.Header().Get(header) != want {
			t.Errorf("%s = %q, want %q", header, got.Header().Get(header), want)
		}
	}

	const dead = `Bearer error="invalid_token", error_description="Access token is expired, disabled, or deleted, or the user has globally signed out."`
	const malformed = `Bearer error="invalid_request", error_description="Bad OAuth2 request at UserInfo Endpoint"`
	tests := []struct {
		name   string
		header string
		before func(*service)
		status int
		want   string
	}{
		{name: "no header", status: 400, want: malformed},
		{name: "basic", header: basic("server", "hush-hush"), status: 400, want: malformed},
		{name: "no token", header: "Bearer ", status: 400, want: malformed},
		{name: "two tokens", header: "Bearer a b", status: 400, want: malformed},
		{name: "garbage", header: "Bearer garbage", status: 401, want: dead},
		{name: "expired", before: func(s *service) { s.Advance(time.Hour) }, status: 401, want: dead},
		{name: "signed out", before: func(s *service) { s.Tokens.RevokeAllOf(t.Context(), s.Pool.ID, s.alice.Sub) }, status: 401, want: dead},
		{name: "disabled", before: func(s *service) { s.alice.Enabled = false; s.SaveUser(s.alice) }, status: 401, want: dead},
		{name: "deleted", before: func(s *service) { s.DeleteUser(s.alice.Sub) }, status: 401, want: dead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			if tt.before != nil {
				tt.header = bearer(s.tokens(t, "app").Access)
				tt.before(s)
			}
			w := s.get(home+"/oauth2/userInfo", "Authorization", tt.header)
			if tt.header == "" {
				w = s.get(home + "/oauth2/userInfo")
			}
			if w.Code != tt.status || w.Header().Get("WWW-Authenticate") != tt.want {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Header().Get("WWW-Authenticate"), tt.status, tt.want)
			}
		})
	}
}

func TestUserInfoNeedsOpenIDAndItsOwnPool(t *testing.T) {
	s := newService(t)
	other := s.AddPool("us-east-1_Other0001")
	tokens := s.tokens(t, "app")
	w := s.get("/"+string(other.ID)+"/oauth2/userInfo", "Authorization", "Bearer "+tokens.Access.Reveal())
	refused(t, w, 401, "invalid_token")

	c, _ := s.Store.Client(t.Context(), "app")
	api, err := s.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: s.Pool, Client: c, User: s.alice})
	if err != nil {
		t.Fatal(err)
	}
	w = s.get(home+"/oauth2/userInfo", "Authorization", "Bearer "+api.Access.Reveal())
	refused(t, w, 401, "invalid_token")
	if !strings.Contains(w.Header().Get("WWW-Authenticate"), "does not contain openid scope") {
		t.Errorf("WWW-Authenticate = %q", w.Header().Get("WWW-Authenticate"))
	}
}

// OpenID Connect Core §5.3.1, RFC 6750 §2.2.
func TestUserInfoByPost(t *testing.T) {
	s := newService(t)
	access := s.tokens(t, "app").Access.Reveal()
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, tt := range []struct {
		name, body string
		headers    []string
		status     int
	}{
		{"token in the header", "", []string{"Authorization", "Bearer " + access}, 200},
		{"token in the header, empty form", "", append(form, "Authorization", "Bearer "+access), 200},
		{"token in the form", "access_token=" + access, form, 200},
		{"token in both", "access_token=" + access, append(form, "Authorization", "Bearer "+access), 400},
		{"token in the form twice", "access_token=" + access + "&access_token=" + access, form, 400},
		{"token in a body that is no form", "access_token=" + access, []string{"Content-Type", "text/plain"}, 400},
		{"no token", "", form, 400},
		{"garbage", "access_token=garbage", form, 401},
	} {
		w := s.do(request("POST", home+"/oauth2/userInfo", tt.body, tt.headers...))
		if w.Code != tt.status || tt.status == 200 && !strings.Contains(w.Body.String(), `"sub":"`+string(s.alice.Sub)) || tt.status != 200 && w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s, WWW-Authenticate %q, want %d", tt.name, w.Code, w.Body, w.Header().Get("WWW-Authenticate"), tt.status)
		}
	}
	if w := s.do(request("POST", home+"/oauth2/userInfo?access_token="+access, "", form...)); w.Code != 400 {
		t.Errorf("token in the query, which is logged: %d, want 400", w.Code)
	}
}

func TestPreflight(t *testing.T) {
	s := newService(t)
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"} {
		w := s.do(request("OPTIONS", home+path, ""))
		if w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "X-Amz-User-Agent") {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	if w := s.get(home + "/oauth2/authorize"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("authorize is open to scripts")
	}
}

func TestRefreshRotatesAtTheTokenEndpoint(t *testing.T) {
	s := newService(t)
	refresh := func(token string) *httptest.ResponseRecorder {
		return s.post("/oauth2/token", form("grant_type", "refresh_token", "client_id", "rotating", "refresh_token", token))
	}
	first := s.tokens(t, "rotating").Refresh.Reveal()
	got := members(t, refresh(first))
	if names(got) != "access_token expires_in id_token refresh_token token_type" || got["refresh_token"] == first {
		t.Errorf("refresh: %s, want a new refresh token too", names(got))
	}
	refused(t, refresh(first), 400, "invalid_grant")
	refused(t, refresh(got["refresh_token"].(string)), 400, "invalid_grant")
}
