package server_test

import (
	"net/http/httptest"
	"testing"
)

// Browsers use TLS alone for the hosts at which people type passwords.
func TestEveryAnswerOfTheDirectoryWantsTLS(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	for _, url := range []string{
		"https://id.example.com/us-east-1_Staff0001/.well-known/jwks.json", "https://id.example.com/nothing/here",
		"https://id.example.com/us-east-1_Staff0001/oauth2/authorize", "https://id.example.com/us-east-1_Staff0001/logout",
	} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("%s: %d, Strict-Transport-Security = %q", url, w.Code, got)
		}
	}
}
