package proxy

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatewaytest"
)

// tokenProvider is a provider that knows one access token and one ID token of alice.
type tokenProvider struct {
	*fakeProvider
	asked   int // about access tokens
	refuses error
	email   string
}

func (p *tokenProvider) VerifyIDToken(_ context.Context, token seal.Secret) (*relyingparty.Result, error) {
	return p.alice(token == "the-id-token", relyingparty.Tokens{ID: token})
}

func (p *tokenProvider) VerifyAccessToken(_ context.Context, token seal.Secret, audiences []string) (*relyingparty.Result, error) {
	p.asked++
	return p.alice(token == "the-access-token" && (audiences == nil || len(audiences) == 1 && audiences[0] == "api"), relyingparty.Tokens{Access: token})
}

func (p *tokenProvider) alice(known bool, tokens relyingparty.Tokens) (*relyingparty.Result, error) {
	switch {
	case p.refuses != nil:
		return nil, p.refuses
	case !known:
		return nil, relyingparty.ErrUntrusted
	}
	return &relyingparty.Result{Issuer: "https://idp.example.com", Subject: "u-1", UserID: "u-1", Email: p.email, Claims: map[string]any{"email": p.email}, Tokens: tokens}, nil
}

// bearerWorld has a route for each format.
func bearerWorld(t *testing.T, change func(*world, *Config)) (*world, *tokenProvider, *gatewaytest.Issuer) {
	t.Helper()
	issuer, other := gatewaytest.NewIssuer(t), gatewaytest.NewIssuer(t)
	p := &tokenProvider{email: "alice@example.com"}
	w := newWorld(t, func(w *world, c *Config) {
		p.fakeProvider = w.provider
		c.Providers, c.Now = authenticate.ProviderList{p}, w.Now
		for name, i := range map[string]*gatewaytest.Issuer{"ci": issuer, "other": other} {
			c.Issuers = append(c.Issuers, relyingparty.NewIssuer(relyingparty.IssuerConfig{Name: name, Issuer: i.URL, Audiences: []string{"gatehouse"}, Now: w.Now}))
		}
		takes := func(from string, access policy.Access, rule bearer.Rule) {
			c.Routes = append(c.Routes, w.route(from, access, func(r *Route) { r.Bearer, r.PassIdentity = rule, true }))
		}
		alice := policy.Access{Users: []string{"alice@example.com"}}
		takes("https://access.example.com", alice, bearer.Rule{Format: bearer.AccessToken, Audiences: []string{"api"}})
		takes("https://nobody.example.com", alice, bearer.Rule{Format: bearer.AccessToken, Audiences: []string{}})
		takes("https://identity.example.com", alice, bearer.Rule{Format: bearer.IdentityToken})
		takes("https://jwt.example.com", policy.Access{IDPClaims: map[string][]any{"sub": {"job-1"}}}, bearer.Rule{Format: bearer.JWT, Issuers: []string{"ci"}})
		takes("https://open.example.com", policy.Access{Public: true}, bearer.Rule{Format: bearer.JWT})
		if change != nil {
			change(w, c)
		}
	})
	return w, p, issuer
}

