package proxy

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/browser"
)

// fakeProvider vouches for whom the test says, without a network.
type fakeProvider struct {
	id string

	mu      sync.Mutex
	claims  map[string]any
	fail    error
	nonce   string
	revoked []string
}

func (f *fakeProvider) ID() string { return f.id }

func (f *fakeProvider) AuthURL(_ context.Context, q relyingparty.AuthRequest) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return "", f.fail
	}
	f.nonce = q.Nonce
	v := url.Values{"state": {q.State}, "challenge": {q.Challenge}, "redirect_uri": {q.RedirectURI}}
	if q.AnotherAccount {
		v.Set("prompt", "login")
	}
	return "https://idp.example.com/authorize?" + v.Encode(), nil
}

func (f *fakeProvider) Exchange(_ context.Context, code seal.Secret, _, nonce, _ string) (*relyingparty.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if code != "good" || nonce != f.nonce {
		return nil, relyingparty.ErrRefused
	}
	email, _ := f.claims["email"].(string)
	return &relyingparty.Result{
		Subject: "u-1", UserID: "u-1", Email: email, Name: "Alice", Claims: f.claims,
		Tokens: relyingparty.Tokens{ID: "the-id-token", Access: "the-access-token", Refresh: "the-refresh-token"},
	}, nil
}

func (f *fakeProvider) Refresh(context.Context, seal.Secret, string) (*relyingparty.Result, error) {
	return nil, relyingparty.ErrRefused
}

func (f *fakeProvider) LogoutURL(_ context.Context, idToken seal.Secret, redirect string) string {
	return "https://idp.example.com/logout?" + url.Values{"id_token_hint": {idToken.Reveal()}, "post_logout_redirect_uri": {redirect}}.Encode()
}

func (f *fakeProvider) Revoke(_ context.Context, t relyingparty.Tokens) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revoked = append(f.revoked, t.Refresh.Reveal())
	return nil
}

// world is a gateway with one provider, behind TLS, and an upstream that tells
// what it got.
type world struct {
	t        *testing.T
	gateway  *Gateway
	cfg      Config
	provider *fakeProvider
	network  *browser.Network
	front    http.Handler // answers on the network
	upstream *httptest.Server
	port     string

	mu   sync.Mutex
	seen *http.Request // the last request that the upstream got
}

func secret(s string) []byte { return []byte((s + strings.Repeat("-", 32))[:32]) }

// newWorld serves app.example.com to everybody who is signed in,
// admin.example.com to the group admins and public.example.com to all.
func newWorld(t *testing.T, change func(*world, *Config)) *world {
	t.Helper()
	w := &world{t: t, provider: &fakeProvider{id: "p1", claims: map[string]any{"sub": "u-1", "email": "alice@example.com", "cognito:groups": []any{"staff"}}}}
	w.upstream = httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(w.upstream.Close)
	st := newStore(t)
	box, err := seal.NewBox(secret("store"), "store")
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.NewManager(session.Config{Store: st, Box: box})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sessions.Close)
	w.port = "8443"
	tickets, attempts := signInState(t, st)
	w.cfg = Config{
		AuthenticateURL: mustURL("https://authenticate.example.com:" + w.port), SharedSecret: secret("shared"), CookieSecret: secret("cookie"),
		Providers: authenticate.ProviderList{w.provider}, Sessions: sessions, Tickets: tickets, Attempts: attempts,
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
	if w.gateway, err = New(w.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.gateway.Close)
	w.front = (&web.Observer{Log: slog.New(slog.DiscardHandler)}).Wrap(w.gateway)
	w.network = browser.NewNetwork(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.front.ServeHTTP(rw, r) }))
	return w
}

// newStore opens an empty store in memory.
func newStore(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// route returns a route to the world's upstream.
func (w *world) route(from string, access policy.Access, change func(*Route)) *Route {
	w.t.Helper()
	f, err := route.ParseFrom(from)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := policy.Compile(access)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &Route{Route: &route.Route{From: f}, Policy: p, To: []Upstream{{URL: mustURL(w.upstream.URL)}}}
	if change != nil {
		change(r)
	}
	return r
}

// answer is the upstream.
func (w *world) answer(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.seen = r.Clone(context.Background())
	w.mu.Unlock()
	rw.Header().Set("X-Upstream", "yes")
	io.WriteString(rw, "hello from upstream")
}

// got returns the last request that the upstream got, and forgets it.
func (w *world) got() *http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.seen
	w.seen = nil
	return r
}

