package proxy

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

// otherFront signs in elsewhere, and has paths, identities and headers of its
// own.
type otherFront struct {
	inactive bool
	service  *session.Session
	email    string // of a header; empty: none
}

func (*otherFront) Serve(rw http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/cdn-cgi/access/certs" {
		return false
	}
	rw.WriteHeader(204)
	return true
}

func (f *otherFront) Active() bool { return !f.inactive }

func (f *otherFront) Session(r *http.Request) (*session.Session, error) {
	switch r.Header.Get("Cf-Access-Client-Id") {
	case "good":
		return f.service, nil
	case "bad":
		return nil, ErrForm
	case "broken":
		return nil, errors.New("something inside")
	}
	return nil, nil
}

func (*otherFront) SignIn(rw http.ResponseWriter, _ *http.Request, _ string, wanted *url.URL) (string, error) {
	rw.Header().Set("Cf-Access-Aud", "aud")
	return "https://team.example.com/cdn-cgi/access/login?redirect_url=" + url.QueryEscape(wanted.RequestURI()), nil
}

func (f *otherFront) Headers(h http.Header, _ *http.Request, _ *session.Session) error {
	h.Set("Cf-Access-Jwt-Assertion", "ours")
	if f.email != "" {
		h.Set("Cf-Access-Authenticated-User-Email", f.email)
	}
	return nil
}

func (*otherFront) HeaderNames() []string {
	return []string{"Cf-Access-Jwt-Assertion", "Cf-Access-Authenticated-User-Email"}
}

func (*otherFront) Cookies() []string { return []string{"CF_Authorization", "CF_Binding"} }

func (f *otherFront) Pages(s *session.Session, wanted string) (authenticate.Pages, bool) {
	return authenticate.Pages{SignOut: "/cdn-cgi/access/logout", AnotherAccount: "/cdn-cgi/access/login?another=" + url.QueryEscape(wanted)}, s == f.service
}

func newOtherFront() *otherFront {
	return &otherFront{service: &session.Session{ID: "service", Identity: identity.Identity{UserID: "robot"}, Provider: "p1", Expires: time.Now().Add(time.Hour)}}
}

// signIn begins the session of f's person.
func (f *otherFront) signIn(t *testing.T, sessions *session.Manager) *otherFront {
	t.Helper()
	var err error
	if _, f.service, err = sessions.Create(t.Context(), session.SignIn{Identity: f.service.Identity, Provider: "p1"}); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAnotherFrontTakesPart(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Front = newOtherFront().signIn(t, c.Sessions) })
	b := w.browser().Step()
	b.Open("https://app.example.com/cdn-cgi/access/certs").Want(204)
	resp := b.Open("https://app.example.com/x?y=1")
	if to := resp.Header.Get("Location"); resp.Status != 302 || to != "https://team.example.com/cdn-cgi/access/login?redirect_url=%2Fx%3Fy%3D1" || resp.Header.Get("Cf-Access-Aud") != "aud" {
		t.Errorf("got %d to %s, want the other front's sign-in", resp.Status, to)
	}
	b.Open("https://app.example.com/", "Cf-Access-Client-Id", "good", "Cf-Access-Jwt-Assertion", "forged").Want(200)
	got := w.Upstream.Got()
	if got.Header.Get("Cf-Access-Jwt-Assertion") != "ours" || got.Header.Get("Cf-Access-Client-Id") != "" {
		t.Errorf("got headers %v, want the front's assertion and no credential", got.Header)
	}
	b.Open("https://app.example.com/", "Cf-Access-Client-Id", "bad").Want(403)
	b.Open("https://app.example.com/", "Cf-Access-Client-Id", "broken").Want(500, "on our side")
	b.Open("https://public.example.com/", "Cf-Access-Client-Id", "broken").Want(200)
}

// A header loses the spaces at its ends on its way, so one value would become
// another.
func TestAValueThatNoHeaderCarriesIsLeftOut(t *testing.T) {
	front := newOtherFront()
	w := newWorld(t, func(_ *world, c *Config) { c.Front = front.signIn(t, c.Sessions) })
	for email, want := range map[string]string{
		"alice@example.com": "alice@example.com", "al ice@example.com": "al ice@example.com",
		" alice@example.com": "", "alice@example.com ": "", "alice@example.com\t": "", "alice@exa\x00mple.com": "", "alice@example.com\r\nX-A: b": "", "alice@example.com\x7f": "",
	} {
		front.email = email
		w.browser().Step().Open("https://app.example.com/", "Cf-Access-Client-Id", "good").Want(200)
		got := w.Upstream.Got().Header
		if values := got["Cf-Access-Authenticated-User-Email"]; strings.Join(values, "|") != want || want == "" && values != nil || got.Get("Cf-Access-Jwt-Assertion") != "ours" {
			t.Errorf("%q: the upstream got %q, want %q", email, values, want)
		}
	}
}

