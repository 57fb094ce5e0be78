package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Browsers use TLS alone for the hosts at which people type passwords, and for the
// team domain, which knows them by its cookie.
func TestEveryAnswerAtAHostOfSignInWantsTLS(t *testing.T) {
	s := start(t, withRoutes(t, on(t.TempDir()), ""))
	for _, url := range []string{
		"https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json", "https://id.example.com/nothing/here",
		"https://team.example.com/cdn-cgi/access/login", "https://team.example.com/cdn-cgi/access/certs", "https://team.example.com/client/v4/user/tokens/verify", "https://team.example.com/nothing",
		"https://id.example.com/us-east-1_Staff0001/oauth2/authorize", "https://id.example.com/us-east-1_Staff0001/logout",
	} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("%s: %d, Strict-Transport-Security = %q", url, w.Code, got)
		}
	}
}

// So do the answers that belong to no host, at which people may arrive first.
func TestAnswersOfNoHostWantTLS(t *testing.T) {
	s := start(t, withRoutes(t, on(t.TempDir()), ""))
	for name, c := range map[string]struct {
		host   string
		cookie int
		status int
	}{
		"a host that nobody has": {"nothing.example.net", 0, http.StatusMisdirectedRequest},
		"no host at all":         {"a b", 0, http.StatusBadRequest},
		"too large a header":     {"id.example.com", 200 << 10, http.StatusRequestHeaderFieldsTooLarge},
	} {
		for scheme, want := range map[string]string{"https": "max-age=31536000", "http": ""} {
			r := httptest.NewRequest("GET", scheme+"://id.example.com/", nil)
			r.Host = c.host
			r.Header.Set("Cookie", "a="+strings.Repeat("x", c.cookie))
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if got := w.Header().Get("Strict-Transport-Security"); w.Code != c.status || got != want {
				t.Errorf("%s, %s: %d with Strict-Transport-Security %q, want %d with %q", name, scheme, w.Code, got, c.status, want)
			}
		}
	}
}
