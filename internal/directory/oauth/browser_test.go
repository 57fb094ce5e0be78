package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func authorizeQuery(pairs ...string) string {
	q := url.Values{"client_id": {"app"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s t"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "-" {
			q.Del(pairs[i])
		}
	}
	return q.Encode()
}

func TestAuthorize(t *testing.T) {
	s := newService(t)
	const domain = "http://staff.auth.example.com"
	tests := []struct {
		name     string
		target   string
		signedIn bool
		status   int
		want     string // what Location, or a page, begins with
	}{
		{"not signed in", home + "/oauth2/authorize?" + authorizeQuery(), false, 302, home + "/login?" + authorizeQuery()},
		{"at the domain", domain + "/oauth2/authorize?" + authorizeQuery(), false, 302, "/login?" + authorizeQuery()},
		{"the alias", domain + "/authorize?" + authorizeQuery(), false, 302, "/login?" + authorizeQuery()},
		{"signed in", home + "/oauth2/authorize?" + authorizeQuery(), true, 302, enginetest.Callback + "?code="},
		{"another client of the pool", home + "/oauth2/authorize?" + authorizeQuery("client_id", "server"), true, 302, enginetest.Callback + "?code="},
		{"signed in, implicit", home + "/oauth2/authorize?" + authorizeQuery("response_type", "token"), true, 302, enginetest.Callback + "#id_token="},
		{"signed in, prompt=none", home + "/oauth2/authorize?" + authorizeQuery("prompt", "none"), true, 302, enginetest.Callback + "?code="},
		{"signed in, prompt=login", home + "/oauth2/authorize?" + authorizeQuery("prompt", "login"), true, 302, home + "/login?"},
		{"signed in, prompt=select_account", home + "/oauth2/authorize?" + authorizeQuery("prompt", "select_account"), true, 302, home + "/login?" + authorizeQuery("prompt", "select_account")},
		{"signed in, prompt=consent", home + "/oauth2/authorize?" + authorizeQuery("prompt", "consent"), true, 302, enginetest.Callback + "?code="},
		{"signed in, prompt=none login", home + "/oauth2/authorize?" + authorizeQuery("prompt", "none login"), true, 302, enginetest.Callback + "?error=invalid_request&state=s%20t"},
		{"not signed in, prompt=none", home + "/oauth2/authorize?" + authorizeQuery("prompt", "none"), false, 302, enginetest.Callback + "?error=login_required&state=s%20t"},
		{"bad scope", home + "/oauth2/authorize?" + authorizeQuery("scope", "nonsense"), true, 302, enginetest.Callback + "?error=invalid_scope&state=s%20t"},
		{"no client", home + "/oauth2/authorize?" + authorizeQuery("client_id", "-"), true, 400, "page: This request is not valid: Required String parameter 'client_id'"},
		{"bad redirect", home + "/oauth2/authorize?" + authorizeQuery("redirect_uri", "https://evil.example"), true, 400, "page: This request is not valid: The redirect_uri"},
		{"bad query", home + "/oauth2/authorize?%zz", true, 400, "page: This request is not valid"},
		{"no such pool", "/us-east-1_Nowhere01/oauth2/authorize?" + authorizeQuery(), false, 404, "page: Nobody signs in here"},
		{"no such host", "http://other.example.com/oauth2/authorize?" + authorizeQuery(), false, 404, "page: Nobody signs in here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.signedIn {
				header = []string{"Cookie", s.signedIn(t)}
			}
			w := s.get(tt.target, header...)
			got := w.Header().Get("Location")
			if tt.status != 302 {
				if got != "" {
					t.Errorf("it redirects to %s, want a page", got)
				}
				got = w.Body.String()
			}
			if w.Code != tt.status || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %d %q, want %d %q", w.Code, got, tt.status, tt.want)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control = %q, want no-store", w.Header().Get("Cache-Control"))
			}
		})
	}
}