func TestASessionOfAnotherFrontHasItsPages(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Front = newOtherFront().signIn(t, c.Sessions) })
	b := w.browser().Step()
	b.Open("https://admin.example.com/x?y=1", "Cf-Access-Client-Id", "good").Want(403, `href="/cdn-cgi/access/login?another=%2Fx%3Fy%3D1"`, "robot")
	b.Open("https://app.example.com/.pomerium/", "Cf-Access-Client-Id", "good").Want(200, "You are signed in as robot")
	b.Open("https://app.example.com/.pomerium/user", "Cf-Access-Client-Id", "good").Want(200, `"user":"robot"`)
	if to := b.Open("https://app.example.com/.pomerium/sign_out", "Cf-Access-Client-Id", "good").Header.Get("Location"); to != "/cdn-cgi/access/logout" {
		t.Errorf("sign-out: got a redirect to %q, want the other front's sign-out", to)
	}
}

// Where another front is there and not active, Pomerium's signs people in, and
// the other's sessions open nothing.
func TestInactiveFrontIdentifiesNoUser(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		f := newOtherFront()
		f.inactive = true
		c.Front = f
	})
	b := w.browser().Step()
	resp := b.Open("https://app.example.com/x", "Cf-Access-Client-Id", "good")
	if to := resp.Location(); resp.Status != 302 || to.Path != pathSignIn {
		t.Errorf("got %d to %v, want Pomerium's sign-in", resp.Status, to)
	}
	b.Open("https://app.example.com/.pomerium/", "Cf-Access-Client-Id", "good").Want(200, "not signed in")
	b.Open("https://public.example.com/", "Cf-Access-Client-Id", "good").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Jwt-Assertion"); got != "" {
		t.Errorf("got the assertion %q upstream, want none", got)
	}
}

// A browser may have a session of each front, if the configuration has changed
// between them. Signing out ends both, whichever front is active.
func TestSigningOutEndsTheSessionsOfBothFronts(t *testing.T) {
	for name, inactive := range map[string]bool{"active front": false, "inactive front": true} {
		t.Run(name, func(t *testing.T) {
			front := newOtherFront()
			w := newWorld(t, func(_ *world, c *Config) { c.Front = front })
			front.inactive = true // while alice signs in
			front.signIn(t, w.cfg.Sessions)
			b := w.browser()
			signInAt(b, "https://app.example.com/").Want(200)
			front.inactive = inactive

			resp := b.Open("https://app.example.com/.pomerium/sign_out", "Cf-Access-Client-Id", "good")
			if inactive {
				if _, err := w.cfg.Sessions.Lookup(t.Context(), front.service.ID); !errors.Is(err, session.ErrNotFound) {
					t.Errorf("the other front's session: got error %v, want ErrNotFound", err)
				}
			} else if resp.URL.Path != "/cdn-cgi/access/logout" {
				t.Errorf("signing out ended at %s, want the other front's sign-out", resp.URL)
			}
			front.inactive = true
			resp = b.Step().Open("https://app.example.com/")
			if to := resp.Location(); to == nil || to.Path != pathSignIn {
				t.Errorf("after signing out: got %d to %v, want the sign-in", resp.Status, to)
			}
			b.Open("https://authenticate.example.com/.pomerium/").Want(200, "not signed in")
		})
	}
}

// A page of somebody else can bring a browser to the sign-out of the sign-in host,
// too. The sessions of both fronts stay until the person has said so.
func TestAPageOfSomebodyElseEndsNoSessionOfEitherFront(t *testing.T) {
	for name, inactive := range map[string]bool{"active front": false, "inactive front": true} {
		t.Run(name, func(t *testing.T) {
			front := newOtherFront()
			w := newWorld(t, func(w *world, c *Config) { c.Front = front })
			front.inactive = inactive
			own, s := w.knownSession("authenticate.example.com", nil)
			front.signIn(t, w.Sessions)
			b := w.browser().Step()
			with := append([]string{"Cf-Access-Client-Id", "good", "Cookie", own.Name + "=" + own.Value}, fromElsewhere...)
			signed := w.browser().Step().Open("https://app.example.com/.pomerium/sign_out").Location().String() // anybody can get one
			for _, link := range []string{"https://authenticate.example.com/.pomerium/sign_out", signed} {
				b.Open(link, with...)
				for _, id := range []session.ID{s.ID, front.service.ID} {
					if _, err := w.Sessions.Lookup(t.Context(), id); err != nil {
						t.Errorf("after %s: session %s: got %v, want it alive", link, id, err)
					}
				}
			}
		})
	}
}
