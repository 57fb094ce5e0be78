package proxy

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/gatewaytest"
)

var secret, mustURL = gatewaytest.Secret, gatewaytest.MustURL

// port is the port of every host of a world.
const port = "8443"

// world is a gateway with one provider, behind TLS, and an upstream that keeps
// what it got.
type world struct {
	*gatewaytest.World
	t        *testing.T
	gateway  *Gateway
	cfg      Config
	provider *fakeProvider
	network  *browser.Network
}

// newWorld serves app.example.com to everybody who is signed in,
// admin.example.com to the group admins and public.example.com to all.
func newWorld(t *testing.T, change func(*world, *Config)) *world {
	t.Helper()
	w := &world{
		World: gatewaytest.New(t), t: t,
		provider: &fakeProvider{id: "p1", claims: map[string]any{"sub": "u-1", "email": "alice@example.com", "cognito:groups": []any{"staff"}}},
	}
	w.cfg = Config{
		AuthenticateURL: mustURL("https://authenticate.example.com:" + port), SharedSecret: secret("shared"), CookieSecret: secret("cookie"),
		Providers: authenticate.ProviderList{w.provider}, Sessions: w.Sessions, Tickets: w.Tickets("tickets"), Attempts: w.Attempts("attempts"),
		ClaimHeaders: map[string]string{"X-Pomerium-Claim-Email": "email", "X-Groups": "cognito:groups"},
		Routes: []*Route{
			w.route("https://app.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.PassIdentity = true }),
			w.route("https://admin.example.com", policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins"}}}, nil),
			w.route("https://public.example.com", policy.Access{Public: true}, func(r *Route) { r.PassIdentity = true }),
		},
	}
	if change != nil {
		change(w, &w.cfg)
	}
	var err error
	if w.gateway, err = New(w.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.gateway.Close)
	w.network = gatewaytest.Serve(t, w.gateway)
	return w
}

// route returns a route to the world's upstream.
func (w *world) route(from string, access policy.Access, change func(*Route)) *Route {
	w.t.Helper()
	matched, allowed := gatewaytest.Route(w.t, from, access)
	r := &Route{Route: matched, Policy: allowed, To: []Upstream{{URL: w.Upstream.URL}}}
	if change != nil {
		change(r)
	}
	return r
}

// browser returns a browser that reaches the gateway under every name. It stops
// before the provider.
func (w *world) browser() *browser.Browser { return browserOn(w.network) }

func browserOn(n *browser.Network) *browser.Browser {
	b := n.Browser().Until(func(u *url.URL) bool { return u.Hostname() == "idp.example.com" })
	b.Port = port
	return b
}

// address puts the world's port into a URL.
func address(u string) string {
	parsed := mustURL(u)
	parsed.Host += ":" + port
	return parsed.String()
}

// signInAt opens a page and answers for the provider.
func signInAt(b *browser.Browser, page string) *browser.Page {
	return answerProvider(b, b.Open(page))
}

// answerProvider answers for the provider to which the page redirects.
func answerProvider(b *browser.Browser, page *browser.Page) *browser.Page {
	return b.Open(callback(page.WantRedirect("https://idp.example.com/"), "good"))
}

// callback returns the address at which the provider answers, with a code. The
// authorization is the address to which the browser was sent.
func callback(authorization *url.URL, code string) string {
	q := authorization.Query()
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// trail returns the hosts and paths to which a browser was redirected.
func trail(b *browser.Browser) (all []string) {
	for _, u := range b.Trail {
		all = append(all, u.Hostname()+u.Path)
	}
	return all
}

func wantIntercepted(t *testing.T, page *browser.Page) {
	t.Helper()
	if page.Header.Get(headerIntercepted) != "true" {
		t.Errorf("%s: got no %s, want true", page.URL, headerIntercepted)
	}
}

// knownSession makes a session and the cookie that names it at host.
func (w *world) knownSession(host string, claims map[string]any) (*http.Cookie, *session.Session) {
	w.t.Helper()
	return newSession(w.t, w.gateway, w.Sessions, w.provider, host, claims)
}

// newSession makes a session of alice at a gateway, and the cookie that names it
// at host.
func newSession(t testing.TB, g *Gateway, sessions *session.Manager, provider relyingparty.Provider, host string, claims map[string]any) (*http.Cookie, *session.Session) {
	t.Helper()
	r := &relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Name: "Alice", Claims: claims, Tokens: relyingparty.Tokens{ID: "the-id-token", Access: "the-access-token"}}
	renewal := authenticate.RenewalOf(provider, r)
	handle, s, err := sessions.Create(t.Context(), session.SignIn{Identity: renewal.Identity, Provider: provider.ID(), Renewal: renewal})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	g.live.Load().pomerium.cookies.setSession(rec, host, true, handle, s)
	return rec.Result().Cookies()[0], s
}

func duration(d time.Duration) *time.Duration { return &d }
