package proxy

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/gateway/session"
	"gatehouse/internal/testing/browser"
)

const (
	ownPage  = "https://authenticate.example.com/.pomerium/"
	sessions = "https://authenticate.example.com/.pomerium/sessions"
)

// wantSessions checks in the store which sessions there are.
func (w *world) wantSessions(what string, want ...session.ID) {
	w.t.Helper()
	var got []session.ID
	for s, err := range w.Sessions.List(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		got = append(got, s.ID)
	}
	if len(got) != len(want) {
		w.t.Errorf("%s: the store has %d sessions, want %d", what, len(got), len(want))
	}
	for _, id := range want {
		if _, err := w.Store.LoadSession(w.t.Context(), id); err != nil {
			w.t.Errorf("%s: session %s: %v, want it to be there", what, id, err)
		}
	}
}

// signedInAs returns a browser of somebody who is signed in, and the session.
func (w *world) signedInAs(sub, email, agent string) (*browser.Browser, session.ID) {
	w.t.Helper()
	w.provider.claims["sub"], w.provider.claims["email"] = sub, email
	b := w.browser()
	to := b.Open("https://app.example.com/").WantRedirect("https://idp.example.com/")
	b.Open(callback(to, "good"), "User-Agent", agent).Want(200, "hello")
	var last session.ID
	for s, err := range w.Sessions.List(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		if s.Subject == sub {
			last = s.ID
		}
	}
	return b, last
}

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"