func TestBearerTokens(t *testing.T) {
	w, _, issuer := bearerWorld(t, nil)
	job := issuer.Token(w.Now(), nil)
	program := w.browser().Step()
	for _, tt := range []struct {
		host, token string
		status      int
		user        string
	}{
		{"access", "the-access-token", 200, "u-1"}, {"access", "the-id-token", 403, ""}, {"access", "made-up", 403, ""}, {"access", "", 403, ""},
		{"nobody", "the-access-token", 403, ""},
		{"identity", "the-id-token", 200, "u-1"}, {"identity", "the-access-token", 403, ""},
		{"jwt", job, 200, "ci/job-1"}, {"open", job, 200, "ci/job-1"},
		{"jwt", issuer.Token(w.Now(), map[string]any{"sub": "job-2"}), 403, ""},
		{"jwt", issuer.Token(w.Now(), map[string]any{"aud": "evil"}), 403, ""},
		{"jwt", issuer.Token(w.Now().Add(-2*time.Hour), nil), 403, ""},
		{"jwt", forge.Signature(job), 403, ""}, {"jwt", "the-access-token", 403, ""},
		{"jwt", strings.Repeat("a", 40<<10), 403, ""},
		{"open", "made-up", 403, ""}, // Pomerium: also where nobody asks
		{"jwt", job + " x", 403, ""},
	} {
		page := program.Open("https://"+tt.host+".example.com/x", "Accept", "*/*", "Authorization", "Bearer "+tt.token).Want(tt.status)
		got := w.Upstream.Got()
		if (got != nil) != (tt.status == 200) {
			t.Fatalf("%s with %.20q: the upstream got %v", tt.host, tt.token, got)
		}
		if got == nil {
			if kind := page.Header.Get("Content-Type"); kind != "application/json" {
				t.Errorf("%s with %.20q: got %s, want JSON", tt.host, tt.token, kind)
			}
			continue
		}
		if auth := got.Header.Get("Authorization"); auth != "Bearer "+tt.token { // Pomerium: it is passed on
			t.Errorf("%s: the upstream got %q", tt.host, auth)
		}
		if claims := payloadOf(t, got.Header.Get(headerAssertion)); claims["sub"] != tt.user {
			t.Errorf("%s: the assertion is about %v, want %s", tt.host, claims["sub"], tt.user)
		}
	}
}

func TestARouteTakesOnlyItsIssuers(t *testing.T) {
	w, _, _ := bearerWorld(t, func(_ *world, c *Config) { c.Routes[6].Bearer.Issuers = []string{"other"} })
	_, _, stranger := bearerWorld(t, nil)
	issuer := gatewaytest.NewIssuer(t)
	for name, token := range map[string]string{"of nobody here": issuer.Token(w.Now(), nil), "of another installation": stranger.Token(w.Now(), nil)} {
		w.browser().Open("https://jwt.example.com/", "Authorization", "Bearer "+token).Want(403)
		if w.Upstream.Got() != nil {
			t.Errorf("%s: it passed", name)
		}
	}
	v, _, ci := bearerWorld(t, func(_ *world, c *Config) { c.Routes[6].Bearer.Issuers = []string{"other"} })
	v.browser().Open("https://jwt.example.com/", "Authorization", "Bearer "+ci.Token(v.Now(), nil)).Want(403)
	if ci.Fetched.Load() != 0 {
		t.Error("the keys of an issuer were fetched that the route does not take")
	}
}

func TestWithoutATokenABrowserSignsInAndAProgramIsRefused(t *testing.T) {
	w, _, _ := bearerWorld(t, nil)
	for _, host := range []string{"access", "identity", "jwt"} {
		page := w.browser().Step().Open("https://"+host+".example.com/x", "Accept", "*/*").Want(401)
		if got := page.Header.Get("Www-Authenticate"); got != "Bearer" {
			t.Errorf("%s: got WWW-Authenticate %q, want Bearer", host, got)
		}
		w.browser().Step().Open("https://"+host+".example.com/x", "Accept", "text/html,*/*;q=0.8").WantRedirect("https://authenticate.example.com")
	}
	b := w.browser()
	signInAt(b, "https://access.example.com/").Want(200, "hello")
}

func TestATokenBesideACookie(t *testing.T) {
	w, _, issuer := bearerWorld(t, nil)
	job := issuer.Token(w.Now(), nil)
	cookie, _ := w.knownSession("jwt.example.com", map[string]any{"sub": "job-1"})
	for _, value := range []string{cookie.String(), "_pomerium=x", cookie.Name + "=x"} {
		w.browser().Open("https://jwt.example.com/", "Authorization", "Bearer "+job, "Cookie", value).Want(400, "cookie and a bearer token")
	}
	if w.Upstream.Got() != nil {
		t.Error("it passed")
	}
	w.browser().Open("https://jwt.example.com/", "Cookie", cookie.String()).Want(200)
	// The other formats: the token says who sends the request. Pomerium.
	bob, _ := w.knownSession("access.example.com", nil)
	w.browser().Open("https://access.example.com/", "Authorization", "Bearer made-up", "Cookie", bob.String()).Want(403)
	// Elsewhere the token is the application's.
	w.Upstream.Got()
	mine, _ := w.knownSession("app.example.com", nil)
	w.browser().Open("https://app.example.com/", "Authorization", "Bearer upstream-token", "Cookie", mine.String()).Want(200)
	if got := w.Upstream.Got().Header.Get("Authorization"); got != "Bearer upstream-token" {
		t.Errorf("the upstream got %q", got)
	}
}

