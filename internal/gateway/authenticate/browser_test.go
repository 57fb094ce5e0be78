package authenticate

import (
	"net/http"
	"net/url"
	"testing"
)

func TestSamePageStaysOnItsHost(t *testing.T) {
	for given, want := range map[string]string{
		"/":                      "/",
		"/a/b?c=d&e":             "/a/b?c=d&e",
		"/a%2Fb":                 "/a%2Fb",
		"//evil.example.net/x":   "/",
		"///evil.example.net/x":  "/",
		"/\\evil.example.net/x":  "/%5Cevil.example.net/x",
		"https://evil.example/x": "/x",
		"*":                      "/",
	} {
		u, err := url.ParseRequestURI(given)
		if err != nil {
			u = &url.URL{Path: given}
		}
		if got := SamePage(&http.Request{URL: u}); got != want {
			t.Errorf("SamePage(%q) = %q, want %q", given, got, want)
		}
	}
}
