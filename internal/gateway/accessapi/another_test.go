package accessapi

import (
	"testing"

	"gatehouse/internal/testing/browser"
)

// anotherAccount follows the button of a page that refuses a person. It stops
// before the provider and returns the page that leads there.
func anotherAccount(b *browser.Browser, denied *browser.Page) *browser.Page {
	return stopAt("/authorize", b).Open(denied.Want(403).Link("Use another account"))
}

func TestUseAnotherAccount(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["cognito:groups"] = []string{"staff"} })
	b := w.browser()
	denied := b.Open("https://admin.example.com/reports?year=2026").Want(403, "alice@example.com")

	// The browser goes to the provider, although the team domain has a session of
	// alice.
	to := anotherAccount(b, denied).WantRedirect(w.idp.URL + "/authorize?")
	if to.Query().Get("prompt") != "login" {
		t.Fatalf("got a redirect to %s, want prompt=login", to)
	}
	// Until bob signs in, alice is still signed in.
	b.Open("https://app.example.com/").Want(200, "hello")

	w.idp.set(func() {
		w.idp.claims["sub"], w.idp.claims["email"], w.idp.claims["cognito:groups"] = "u-2", "bob@example.com", []string{"admins"}
	})
	w.Upstream.Got()
	b.Open(to.String()).Want(200, "hello from upstream")
	got := w.Upstream.Got()
	if got.URL.RequestURI() != "/reports?year=2026" || got.Header.Get("Cf-Access-Authenticated-User-Email") != "bob@example.com" {
		t.Errorf("upstream got %s as %q, want the page that was refused, as bob", got.URL, got.Header.Get("Cf-Access-Authenticated-User-Email"))
	}
	b.Open("https://app.example.com/").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "bob@example.com" {
		t.Errorf("the other application knows %q, want bob@example.com", got)
	}
}

// A second sign-in with the same account shows the same refusal with the same
// button. There is no redirect loop.
func TestTheSameAccountAgainIsRefusedAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["cognito:groups"] = []string{"staff"} })
	b := w.browser()
	to := anotherAccount(b, b.Open("https://admin.example.com/")).WantRedirect(w.idp.URL + "/authorize?")
	b.Trail = nil
	b.Open(to.String()).Want(403, "Use another account")
	if len(b.Trail) != 3 {
		t.Errorf("got the redirects %v, want three: back, to the application, to the page", b.Trail)
	}
}

// With two providers, the person chooses again, and the chosen provider asks for
// another account.
func TestUseAnotherAccountAtAnotherProvider(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["cognito:groups"] = []string{"staff"} })
	b := w.browser()
	denied := b.Open("https://admin.example.com/")
	second := w.addProvider("Contractors", nil)
	anotherAccount(b, denied).Want(200, "Contractors", "another_account=true", second.ID)
}

// The team domain has a session of its own. If it is the authenticate host too,
// the gateway's pages there know that session and can end it.
func TestTheGatewaysPagesAtTheTeamDomainKnowItsSession(t *testing.T) {
	w := newWorld(t, func(w *world, _ *Config) { w.signIn = "team.example.com" })
	b := w.browser()
	b.Open("https://team.example.com/.pomerium/").Want(200, "not signed in")
	b.Open("https://app.example.com/").Want(200)
	b.Open("https://team.example.com/.pomerium/").Want(200, "You are signed in as alice@example.com")
	b.Open("https://team.example.com/.pomerium/sign_out").Want(200, "signed out of every application")
	b.Open("https://team.example.com/.pomerium/").Want(200, "not signed in")
	b.Step().Open("https://app.example.com/").Want(302)
}

// The gateway's own pages at an application's host show a session from the team
// domain, and can end it.
func TestTheGatewaysPagesKnowThisSession(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/.pomerium/").Want(200, "not signed in")
	b.Open("https://app.example.com/")
	b.Open("https://app.example.com/.pomerium/").Want(200, "You are signed in as alice@example.com", "cognito:username", `href="/.pomerium/sign_out"`)
	b.Open("https://app.example.com/.pomerium/user").Want(200, `"email":"alice@example.com"`)
	b.Open("https://app.example.com/.pomerium/sign_out").Want(200, "signed out of every application")
	b.Open("https://app.example.com/.pomerium/").Want(200, "not signed in")
	resp := b.Step().Open("https://app.example.com/")
	if to := resp.Location(); to == nil || to.Hostname() != "team.example.com" {
		t.Errorf("after sign-out: got %d to %v, want the team domain", resp.Status, to)
	}
}