func TestTwoAuthorizationHeadersAreNoToken(t *testing.T) {
	w, _, _ := bearerWorld(t, nil)
	r, err := http.NewRequest("GET", address("https://access.example.com/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = []string{"Bearer the-access-token", "Basic eDp5"}
	w.browser().Do(r).Want(403)
}

// The provider is asked about an access token once a minute, and what it says then
// counts.
func TestAnAccessTokenIsCheckedAgain(t *testing.T) {
	w, p, _ := bearerWorld(t, nil)
	program := w.browser()
	open := func(status int) {
		t.Helper()
		program.Open("https://access.example.com/", "Authorization", "Bearer the-access-token").Want(status)
	}
	for range 3 {
		open(200)
	}
	if p.asked != 1 {
		t.Errorf("the provider was asked %d times, want once", p.asked)
	}
	w.Advance(bearer.Recheck + time.Second)
	p.refuses = relyingparty.ErrUnreachable // it is away: what it said counts for a while
	open(200)
	p.refuses, p.email = nil, "mallory@example.com"
	open(403)
	p.email = "alice@example.com"
	w.Advance(bearer.Recheck + time.Second)
	open(200)
	w.Advance(bearer.Recheck + time.Second)
	p.refuses = relyingparty.ErrRefused
	open(403)
	p.refuses = relyingparty.ErrUnreachable
	w.Advance(30 * time.Minute)
	open(503)
}

// asking is a bearerWorld behind a proxy of ours, with a clock that stands still.
type asking struct {
	*world
	*tokenProvider
	now time.Time
}

func newAsking(t *testing.T) *asking {
	a := &asking{now: time.Now()}
	a.world, a.tokenProvider, _ = bearerWorld(t, func(_ *world, c *Config) {
		c.TrustedHops, c.Now = 1, func() time.Time { return a.now }
	})
	return a
}

// pass makes time pass for the gateway and for its sessions.
func (a *asking) pass(d time.Duration) {
	a.now = a.now.Add(d)
	a.Advance(d)
}

// present opens a page from an address with a token.
func (a *asking) present(address, token string, status int) *browser.Page {
	a.t.Helper()
	return a.browser().Step().Open("https://access.example.com/", "Accept", "*/*", "X-Forwarded-For", address, "Authorization", "Bearer "+token).Want(status)
}

func (a *asking) wantAsked(times int) {
	a.t.Helper()
	if a.asked != times {
		a.t.Errorf("the provider was asked %d times, want %d", a.asked, times)
	}
}

func TestARefusedTokenIsAskedAboutOnce(t *testing.T) {
	a := newAsking(t)
	for range 5 {
		a.present("203.0.113.1", "made-up", 403)
	}
	a.wantAsked(1)
	if err := a.gateway.Reload(a.cfg); err != nil {
		t.Fatal(err)
	}
	a.present("203.0.113.1", "made-up", 403)
	a.wantAsked(1)
	a.pass(10 * time.Second)
	a.present("203.0.113.1", "made-up", 403)
	a.wantAsked(2)
}

// A provider that is away has refused nothing.
func TestATokenThatNobodyCouldJudgeIsAskedAboutAgain(t *testing.T) {
	a := newAsking(t)
	a.refuses = relyingparty.ErrUnreachable
	for range 150 {
		a.present("203.0.113.1", "the-access-token", 503)
	}
	a.refuses = nil
	a.present("203.0.113.1", "the-access-token", 200)
}

// A token that was good and is not any more is not asked about with every request.
func TestARevokedTokenIsAskedAboutOnce(t *testing.T) {
	a := newAsking(t)
	a.present("203.0.113.1", "the-access-token", 200)
	a.pass(bearer.Recheck + time.Second)
	a.refuses = relyingparty.ErrRefused
	for range 5 {
		a.present("203.0.113.1", "the-access-token", 403)
	}
	a.wantAsked(2)
}

func TestMadeUpTokensOfANetworkAreLimited(t *testing.T) {
	a := newAsking(t)
	a.present("203.0.113.1", "the-access-token", 200)
	for i := range 100 {
		a.present("203.0.113.1", fmt.Sprint("made-up-", i), 403)
	}
	for i := range 5 {
		page := a.present("203.0.113.1", fmt.Sprint("more-", i), 429)
		if got := page.Header.Get("Retry-After"); got != "1" {
			t.Errorf("got Retry-After %q, want 1", got)
		}
	}
	a.wantAsked(101)
	a.present("203.0.113.2", "from-elsewhere", 403)
	a.present("203.0.113.1", "the-access-token", 200)
	a.pass(600 * time.Millisecond) // one is back
	a.present("203.0.113.1", "the-last", 403)
	a.present("203.0.113.1", "none", 429)
	a.wantAsked(103)
}

// The limit is no way to keep known programs of the network out.
func TestATokenThatWasGoodPassesBesideMadeUpOnes(t *testing.T) {
	a := newAsking(t)
	a.present("203.0.113.1", "the-access-token", 200)
	a.pass(bearer.Recheck + time.Second)
	for i := range 100 {
		a.present("203.0.113.1", fmt.Sprint("made-up-", i), 403)
	}
	a.present("203.0.113.1", "made-up", 429)
	a.present("203.0.113.1", "the-access-token", 200)
	a.wantAsked(102)
}

// A JWT counts until it ends, and then a session of it is over.
func TestAJWTIsVerifiedOnce(t *testing.T) {
	w, _, issuer := bearerWorld(t, nil)
	program, job := w.browser(), issuer.Token(w.Now(), nil)
	for range 3 {
		program.Open("https://jwt.example.com/", "Authorization", "Bearer "+job).Want(200)
	}
	if got := issuer.Fetched.Load(); got != 1 {
		t.Errorf("the keys were fetched %d times, want once", got)
	}
	w.Advance(2 * time.Hour)
	program.Open("https://jwt.example.com/", "Authorization", "Bearer "+job).Want(403)
}

// A signed-out person's access token is shown to the provider at once.
func TestAnEndedPersonsTokenIsCheckedAtOnce(t *testing.T) {
	w, p, _ := bearerWorld(t, nil)
	program := w.browser()
	program.Open("https://access.example.com/", "Authorization", "Bearer the-access-token").Want(200)
	if _, err := w.Sessions.End(t.Context(), session.Scope{Origin: session.Origin{Issuer: "https://idp.example.com", Subject: "u-1"}}); err != nil {
		t.Fatal(err)
	}
	p.refuses = relyingparty.ErrRefused
	program.Open("https://access.example.com/", "Authorization", "Bearer the-access-token").Want(403)
}

// A session of a token is in no store, and no cookie leads to it.
func TestASessionOfATokenIsNotKept(t *testing.T) {
	w, _, issuer := bearerWorld(t, nil)
	w.browser().Open("https://jwt.example.com/", "Authorization", "Bearer "+issuer.Token(w.Now(), nil)).Want(200)
	id := session.ID(payloadOf(t, w.Upstream.Got().Header.Get(headerAssertion))["sid"].(string))
	if _, err := w.Store.LoadSession(t.Context(), id); err == nil {
		t.Error("the store has the session")
	}
}

// After a reload a token counts only as far as the new routes say.
func TestAReloadDecidesAboutTokensAnew(t *testing.T) {
	w, _, issuer := bearerWorld(t, nil)
	l := w.gateway.live.Load()
	reader := l.bearer
	token := issuer.Token(w.Now(), nil)
	s, err := reader.Session(t.Context(), token, bearer.Rule{Format: bearer.JWT}, nil, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		rule bearer.Rule
		want bool
	}{
		"the same": {bearer.Rule{Format: bearer.JWT}, true}, "its issuer": {bearer.Rule{Format: bearer.JWT, Issuers: []string{"ci"}}, true},
		"another issuer": {bearer.Rule{Format: bearer.JWT, Issuers: []string{"other"}}, false}, "no tokens": {bearer.Rule{}, false},
	} {
		to := &compiledRoute{Route: &Route{Bearer: tt.rule}}
		if got := l.counts(s, to); got != tt.want {
			t.Errorf("%s: counts = %t, want %t", name, got, tt.want)
		}
	}
}
