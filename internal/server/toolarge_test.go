package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whoever has too many cookies gets a page that says what to do, on every host,
// and loses those of our own that only a sign-in under way needs.
func TestTooManyCookiesGetAPage(t *testing.T) {
	s := start(t, load(t, t.TempDir(), secretOne, admins))
	var cookies []string
	for i := range 40 {
		cookies = append(cookies, fmt.Sprintf("app%d=%s", i, strings.Repeat("x", 4000)))
	}
	cookies = append(cookies, "__Host-_gatehouse_browser=1", "_gatehouse_access=2", "__Host-_pomerium=3")
	for _, host := range []string{"id.example.com", "staff.auth.example.com", "authenticate.example.com", "app.example.com", "unknown.example.com"} {
		r := httptest.NewRequest("GET", "https://"+host+"/x?y=1", nil)
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Cookie", strings.Join(cookies, "; "))
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusRequestHeaderFieldsTooLarge || !strings.Contains(w.Body.String(), "Delete the cookies of this site") || !strings.Contains(w.Body.String(), `href="/x?y=1"`) {
			t.Errorf("%s: got %d, %.200s; want 431 with a page that helps", host, w.Code, w.Body)
		}
		cleared := strings.Join(w.Header()["Set-Cookie"], "\n")
		if !strings.Contains(cleared, "__Host-_gatehouse_browser=; Path=/; Max-Age=0") || !strings.Contains(cleared, "\n_gatehouse_access=; Path=/; Max-Age=0") || strings.Contains(cleared, "_pomerium") {
			t.Errorf("%s: got Set-Cookie %q, want our cookies of sign-ins cleared, and no session's", host, cleared)
		}
	}
	r := httptest.NewRequest("POST", "https://id.example.com/", nil)
	r.Header.Set("Cookie", strings.Join(cookies, "; "))
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusRequestHeaderFieldsTooLarge || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a program: got %d, %.100s; want 431 in plain text", w.Code, w.Body)
	}
}
