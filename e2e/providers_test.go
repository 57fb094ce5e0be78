package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/testing/browser"
)

// TestTwoProviders signs people in at another Gatehouse, and at a provider that is not
// Gatehouse, which also asks anew and tells of sign-outs.
func TestTwoProviders(t *testing.T) {
	t.Parallel()
	g := newGateway(t, sqlite)
	own, foreign := newDirectory(t, sqlite, gatewayPool(g)), newForeignProvider(t, g)
	vault := fmt.Sprintf("https://vault.localhost:%d", g.port)
	live := newLive(t)
	g.serveConfig(t, fmt.Sprintf(`
authenticate_service_url: %[1]s
idp_provider: cognito
idp_provider_url: %[2]s/us-east-1_Gateway01
idp_client_id: %[4]s
idp_client_secret: %[5]s
idp_providers: [{name: partner, display_name: Partner Inc., provider: oidc, url: %[3]q, client_id: %[4]s, client_secret: %[5]s}]
routes:
  - {from: %[6]q, to: %[8]q, timeout: 0s, allow_any_authenticated_user: true}
  - {from: %[7]q, to: %[8]q, idp: partner, reauthenticate_after: 30m, allow_any_authenticated_user: true}
`, g.authenticate, own.url, foreign, gatewayClient, gatewaySecret, g.app, vault, live))

	bob := newBrowser(t)
	signIn(bob.Open(g.app+"/").Want(http.StatusOK, "Partner Inc.").Follow("Cognito"), "bob", "Bob-2026!").Want(http.StatusOK, "The application")
	wantAt(t, bob.Open(g.app+"/.pomerium/sign_out"), g.signedOut())
	if page := bob.Open(g.app+"/").Want(http.StatusOK, "Partner Inc.").Follow("Cognito"); !asksToSignIn(page) {
		t.Errorf("after signing out, bob is at %s, want the sign-in page of his provider", page.URL)
	}

	alice := newBrowser(t)
	atForeign(alice.Open(g.app+"/").Follow("Partner Inc."), foreign, "alice").Want(http.StatusOK, "The application")
	page := alice.Open(vault + "/page?a=b") // her sign-in at the provider was an hour ago
	if asked := trailTo(alice, foreign+"/auth?"); !strings.Contains(asked, "max_age=") || !strings.Contains(asked, "prompt=login") {
		t.Errorf("the gateway sent alice to %s, want it to ask for a new sign-in", asked)
	}
	wantAt(t, atForeign(page, foreign, "alice"), vault+"/page?a=b")

	wantAt(t, alice.Open(g.app+"/"), g.app+"/") // with the new session, without a page between
	wantAt(t, leaveForeign(alice, alice.Open(g.app+"/.pomerium/sign_out")), g.signedOut())
	page = alice.Open(g.app+"/").Want(http.StatusOK, "Partner Inc.").Follow("Partner Inc.")
	if !strings.Contains(page.Body, `name="login"`) {
		t.Errorf("after signing out, alice is at %s, want the sign-in page of her provider", page.URL)
	}

	// She signs out at the provider, which tells the gateway.
	atForeign(page, foreign, "alice").Want(http.StatusOK, "The application")
	const cookie = "__Host-_pomerium"
	stream := begin(t, dialHost(t, g.port, "app.localhost"), fmt.Sprintf("GET /events HTTP/1.1\r\nHost: app.localhost:%d\r\nCookie: %s=%s\r\n\r\n", g.port, cookie, alice.Cookie(g.app+"/", cookie)))
	leaveForeign(alice, alice.Open(foreign+"/session/end")).Want(http.StatusOK)
	if _, err := io.Copy(io.Discard, stream); os.IsTimeout(err) {
		t.Error("after a sign-out at the provider, a stream of the application goes on")
	}
	if page = alice.Open(g.app + "/"); page.URL.String() == g.app+"/" {
		t.Errorf("after a sign-out at the provider, alice is at %s, want the sign-in", page.URL)
	}
}

// atForeign fills in the pages of the provider that is not Gatehouse.
func atForeign(page *browser.Page, issuer, name string) *browser.Page {
	page = page.Submit("login", name, "password", "any")
	if strings.HasPrefix(page.URL.String(), issuer) { // it asks for consent, the first time
		page = page.Submit()
	}
	return page
}

// leaveForeign says yes to the question of that provider whether somebody is to be signed
// out.
func leaveForeign(b *browser.Browser, page *browser.Page) *browser.Page {
	form := page.Forms()[0]
	form.Values.Set("logout", "yes") // a button outside of the form
	return b.Post(form.Action, form.Values)
}

// wantAt checks where a browser is.
func wantAt(t *testing.T, page *browser.Page, url string) {
	t.Helper()
	if page.Status != http.StatusOK || !strings.HasPrefix(page.URL.String(), url) {
		t.Fatalf("got %d at %s, want %s\n%.600s", page.Status, page.URL, url, page.Text())
	}
}

// trailTo returns the last address on a browser's way that begins so.
func trailTo(b *browser.Browser, prefix string) (address string) {
	for _, u := range b.Trail {
		if strings.HasPrefix(u.String(), prefix) {
			address = u.String()
		}
	}
	return address
}