// visitor is a client that keeps cookies and reaches the gateway under every
// name. It follows redirects, except to other sites.
type visitor struct {
	*http.Client
	w     *world
	trail []string // the paths it was redirected to
}

func (w *world) browser() *visitor {
	jar, _ := cookiejar.New(nil)
	b := &visitor{w: w}
	b.Client = &http.Client{
		Jar:       jar,
		Transport: w.network.Transport,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			b.trail = append(b.trail, r.URL.Hostname()+r.URL.Path)
			if r.URL.Hostname() == "idp.example.com" {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	return b
}

// address puts the world's port into a URL.
func (w *world) address(u string) string {
	parsed := mustURL(u)
	parsed.Host += ":" + w.port
	return parsed.String()
}

// get asks as a browser does.
func (b *visitor) get(u string, header ...string) *http.Response {
	b.w.t.Helper()
	return b.do("GET", b.w.address(u), nil, header...)
}

func (b *visitor) do(method, u string, body io.Reader, header ...string) *http.Response {
	b.w.t.Helper()
	req, err := http.NewRequest(method, u, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	content, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(strings.NewReader(string(content)))
	return resp
}

// signIn opens u, and answers for the provider when it is asked.
func (b *visitor) signIn(u string) *http.Response {
	b.w.t.Helper()
	resp := b.get(u)
	to, err := resp.Location()
	if err != nil || to.Hostname() != "idp.example.com" {
		b.w.t.Fatalf("%s: got %d to %v, want a redirect to the provider", u, resp.StatusCode, to)
	}
	return b.do("GET", to.Query().Get("redirect_uri")+"?"+url.Values{"code": {"good"}, "state": {to.Query().Get("state")}}.Encode(), nil)
}

// step follows no redirect at all.
func (b *visitor) step() *visitor {
	c := *b.Client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{Client: &c, w: b.w}
}

func text(resp *http.Response) string {
	body, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return string(body)
}

func wantStatus(t *testing.T, resp *http.Response, status int, parts ...string) {
	t.Helper()
	body := text(resp)
	_, shown, _ := strings.Cut(body, "<main")
	if resp.StatusCode != status {
		t.Errorf("%s %s: got status %d, want %d\n%s", resp.Request.Method, resp.Request.URL, resp.StatusCode, status, shown)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("%s %s: got %q, want it to contain %q", resp.Request.Method, resp.Request.URL, shown, part)
		}
	}
}

func wantIntercepted(t *testing.T, resp *http.Response) {
	t.Helper()
	if resp.Header.Get(headerIntercepted) != "true" {
		t.Errorf("%s: got no %s, want true", resp.Request.URL, headerIntercepted)
	}
}

// knownSession makes a session and the cookie that names it at host.
func (w *world) knownSession(host string, claims map[string]any) (*http.Cookie, *session.Session) {
	w.t.Helper()
	r := &relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Name: "Alice", Claims: claims, Tokens: relyingparty.Tokens{ID: "the-id-token", Access: "the-access-token"}}
	renewal := authenticate.RenewalOf(w.provider, r)
	handle, s, err := w.cfg.Sessions.Create(w.t.Context(), session.SignIn{Identity: renewal.Identity, Provider: "p1", Renewal: renewal})
	if err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.gateway.live.Load().pomerium.cookies.setSession(rec, host, true, handle, s)
	return rec.Result().Cookies()[0], s
}

func duration(d time.Duration) *time.Duration { return &d }

// signInState returns what remembers the tickets and the attempts of a gateway.
func signInState(t testing.TB, st *store.Store) (*session.Tickets, *relyingparty.Attempts) {
	t.Helper()
	tickets, err1 := seal.NewBox(secret("cookie"), "tickets")
	attempts, err2 := seal.NewBox(secret("cookie"), "attempts")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return &session.Tickets{Box: tickets, Store: st}, &relyingparty.Attempts{Box: attempts, Store: st}
}
