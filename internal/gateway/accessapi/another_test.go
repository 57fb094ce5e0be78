package accessapi

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

// anotherAccount follows the button of a page that refuses a person, up to the
// provider, and returns the answer that leads there.
func (b *visitor) anotherAccount(denied *http.Response) *http.Response {
	b.w.t.Helper()
	want(b.w.t, denied, 403, "Use another account")
	_, rest, _ := strings.Cut(text(denied), `<a class="button primary" href="`)
	link, _, _ := strings.Cut(rest, `"`)
	return b.until("/authorize").get("https://" + denied.Request.URL.Host + html.UnescapeString(link))
}

func TestUseAnotherAccount(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["cognito:groups"] = []string{"staff"} })
	b := w.browser()
	denied := b.get("https://admin.example.com/reports?year=2026")
	want(t, denied, 403, "alice@example.com")

	// The browser goes to the provider, although the team domain has a session of
	// alice.
	resp := b.anotherAccount(denied)
	to, _ := resp.Location()
	if to == nil || to.Path != "/authorize" || to.Query().Get("prompt") != "login" {
		t.Fatalf("got %d to %v, want the provider with prompt=login", resp.StatusCode, to)
	}
	// Until bob signs in, alice is still signed in.
	want(t, b.get("https://app.example.com/"), 200, "hello")

	w.idp.set(func() {
		w.idp.claims["sub"], w.idp.claims["email"], w.idp.claims["cognito:groups"] = "u-2", "bob@example.com", []string{"admins"}
	})
	w.got()
	want(t, b.get(to.String()), 200, "hello from upstream")
	got := w.got()
	if got.URL.RequestURI() != "/reports?year=2026" || got.Header.Get("Cf-Access-Authenticated-User-Email") != "bob@example.com" {
		t.Errorf("upstream got %s as %q, want the page that was refused, as bob", got.URL, got.Header.Get("Cf-Access-Authenticated-User-Email"))
	}
	want(t, b.get("https://app.example.com/"), 200)
	if got := w.got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "bob@example.com" {
		t.Errorf("the other application knows %q, want bob@example.com", got)
	}
}

// A second sign-in with the same account shows the same refusal with the same
// button. There is no redirect loop.
func TestTheSameAccountAgainIsRefusedAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["cognito:groups"] = []string{"staff"} })
	b := w.browser()
	to, err := b.anotherAccount(b.get("https://admin.example.com/")).Location()
	if err != nil {
		t.Fatal(err)
	}
	b.trail = nil
	want(t, b.get(to.String()), 403, "Use another account")
	if len(b.trail) != 3 {
		t.Errorf("got the redirects %v, want three: back, to the application, to the page", b.trail)
	}
}

// With two providers, the person chooses again, and the chosen provider asks for
// another account.
func TestUseAnotherAccountAtAnotherProvider(t *testing.T) {
	w := newWorld(t, nil)
	w.idp.set(func() { w.idp.claims["cognito:groups"] = []string{"staff"} })
	b := w.browser()
	denied := b.get("https://admin.example.com/")
	second := w.addProvider("Contractors", nil)
	chooser := b.anotherAccount(denied)
	want(t, chooser, 200, "Contractors", "another_account=true", second.ID)
}

// The gateway's own pages at an application's host show a session from the team
// domain, and can end it.
func TestTheGatewaysPagesKnowThisSession(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	want(t, b.get("https://app.example.com/.pomerium/"), 200, "not signed in")
	b.get("https://app.example.com/")
	want(t, b.get("https://app.example.com/.pomerium/"), 200, "You are signed in as alice@example.com", "cognito:username", `href="/.pomerium/sign_out"`)
	want(t, b.get("https://app.example.com/.pomerium/user"), 200, `"email":"alice@example.com"`)
	want(t, b.get("https://app.example.com/.pomerium/sign_out"), 200, "signed out of every application")
	want(t, b.get("https://app.example.com/.pomerium/"), 200, "not signed in")
	resp := b.step().get("https://app.example.com/")
	if to, _ := resp.Location(); to == nil || to.Hostname() != "team.example.com" {
		t.Errorf("after sign-out: got %d to %v, want the team domain", resp.StatusCode, to)
	}
}
