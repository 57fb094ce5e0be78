package proxy

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// The assertion that a page may read is that of a person whom the route lets in now.
func TestNoAssertionForASignInOfLongAgo(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.JWTEndpoint = true
		c.Routes[0].Reauthenticate = 15 * time.Minute
	})
	cookie, _ := w.knownSession("app.example.com", nil)
	w.browser().Open("https://app.example.com/.pomerium/jwt", "Cookie", cookie.Name+"="+cookie.Value).Want(404, "You do not have access")
}

// newStepUp is a world whose vault asks for a sign-in in the last 15 minutes.
func newStepUp(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(w *world, c *Config) {
		c.Now = w.Now
		c.Routes = append(c.Routes, w.route("https://vault.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Reauthenticate = 15 * time.Minute }))
	})
}

// proves makes the provider say that the person signed in there at a time.
func (w *world) proves(at time.Time) {
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	w.provider.claims["auth_time"] = json.Number(strconv.FormatInt(at.Unix(), 10))
}

func wantAnew(t *testing.T, to *url.URL, anew bool) {
	t.Helper()
	q := to.Query()
	if got := q.Get("max_age"); got != "15m0s" {
		t.Errorf("the provider is asked for max_age %q, want 15m", got)
	}
	if got := q.Get("prompt") == "login"; got != anew {
		t.Errorf("the provider is asked to sign in anew: %t, want %t", got, anew)
	}
}

func TestARouteAsksForASignInThatIsNotLongAgo(t *testing.T) {
	w := newStepUp(t)
	b := w.browser()
	w.proves(w.Now().Add(-time.Minute))
	page := b.Open("https://vault.example.com/secrets?id=7")
	wantAnew(t, page.WantRedirect("https://idp.example.com/"), false)
	answerProvider(b, page).Want(200, "hello from upstream")

	w.Advance(10 * time.Minute)
	b.Open("https://vault.example.com/").Want(200)
	w.Advance(5 * time.Minute)
	page = b.Open("https://vault.example.com/secrets?id=7")
	wantAnew(t, page.WantRedirect("https://idp.example.com/"), true)
	b.Open("https://app.example.com/").Want(200) // which does not ask
	w.proves(w.Now())
	answerProvider(b, page).Want(200)
	if got := w.Upstream.Got().URL.RequestURI(); got != "/secrets?id=7" {
		t.Errorf("got %s upstream, want the page that was wanted", got)
	}
	// The new sign-in is good at every host.
	w.Advance(14 * time.Minute)
	b.Open("https://vault.example.com/").Want(200)
}

// A program's link makes its user sign in anew, if a route of the host asks for it: with
// the old session, the credential would be refused at once.
func TestAProgramsLinkMakesItsUserSignInAnew(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Now = w.Now
		strict := func(r *Route) { r.Prefix, r.Reauthenticate = "/keys/", 15*time.Minute }
		c.Routes = append(c.Routes, w.route("https://vault.example.com", policy.Access{AnyUser: true}, strict), w.route("https://vault.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Reauthenticate = time.Hour }))
	})
	b, program := w.browser(), w.browser()
	w.proves(w.Now())
	signInAt(b, "https://vault.example.com/keys/a").Want(200)
	w.Advance(16 * time.Minute)
	link := program.Open("https://vault.example.com/.pomerium/api/v1/login?pomerium_redirect_uri=" + url.QueryEscape("http://127.0.0.1:8000/")).Want(200).Body
	page := b.Step().Open(link)
	wantAnew(t, page.WantRedirect("https://idp.example.com/"), true)
	w.proves(w.Now())
	done := answerProvider(b.Step(), page).Location()
	if done == nil || done.Host != "127.0.0.1:8000" {
		t.Fatalf("got %v, want the program's address", done)
	}
	program.Step().Open("https://vault.example.com/keys/a", "Authorization", "Pomerium "+done.Query().Get(paramJWT)).Want(200)
	plain := program.Open("https://app.example.com/.pomerium/api/v1/login?pomerium_redirect_uri=" + url.QueryEscape("http://127.0.0.1:8000/")).Want(200).Body
	if at := b.Step().Open(plain).Location(); at == nil || at.Host != "127.0.0.1:8000" {
		t.Errorf("a host that does not ask: got %v, want the program's address at once", at)
	}
}

// The provider knows the person since yesterday, and says so at first. Then it asks.
func TestAnOldSessionAtTheProviderIsNoNewSignIn(t *testing.T) {
	w := newStepUp(t)
	b := w.browser()
	w.proves(w.Now().Add(-24 * time.Hour))
	again := signInAt(b, "https://vault.example.com/")
	wantAnew(t, again.WantRedirect("https://idp.example.com/"), true)
	w.proves(w.Now().Add(-30 * time.Second)) // its clock is behind
	answerProvider(b, again).Want(200, "hello from upstream")
}

// A provider that ignores the request ends the way, or it would go round for ever.
func TestAProviderThatDoesNotAskAnew(t *testing.T) {
	for name, at := range map[string]func(w *world){
		"an old sign-in": func(w *world) { w.proves(w.Now().Add(-24 * time.Hour)) },
		"no time":        func(*world) {},
		"nonsense":       func(w *world) { w.provider.claims["auth_time"] = "now" },
		"before all":     func(w *world) { w.provider.claims["auth_time"] = json.Number("-5") },
	} {
		w := newStepUp(t)
		at(w)
		b := w.browser()
		again := signInAt(b, "https://vault.example.com/")
		wantAnew(t, again.WantRedirect("https://idp.example.com/"), true)
		answerProvider(b, again).Want(403, "asks for a sign-in that is not long ago", "Try again")
		if page := b.Open("https://vault.example.com/"); page.Status != 302 {
			t.Errorf("%s: the application answers %d", name, page.Status)
		}
		b.Open("https://app.example.com/").Want(200)
	}
}

// Of a time in the future, no more than now counts.
func TestASignInOfTheFutureEndsInTime(t *testing.T) {
	w := newStepUp(t)
	b := w.browser()
	w.proves(w.Now().Add(24 * time.Hour))
	signInAt(b, "https://vault.example.com/").Want(200)
	w.Advance(16 * time.Minute)
	wantAnew(t, b.Open("https://vault.example.com/").WantRedirect("https://idp.example.com/"), true)
}

func TestProgramsAreToldWhatIsMissing(t *testing.T) {
	w := newStepUp(t)
	w.proves(w.Now().Add(-24 * time.Hour))
	cookie, _ := w.knownSession("vault.example.com", nil)
	page := w.browser().Open("https://vault.example.com/api", "Cookie", cookie.Name+"="+cookie.Value, "Accept", "application/json")
	page.Want(401, "not long ago")
	if got, want := page.Header.Get("WWW-Authenticate"), `Bearer error="insufficient_user_authentication", error_description="the sign-in is too long ago", max_age="900"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.browser().Post("https://vault.example.com/delete", url.Values{"id": {"7"}}, "Cookie", cookie.Name+"="+cookie.Value, "X-Requested-With", "XMLHttpRequest").Want(401)
	if w.Upstream.Got() != nil {
		t.Error("the upstream was asked all the same")
	}
}

// Many sign-ins in a short time are no circle.
func TestSigningInAnewIsNoCircle(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Now = w.Now
		c.Routes = append(c.Routes, w.route("https://vault.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Reauthenticate = time.Minute }))
	})
	b := w.browser()
	for range 6 {
		w.proves(w.Now())
		signInAt(b, "https://vault.example.com/").Want(200)
		w.Advance(61 * time.Second)
	}
}

// A reload ends what a stricter rule would not let begin, and nothing that began under
// the same rule.
func TestAReloadAndALaterSignIn(t *testing.T) {
	w := newStepUp(t)
	l := w.gateway.live.Load()
	asks := func(after time.Duration) *compiledRoute { return &compiledRoute{Route: &Route{Reauthenticate: after}} }
	old := &session.Session{Authenticated: w.Now().Add(-time.Hour)}
	for _, tt := range []struct {
		s             *session.Session
		before, after time.Duration
		ends          bool
	}{
		{old, 0, 15 * time.Minute, true}, {old, 0, 2 * time.Hour, false}, {old, 0, 0, false},
		{old, 15 * time.Minute, 15 * time.Minute, false}, {old, 15 * time.Minute, 20 * time.Minute, false}, {old, 15 * time.Minute, 0, false},
		{old, 2 * time.Hour, 15 * time.Minute, true}, {nil, 0, 15 * time.Minute, false},
		{&session.Session{Authenticated: w.Now()}, 0, 15 * time.Minute, false},
	} {
		x := &exchange{session: tt.s, route: asks(tt.before)}
		if got := l.nowTooLongAgo(x, asks(tt.after)); got != tt.ends {
			t.Errorf("%v, then %v: ends %t, want %t", tt.before, tt.after, got, tt.ends)
		}
	}
}
