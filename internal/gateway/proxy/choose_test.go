package proxy

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/testing/browser"
)

// titled is a provider that people know by a name. Its sign-in page is the common one,
// which shows the provider's id.
type titled struct {
	*fakeProvider
	name string
}

func (n titled) Name() string { return n.name }

// Choices and clients of their own: p1 and p2 can be chosen, p3 is one that only a
// route names.
type someProviders struct{ choices, all authenticate.ProviderList }

func (s someProviders) Choices() []relyingparty.Provider     { return s.choices }
func (s someProviders) All() []relyingparty.Provider         { return s.all }
func (s someProviders) ByID(id string) relyingparty.Provider { return s.all.ByID(id) }

func newChoosing(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(w *world, c *Config) {
		second := &fakeProvider{id: "p2", claims: map[string]any{"sub": "u-1", "email": "alice@example.com"}}
		third := &fakeProvider{id: "p3", claims: second.claims}
		choices := authenticate.ProviderList{titled{w.provider, "Google"}, titled{second, "Staff directory"}}
		c.Providers, c.Now = someProviders{choices, append(slices.Clone(choices), third)}, w.Now
		c.Routes = append(c.Routes,
			w.route("https://second.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Provider = "p2" }),
			w.route("https://third.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Provider = "p3" }))
	})
}

// providerOf returns the id of the provider to which a page redirects.
func providerOf(t *testing.T, page *browser.Page) string {
	t.Helper()
	return page.WantRedirect("https://idp.example.com/").Query().Get("provider")
}

func wantAsked(t *testing.T, page *browser.Page) {
	t.Helper()
	page.Want(200, "Choose where to sign in for app.example.com", "Google", "Staff directory")
}

func TestAPersonChoosesAmongProvidersOnceAndIsAskedAgainAfterComingBack(t *testing.T) {
	w := newChoosing(t)
	b := w.browser()
	asked := b.Open("https://app.example.com/page?x=1")
	wantAsked(t, asked)
	if got, want := asked.Header.Get("Refresh"), "270; url=https://app.example.com:8443/page?x=1"; got != want {
		t.Errorf("the page with links that end has the header Refresh %q, want %q", got, want)
	}
	there := asked.Follow("Staff directory")
	if got := providerOf(t, there); got != "p2" {
		t.Fatalf("the choice leads to %q, want p2", got)
	}
	answerProvider(b, there).Want(200, "hello from upstream")
	if got := w.Upstream.Got().URL.RequestURI(); got != "/page?x=1" {
		t.Errorf("got %s upstream, want the page that was wanted", got)
	}

	// The session ends, and the browser remembers.
	w.Advance(15 * time.Hour)
	again := b.Open("https://app.example.com/")
	if got := providerOf(t, again); got != "p2" {
		t.Errorf("the second time leads to %q, want p2 at once", got)
	}
	if got := providerOf(t, b.Open("https://app.example.com/another-window")); got != "p2" {
		t.Errorf("a window that opens at the same time leads to %q, want p2", got)
	}
	// The person does not sign in there, comes back, and may want another.
	w.Advance(time.Minute)
	back := b.Open("https://app.example.com/")
	wantAsked(t, back)
	back.Want(200, "You signed in here last.")
	answerProvider(b, back.Follow("Google")).Want(200)
	w.Advance(15 * time.Hour)
	if got := providerOf(t, b.Open("https://app.example.com/")); got != "p1" {
		t.Errorf("the last choice leads to %q, want p1", got)
	}
}

func TestSigningOutForgetsTheChoice(t *testing.T) {
	w := newChoosing(t)
	b := w.browser()
	answerProvider(b, b.Open("https://app.example.com/").Follow("Google")).Want(200)
	b.Open("https://app.example.com/.pomerium/sign_out")
	wantAsked(t, b.Open("https://app.example.com/"))
}

// The person wants another account, perhaps at another provider. The chosen one asks.
func TestAnotherAccountMayBeAtAnotherProvider(t *testing.T) {
	w := newChoosing(t)
	b := w.browser()
	asked := b.Open("https://admin.example.com/")
	denied := answerProvider(b, asked.Follow("Google")).Want(403, "Use another account")
	there := denied.Follow("Use another account").Want(200, "Staff directory").Follow("Staff directory")
	to := there.WantRedirect("https://idp.example.com/")
	if got := to.Query(); got.Get("provider") != "p2" || got.Get("prompt") != "login" {
		t.Errorf("got %s, want p2 with prompt=login", to)
	}
}

func TestWhichSessionsARouteAccepts(t *testing.T) {
	w := newChoosing(t)
	for _, provider := range []string{"p1", "p2", "p3", "gone"} {
		for host, accepts := range map[string][]string{
			"app.example.com": {"p1", "p2"}, "second.example.com": {"p2"}, "third.example.com": {"p3"},
		} {
			cookie, _ := newSessionOf(t, w, provider, host)
			page := w.browser().Step().Open("https://"+host+"/", "Cookie", cookie)
			if got, want := page.Status == 200, slices.Contains(accepts, provider); got != want {
				t.Errorf("a session of %s at %s: got %d, want it accepted: %t", provider, host, page.Status, want)
			}
		}
	}
}

// A route that names a provider goes there without a question, whatever was chosen.
func TestARouteWithAProviderAsksNobody(t *testing.T) {
	w := newChoosing(t)
	b := w.browser()
	answerProvider(b, b.Open("https://app.example.com/").Follow("Google")).Want(200)
	for host, want := range map[string]string{"second.example.com": "p2", "third.example.com": "p3"} {
		there := b.Open("https://" + host + "/")
		if got := providerOf(t, there); got != want {
			t.Errorf("%s leads to %q, want %s", host, got, want)
		}
		answerProvider(b, there).Want(200)
	}
	// Each host keeps its own session: the first one did not end.
	b.Open("https://app.example.com/").Want(200)
}

// A choice that another host of the domain planted is nobody's, and one that is not
// known any more asks.
func TestAChoiceThatIsNotKnownAsks(t *testing.T) {
	w := newChoosing(t)
	for _, value := range []string{"gone", "p3", "p1.x", "p1.99999999999999999999", "", "p2; __Host-_gatehouse_provider=p1"} {
		b := w.browser()
		link := b.Step().Open("https://app.example.com/").WantRedirect("https://authenticate.example.com:8443/")
		page := b.Open(link.String(), "Cookie", "__Host-_gatehouse_provider="+value)
		if page.Status != 200 {
			t.Errorf("the choice %q: got %d to %s, want the page that asks", value, page.Status, page.Header.Get("Location"))
		}
	}
}

// Only the links of the page choose: a provider in an unsigned link is refused.
func TestAChoiceIsSigned(t *testing.T) {
	w := newChoosing(t)
	b := w.browser()
	link := b.Step().Open("https://app.example.com/").WantRedirect("https://authenticate.example.com:8443/")
	q := link.Query()
	q.Set("pomerium_idp_id", "p2")
	link.RawQuery = q.Encode()
	b.Open(link.String()).Want(400, "This link was changed")
}

func TestBackchannelLogoutOfEachProvider(t *testing.T) {
	made := map[string]*session.Session{}
	issuers := map[string]string{"one": "https://one.example.com", "two": "https://two.example.com"}
	w := newWorld(t, func(w *world, cfg *Config) {
		reads := func(name string) relyingparty.Provider {
			return loggingOut{&fakeProvider{id: name}, map[seal.Secret]relyingparty.Logout{seal.Secret(name): {Issuer: issuers[name], Subject: "alice"}}}
		}
		cfg.Providers = authenticate.ProviderList{w.provider, reads("one"), reads("two")}
	})
	for name, issuer := range issuers {
		var err error
		if _, made[name], err = w.Sessions.Create(t.Context(), session.SignIn{Provider: name, Renewal: session.Renewal{Origin: session.Origin{Issuer: issuer, Subject: "alice"}}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		token  string
		status int
		gone   []string
	}{{"forged", 400, nil}, {"away", 503, nil}, {"two", 200, []string{"two"}}, {"one", 200, []string{"one", "two"}}} {
		w.browser().Post("https://authenticate.example.com/.pomerium/backchannel-logout", url.Values{"logout_token": {step.token}}).Want(step.status)
		for name, s := range made {
			_, err := w.Sessions.Lookup(t.Context(), s.ID)
			if want := slices.Contains(step.gone, name); errors.Is(err, session.ErrNotFound) != want {
				t.Errorf("after %q, the session of %s: got %v, want it gone: %t", step.token, name, err, want)
			}
		}
	}
}

// newSessionOf makes a session of a provider, and the cookie that names it at host.
func newSessionOf(t *testing.T, w *world, provider, host string) (cookie string, s *session.Session) {
	t.Helper()
	made, s := newSession(t, w.gateway, w.Sessions, &fakeProvider{id: provider}, host, nil)
	return made.Name + "=" + made.Value, s
}
