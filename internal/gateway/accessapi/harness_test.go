package accessapi

import (
	"context"
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
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/browser"
)

const account = "0123456789abcdef0123456789abcdef"

// goodToken is a valid API token.
const goodToken = "the-api-token"

// teamKey is the team key of every world. Making one takes long.
var teamKey = sync.OnceValue(func() *access.TeamKey {
	st, err := store.Open(context.Background(), "sqlite::memory:", store.Options{})
	if err != nil {
		panic(err)
	}
	defer st.Close()
	engine := access.New(access.Config{Store: st, Sealer: sealer(), Issuer: "https://team.example.com"})
	defer engine.Close()
	if err := engine.Keys.Prepare(context.Background()); err != nil {
		panic(err)
	}
	key, err := st.TeamKey(context.Background())
	if err != nil {
		panic(err)
	}
	return key
})

// newStore opens an empty store in memory.
func newStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

var sealer = sync.OnceValue(func() *seal.Sealer {
	s, err := seal.New()
	if err != nil {
		panic(err)
	}
	return s
})

// world is a gateway with applications, the team domain and one provider.
type world struct {
	t        *testing.T
	idp      *fakeIDP
	provider *access.IdentityProvider
	engine   *access.Engine
	store    *store.Store
	api      *API
	cfg      Config
	gateway  *proxy.Gateway
	sessions *session.Manager
	network  *browser.Network
	upstream *httptest.Server
	port     string

	mu   sync.Mutex
	now  time.Duration // added to the real time
	seen *http.Request // the last request that the upstream got
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.now)
}