func TestAPersonSeesWhereTheyAreSignedIn(t *testing.T) {
	w := newWorld(t, nil)
	laptop, here := w.signedInAs("u-1", "alice@example.com", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	w.signedInAs("u-1", "alice@example.com", phone)
	_, bob := w.signedInAs("u-2", "bob@example.com", "curl/8")
	page := laptop.Open(ownPage).Want(200, "signed in as alice@example.com", "Firefox 128 / Linux", "this one", "Safari 17 / iOS 17.5.1", "127.0.0.1", "Sign out everywhere")
	page.WantNot(string(bob), "bob@example.com")
	if n := strings.Count(page.Body, `action="/.pomerium/sessions"`); n != 2 {
		t.Errorf("got %d forms, want one for the other session and one for all", n)
	}
	// At an application's host, a script of the application could do all this.
	application := laptop.Open("https://app.example.com/.pomerium/").Want(200, string(here)).WantNot("Safari 17", "this one")
	application.WantNot(`action="/.pomerium/sessions"`)
	laptop.Open(application.Link("Show all, and sign out everywhere")).Want(200, "Safari 17")
	laptop.Post("https://app.example.com/.pomerium/sessions", url.Values{"session": {"all"}}).Want(404)
}

func TestAPersonEndsAnotherOfTheirSessions(t *testing.T) {
	w := newWorld(t, nil)
	laptop, here := w.signedInAs("u-1", "alice@example.com", "")
	stolen, there := w.signedInAs("u-1", "alice@example.com", phone)
	form := laptop.Open(ownPage).Forms()
	for _, f := range form {
		if f.Values.Get("session") == string(there) {
			laptop.Post(sessions, f.Values, "Sec-Fetch-Site", "same-origin").Want(200, "Your identity").WantNot("Safari 17")
		}
	}
	w.wantSessions("after ending one", here)
	stolen.Open("https://app.example.com/").WantRedirect("https://idp.example.com/authorize")
	laptop.Open("https://app.example.com/").Want(200, "hello")
	w.gateway.background.wait()
	if len(w.provider.revoked) != 1 {
		t.Errorf("got %v revoked, want the tokens of the session that ended", w.provider.revoked)
	}
}

func TestSigningOutEverywhere(t *testing.T) {
	w := newWorld(t, nil)
	laptop, _ := w.signedInAs("u-1", "alice@example.com", "")
	other, _ := w.signedInAs("u-1", "alice@example.com", phone)
	_, bob := w.signedInAs("u-2", "bob@example.com", "")
	for _, f := range laptop.Open(ownPage).Forms() {
		if f.Values.Get("session") == "all" {
			laptop.Post(sessions, f.Values, "Sec-Fetch-Site", "same-origin").WantRedirect("https://idp.example.com/logout")
		}
	}
	w.wantSessions("after signing out everywhere", bob)
	for _, b := range []*browser.Browser{laptop, other} {
		b.Open("https://app.example.com/").WantRedirect("https://idp.example.com/authorize")
	}
	w.gateway.background.wait()
	if len(w.provider.revoked) != 2 {
		t.Errorf("got %v revoked, want the tokens of both sessions", w.provider.revoked)
	}
}

func TestThisSessionAndASessionThatIsOver(t *testing.T) {
	w := newWorld(t, nil)
	b, here := w.signedInAs("u-1", "alice@example.com", "")
	token := b.Open(ownPage).Forms()[0].Values.Get("csrf")
	b.Post(sessions, url.Values{"csrf": {token}, "session": {"over-long-ago"}}).Want(200, "Your identity")
	w.wantSessions("a session that is over", here)
	b.Post(sessions, url.Values{"csrf": {token}, "session": {string(here)}}).WantRedirect("https://idp.example.com/logout")
	w.wantSessions("this session")
	b.Post(sessions, url.Values{"csrf": {token}, "session": {"all"}}).Want(200, "not signed in here")
}

func TestNobodyEndsSessionsOfOthers(t *testing.T) {
	w := newWorld(t, nil)
	b, mine := w.signedInAs("u-1", "alice@example.com", "")
	_, bob := w.signedInAs("u-2", "bob@example.com", "")
	token := b.Open(ownPage).Forms()[0].Values.Get("csrf")
	form := func(token, which string) url.Values { return url.Values{"csrf": {token}, "session": {which}} }
	b.Post(sessions, form(token, string(bob))).Want(200)
	w.wantSessions("bob's session", mine, bob)
	for name, post := range map[string]func() *browser.Page{
		"no token":      func() *browser.Page { return b.Post(sessions, form("", "all")) },
		"a wrong token": func() *browser.Page { return b.Post(sessions, form("x"+token, "all")) },
		"another site":  func() *browser.Page { return b.Post(sessions, form(token, "all"), "Sec-Fetch-Site", "cross-site") },
		"another host": func() *browser.Page {
			return b.Post(sessions, form(token, "all"), "Origin", "https://app.example.com:8443")
		},
	} {
		page := post().Want(403, "not sent from our own page")
		if to := page.Link("Try again"); !strings.HasSuffix(to, "/.pomerium/") {
			t.Errorf("%s: the way on leads to %s, want the page of the form", name, to)
		}
	}
	w.browser().Post(sessions, form(token, "all")).Want(200, "not signed in here")
	b.Open(sessions).Want(404)
	w.wantSessions("after all that", mine, bob)
}

// A person can begin at the authenticate host, without an application.
func TestSigningInAtTheAuthenticateHost(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	page := b.Open("https://authenticate.example.com/").Want(200, "not signed in here")
	answerProvider(b, b.Open(page.Link("Sign in"))).Want(200, "signed in as alice@example.com", "Sign out everywhere")
	b.Open("https://authenticate.example.com/.pomerium/routes").Want(200, "Your applications", "app.example.com")
	b.Open("https://app.example.com/").Want(200, "hello")
	if got := b.Open("https://authenticate.example.com/.pomerium/enter?pomerium_redirect_uri=%2F.pomerium%2Froutes").URL.Path; got != "/.pomerium/routes" {
		t.Errorf("somebody who is signed in comes to %s, want the page", got)
	}
}

// The way in leads to the person's own pages and nowhere else.
func TestTheWayInLeadsNowhereElse(t *testing.T) {
	w := newWorld(t, nil)
	for _, host := range []string{"https://authenticate.example.com", "https://app.example.com"} {
		for _, to := range []string{"https://evil.example.net/", "//evil.example.net", "/.pomerium/sign_out", "/admin", "%zz"} {
			b := w.browser()
			page := answerProvider(b, b.Open(host+"/.pomerium/enter?"+url.Values{"pomerium_redirect_uri": {to}}.Encode()))
			if page.URL.Path != "/.pomerium/" || "https://"+page.URL.Hostname() != host {
				t.Errorf("%s: %q ended at %s, want the person's own page", host, to, page.URL)
			}
		}
	}
	p := w.gateway.live.Load().pomerium
	for _, d := range []destination{
		{Redirect: p.base + "/.pomerium/sign_out"}, {Redirect: p.base + "/"}, {Redirect: "https://evil.example.net/.pomerium/"},
		{Redirect: "https://app.example.com:8443/"}, {Redirect: p.base + pathIdentity, Program: true}, {Redirect: p.base + pathIdentity + "?x"}, {},
	} {
		if err := p.checkDestination(d); err == nil {
			t.Errorf("%+v is accepted as the end of a sign-in", d)
		}
	}
}

func TestSessionsThatCantBeListed(t *testing.T) {
	w := newWorld(t, nil)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	w.Store.Close()
	b.Open(ownPage).Want(200, "signed in as alice@example.com", "can't be shown at the moment")
}
