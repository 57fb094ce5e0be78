package server_test

import (
	"net/http/httptest"
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