func newBox(t *testing.T, purpose string) *seal.Box {
	t.Helper()
	box, err := seal.NewBox([]byte(strings.Repeat("k", 32)), purpose)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func newWorld(t *testing.T, change func(*world, *Config)) *world {
	t.Helper()
	w := &world{t: t, idp: newIDP(t)}
	w.upstream = httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(w.upstream.Close)
	w.store = newStore(t)
	if _, err := w.store.KeepTeamKey(t.Context(), teamKey()); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.sessions, err = session.NewManager(session.Config{Store: w.store, Box: newBox(t, "store"), Now: w.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.sessions.Close)
	w.port = "8443"
	team := mustURL("https://team.example.com:" + w.port)
	w.engine = access.New(access.Config{Store: w.store, Sealer: sealer(), Issuer: TeamOrigin(team), Account: account, Now: w.clock})
	t.Cleanup(w.engine.Close)
	w.cfg = Config{
		Team: team, AccountID: account, Engine: w.engine,
		CheckToken: checkToken,
		Sessions:   w.sessions, Tickets: &session.Tickets{Box: newBox(t, "tickets"), Store: w.store, Now: w.clock},
		Attempts: &relyingparty.Attempts{Box: newBox(t, "attempts"), Store: w.store, Now: w.clock},
		Locate:   func(host, uri string) *url.URL { return w.gateway.Locate(host, uri) },
		Now:      w.clock,
	}
	if change != nil {
		change(w, &w.cfg)
	}
	if w.api, err = New(w.cfg); err != nil {
		t.Fatal(err)
	}
	w.startGateway()
	w.provider = w.addProvider("Amazon Cognito example", nil)
	return w
}

func (w *world) startGateway() {
	w.t.Helper()
	var err error
	w.gateway, err = proxy.New(proxy.Config{
		AuthenticateURL: mustURL("https://authenticate.example.com:" + w.port), SharedSecret: []byte(strings.Repeat("s", 32)), CookieSecret: []byte(strings.Repeat("c", 32)),
		Sessions: w.sessions, Tickets: &session.Tickets{Box: newBox(w.t, "gateway tickets"), Store: w.store, Now: w.clock},
		Attempts: &relyingparty.Attempts{Box: newBox(w.t, "gateway attempts"), Store: w.store, Now: w.clock},
		Front:    w.api, Now: w.clock, Providers: Providers{Engine: w.engine.Providers},
		Routes: []*proxy.Route{
			w.route("https://app.example.com", policy.Access{AnyUser: true}),
			w.route("https://admin.example.com", policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins"}}}),
			w.route("https://finance.example.com", policy.Access{IDPClaims: map[string][]any{"department": {"finance"}}}),
			w.route("https://public.example.com", policy.Access{Public: true}),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.gateway.Close)
	observer := &web.Observer{Log: slog.New(slog.DiscardHandler)}
	w.network = browser.NewNetwork(w.t, observer.Wrap(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if web.Host(r) == "team.example.com" {
			w.api.Handler().ServeHTTP(rw, r)
			return
		}
		w.gateway.ServeHTTP(rw, r)
	})))
}

func checkToken(_ context.Context, bearer string) (*operator.Key, error) {
	if bearer != goodToken {
		return nil, operator.ErrTokenInvalid
	}
	return &operator.Key{ID: "token-1"}, nil
}

func (w *world) route(from string, may policy.Access) *proxy.Route {
	w.t.Helper()
	f, err := route.ParseFrom(from)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := policy.Compile(may)
	if err != nil {
		w.t.Fatal(err)
	}
	return &proxy.Route{Route: &route.Route{From: f}, Policy: p, To: []proxy.Upstream{{URL: mustURL(w.upstream.URL)}}, PassIdentity: true}
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// seedConfig is the provider of the recipe: Amazon Cognito over OIDC.
func (w *world) seedConfig() access.OIDC {
	return access.OIDC{
		ClientID: "client", ClientSecret: "the-client-secret",
		AuthURL: w.idp.URL + "/authorize", TokenURL: w.idp.URL + "/token", CertsURL: w.idp.URL + "/keys",
		Scopes: []string{"openid", "email", "profile"}, Claims: []string{"sub", "cognito:username", "name", "cognito:groups"},
	}
}

func (w *world) addProvider(name string, change func(*access.OIDC)) *access.IdentityProvider {
	w.t.Helper()
	c := w.seedConfig()
	if change != nil {
		change(&c)
	}
	p, err := w.engine.Providers.Create(w.t.Context(), &access.IdentityProvider{Name: name, Config: c})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// replace changes the settings of the world's provider.
func (w *world) replace(change func(*access.OIDC)) {
	w.t.Helper()
	c := w.seedConfig()
	change(&c)
	if _, err := w.engine.Providers.Replace(w.t.Context(), w.provider.ID, &access.IdentityProvider{Name: w.provider.Name, Config: c}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) answer(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.seen = r.Clone(context.Background())
	w.mu.Unlock()
	io.WriteString(rw, "hello from upstream")
}

// got returns the last request to the upstream, once. nil: there was none.
func (w *world) got() *http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.seen
	w.seen = nil
	return r
}

// visitor is a client with cookies that reaches every host of the world.
type visitor struct {
	*http.Client
	w     *world
	trail []*url.URL // where it was redirected to
}

func (w *world) browser() *visitor {
	jar, _ := cookiejar.New(nil)
	b, outside := &visitor{w: w}, &http.Transport{}
	b.Client = &http.Client{
		Jar:       jar,
		Transport: &reach{w.network.Transport, outside},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			b.trail = append(b.trail, r.URL)
			if len(via) > 20 {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	w.t.Cleanup(outside.CloseIdleConnections)
	return b
}

// reach sends a request to the provider, which listens on 127.0.0.1, or else to
// the gateway.
type reach struct{ gateway, provider http.RoundTripper }

func (r *reach) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Hostname() == "127.0.0.1" {
		return r.provider.RoundTrip(req)
	}
	return r.gateway.RoundTrip(req)
}

// step is the same browser, which follows no redirect.
func (b *visitor) step() *visitor {
	c := *b.Client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{Client: &c, w: b.w}
}

// until is the same browser, which stops before it opens a path.
func (b *visitor) until(path string) *visitor {
	c := *b.Client
	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == path {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &visitor{Client: &c, w: b.w}
}

// get opens a URL as a browser does. It adds the world's port to the URL.
func (b *visitor) get(u string, header ...string) *http.Response {
	b.w.t.Helper()
	return b.do("GET", u, "", header...)
}

func (b *visitor) do(method, u, body string, header ...string) *http.Response {
	b.w.t.Helper()
	parsed := mustURL(u)
	if parsed.Port() == "" {
		parsed.Host += ":" + b.w.port
	}
	req, err := http.NewRequest(method, parsed.String(), strings.NewReader(body))
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

// cookie returns a cookie that the browser would send to a host.
func (b *visitor) cookie(host, name string) string {
	for _, c := range b.Jar.Cookies(mustURL("https://" + host + ":" + b.w.port + "/")) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func text(resp *http.Response) string {
	body, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return string(body)
}

func want(t *testing.T, resp *http.Response, status int, parts ...string) {
	t.Helper()
	body := text(resp)
	shown := body
	if _, main, ok := strings.Cut(body, "<main"); ok {
		shown = main
	}
	if resp.StatusCode != status {
		t.Errorf("%s %s: got status %d (Location %q), want %d\n%s", resp.Request.Method, resp.Request.URL, resp.StatusCode, resp.Header.Get("Location"), status, shown)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("%s %s: got %s, want it to contain %q", resp.Request.Method, resp.Request.URL, shown, part)
		}
	}
}
