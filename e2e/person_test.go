package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/testing/browser"
)

// newBrowser returns a browser without script that finds the hosts of the
// scenarios. Where a test must see or change the requests, it takes the place of
// a [window].
func newBrowser(t *testing.T) *browser.Browser {
	t.Helper()
	b := browser.New(t, newTransport(t))
	b.Timeout = patience
	return b
}

// signIn fills in the pool's sign-in page.
func signIn(page *browser.Page, username, password string) *browser.Page {
	return page.Submit("username", username, "password", password)
}

// signedIn returns the browser of a person who has signed in at the first route.
func (s *system) signedIn(t *testing.T, username, password string) *browser.Browser {
	t.Helper()
	b := newBrowser(t)
	page := signIn(b.Open(s.app+"/"), username, password)
	if !strings.HasPrefix(page.URL.String(), s.app+"/") {
		t.Fatalf("after sign-in %s is at %s (status %d):\n%.400s", username, page.URL, page.Status, page.Body)
	}
	return b
}

// toApplication reports whether an address is that of the OAuth client.
func toApplication(u *url.URL) bool { return u.Host == "localhost:3000" }

// codeIn returns the authorization code with which a page redirects to the
// client.
func codeIn(t *testing.T, page *browser.Page) string {
	t.Helper()
	to := page.Location()
	if to != nil && toApplication(to) && to.Query().Get("code") != "" {
		return to.Query().Get("code")
	}
	t.Fatalf("the page at %s (status %d, to %v) has no code:\n%.300s", page.URL, page.Status, to, page.Body)
	return ""
}

// asksToSignIn reports whether a page is the pool's sign-in page.
func asksToSignIn(page *browser.Page) bool {
	return page.Status == http.StatusOK && strings.Contains(page.Body, "signInFormUsername")
}