func TestHEADIssuesNoCode(t *testing.T) {
	s := newService(t)
	w := s.do(request("HEAD", home+"/oauth2/authorize?"+authorizeQuery(), "", "Cookie", s.signedIn(t)))
	if w.Code != 405 || w.Header().Get("Location") != "" {
		t.Errorf("got %d to %q, want 405", w.Code, w.Header().Get("Location"))
	}
}

// pkce is the challenge of RFC 7636 appendix B.
const pkce = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

func TestLogout(t *testing.T) {
	s := newService(t)
	tests := []struct {
		name, query string
		status      int
		want        string
	}{
		{"logout_uri", "client_id=app&logout_uri=https://app.example.com/bye", 302, "https://app.example.com/bye"},
		{"sign in again", "client_id=app&response_type=code&scope=openid&redirect_uri=" + enginetest.Callback, 302, home + "/login?client_id=app&redirect_uri="},
		{"sign in again, with PKCE", "client_id=app&response_type=code&scope=openid&redirect_uri=" + enginetest.Callback + "&code_challenge_method=S256&code_challenge=" + pkce + "&nonce=n&state=s", 302,
			home + "/login?client_id=app&code_challenge=" + pkce + "&code_challenge_method=S256&nonce=n&redirect_uri="},
		{"sign in again, with half of PKCE", "client_id=app&response_type=code&redirect_uri=" + enginetest.Callback + "&code_challenge=" + pkce, 400, "page: You are signed out"},
		{"OIDC", "client_id=app&post_logout_redirect_uri=https://app.example.com/bye&state=x", 302, "https://app.example.com/bye?state=x"},
		{"unregistered", "client_id=app&logout_uri=https://evil.example", 400, "page: You are signed out"},
		{"sign in again, for an unknown resource", "client_id=app&response_type=code&redirect_uri=" + enginetest.Callback + "&resource=https://none.example", 400, "page: You are signed out"},
		{"nothing", "", 400, "page: You are signed out: Required String parameter 'client_id'"},
		{"client alone", "client_id=app", 400, "page: You are signed out: Required String parameter 'redirect_uri' is not present"},
		{"unknown client", "client_id=nobody&logout_uri=https://evil.example", 400, "page: You are signed out"},
		{"bad query", "%zz", 400, "page: You are signed out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cookie := s.signedIn(t)
			w := s.get(home+"/logout?"+tt.query, "Cookie", cookie)
			got := w.Header().Get("Location")
			if tt.status != 302 {
				got = w.Body.String()
			}
			if w.Code != tt.status || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %d %q, want %d %q", w.Code, got, tt.status, tt.want)
			}
			if got := w.Header().Get("Clear-Site-Data"); got != `"cache"` {
				t.Errorf("Clear-Site-Data = %q", got)
			}
			if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != sessionCookie || c[0].MaxAge >= 0 {
				t.Errorf("cookies %v, want the session's removed", c)
			}
			after := s.get(home+"/oauth2/authorize?"+authorizeQuery("prompt", "none"), "Cookie", cookie)
			if !strings.Contains(after.Header().Get("Location"), "login_required") {
				t.Error("the old cookie still signs in")
			}
		})
	}
}

// Without TLS another host of the domain can plant cookies that come before ours,
// with a path that is longer. Eight of them hid the session from a sign-out.
func TestPlantedCookiesHideNoSession(t *testing.T) {
	s := newService(t)
	cookie := s.signedIn(t)
	planted := strings.Repeat(sessionCookie+"="+ids.Token()+"; ", 170)
	if got := s.get(home+"/oauth2/authorize?"+authorizeQuery("prompt", "none"), "Cookie", planted+cookie).Header().Get("Location"); !strings.Contains(got, "code=") {
		t.Errorf("behind planted cookies the session signs nobody in: %q", got)
	}
	s.get(home+"/logout?client_id=app&logout_uri=https://app.example.com/bye", "Cookie", planted+cookie)
	if got := s.get(home+"/oauth2/authorize?"+authorizeQuery("prompt", "none"), "Cookie", cookie).Header().Get("Location"); !strings.Contains(got, "login_required") {
		t.Errorf("after the sign-out behind planted cookies the session goes on: %q", got)
	}
}
