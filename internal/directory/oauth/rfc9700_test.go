package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/testing/gatetest/enginetest"
)

// The tests of this file are named after the points of RFC 9700, Best Current
// Practice for OAuth 2.0 Security. docs/security.md lists all points, with these
// tests and those that stand elsewhere.

// §2.1, §4.1: redirect URIs are compared as texts.
func TestRFC9700RedirectURIsAreComparedExactly(t *testing.T) {
	s := newService(t)
	cookie := s.signedIn(t)
	host := strings.TrimPrefix(strings.TrimSuffix(enginetest.Callback, "/callback"), "https://")
	for _, uri := range []string{
		enginetest.Callback + "/", enginetest.Callback + "/..", enginetest.Callback + "?a=b", enginetest.Callback + "#f", enginetest.Callback + "%20",
		"HTTPS://" + host + "/callback", "https://" + strings.ToUpper(host) + "/callback", "https://" + host + ":443/callback",
		"https://evil.example@" + host + "/callback", "https://" + host + ".evil.example/callback", "https://" + host + "/Callback",
		"https://" + host + "/%63allback", "https://" + host + "//callback", "https:/" + host + "/callback", "//" + host + "/callback", "/callback", "http://" + host + "/callback",
	} {
		w := s.get(home+"/oauth2/authorize?"+authorizeQuery("redirect_uri", uri), "Cookie", cookie)
		if w.Code != 400 || w.Header().Get("Location") != "" {
			t.Errorf("%s: got %d to %q, want an error page", uri, w.Code, w.Header().Get("Location"))
		}
	}
}

// §2.1.2, §4.3.2: no token is ever in a query, and no code in a fragment.
func TestRFC9700TokensAreNeverInAQuery(t *testing.T) {
	s := newService(t)
	for _, kind := range []string{"code", "token"} {
		w := s.get(home+"/oauth2/authorize?"+authorizeQuery("response_type", kind), "Cookie", s.signedIn(t))
		u, err := url.Parse(w.Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(u.RawQuery, "token") || strings.Contains(u.Fragment, "code=") || (u.Fragment != "") != (kind == "token") {
			t.Errorf("response_type %s: sent to %s", kind, u)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("response_type %s: headers %v, want no-store and no-referrer", kind, w.Header())
		}
	}
}

// §4.4.2.1: every answer names the issuer (RFC 9207), so that a client of several
// providers notices an answer of the wrong one.
func TestRFC9700AnswersNameTheIssuer(t *testing.T) {
	s := newService(t)
	discovered := members(t, s.get(home+"/.well-known/openid-configuration"))
	if discovered["authorization_response_iss_parameter_supported"] != true {
		t.Error("discovery does not announce iss")
	}
	for _, query := range []string{authorizeQuery(), authorizeQuery("response_type", "token"), authorizeQuery("scope", "nonsense"), authorizeQuery("state", "-")} {
		u, err := url.Parse(s.get(home+"/oauth2/authorize?"+query, "Cookie", s.signedIn(t)).Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if u.Fragment != "" {
			if q, err = url.ParseQuery(u.Fragment); err != nil {
				t.Fatal(err)
			}
		}
		if got := q["iss"]; len(got) != 1 || got[0] != discovered["issuer"] {
			t.Errorf("%s: iss = %q, want %v", query, got, discovered["issuer"])
		}
	}
}

// §2.4: there is no password grant.
func TestRFC9700ThereIsNoPasswordGrant(t *testing.T) {
	s := newService(t)
	refused(t, s.post("/oauth2/token", form("grant_type", "password", "client_id", "app", "username", "alice", "password", "Right-Horse-7")), 400, "unsupported_grant_type")
}

// §2.6: scripts of other origins read no answer of the authorization endpoint.
func TestRFC9700AuthorizeIsClosedToScripts(t *testing.T) {
	s := newService(t)
	for _, path := range []string{"/oauth2/authorize?" + authorizeQuery(), "/authorize?" + authorizeQuery(), "/logout?client_id=app"} {
		for _, method := range []string{"GET", "OPTIONS"} {
			w := s.do(request(method, home+path, "", "Cookie", s.signedIn(t), "Origin", "https://evil.example", "Access-Control-Request-Method", "GET"))
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s %s: Access-Control-Allow-Origin = %q", method, path, got)
			}
		}
	}
}

// §4.10.2: an access token that was asked for with a resource names it as its
// audience, also after a refresh.
func TestRFC9700AccessTokensNameTheirAudience(t *testing.T) {
	s := newService(t)
	s.AddResourceServer("https://api.example.com", "read")
	code := s.code(t, "app", "resource", "https://api.example.com")
	first := members(t, s.post("/oauth2/token", form("grant_type", "authorization_code", "client_id", "app", "code", code, "redirect_uri", enginetest.Callback)))
	second := members(t, s.post("/oauth2/token", form("grant_type", "refresh_token", "client_id", "app", "refresh_token", first["refresh_token"].(string))))
	for name, got := range map[string]map[string]any{"code": first, "refresh": second} {
		if aud := claims(t, got["access_token"].(string))["aud"]; aud != "https://api.example.com" {
			t.Errorf("%s: aud = %v, want the resource", name, aud)
		}
	}
}

func claims(t *testing.T, jwt string) map[string]any {
	t.Helper()
	var c map[string]any
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}
