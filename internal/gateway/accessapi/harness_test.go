package accessapi

import (
	"cmp"
	"context"
	"net/http"
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
	"gatehouse/internal/operator"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/gatewaytest"
)

var mustURL = gatewaytest.MustURL

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

var sealer = sync.OnceValue(func() *seal.Sealer {
	s, err := seal.New()
	if err != nil {
		panic(err)
	}
	return s
})

// port is the port of every host of a world but the provider.
const port = "8443"

// world is a gateway with applications, the team domain and one provider.
type world struct {
	*gatewaytest.World
	t        *testing.T
	idp      *fakeIDP
	provider *access.IdentityProvider
	engine   *access.Engine
	api      *API
	cfg      Config
	gateway  *proxy.Gateway
	network  *browser.Network
	signIn   string                // host of the authenticate service; empty: authenticate.example.com
	scheme   string                // of the authenticate service; empty: https
	routes   func() []*proxy.Route // nil: five with TLS
}

func newWorld(t *testing.T, change func(*world, *Config)) *world {
	t.Helper()
	w := &world{World: gatewaytest.New(t), t: t, idp: newIDP(t)}
	if _, err := w.Store.KeepTeamKey(t.Context(), teamKey()); err != nil {
		t.Fatal(err)
	}
	team := mustURL("https://team.example.com:" + port)
	w.engine = access.New(access.Config{Store: w.Store, Sealer: sealer(), Issuer: TeamOrigin(team), Account: account, Now: w.Now})
	t.Cleanup(w.engine.Close)
	w.cfg = Config{
		Team: team, AccountID: account, Engine: w.engine, CheckToken: checkToken,
		Sessions: w.Sessions, Tickets: w.Tickets("tickets"), Attempts: w.Attempts("attempts"), Box: w.Tickets("cookies").Box,
		Locate:   func(host, uri string) *url.URL { return w.gateway.Locate(host, uri) },
		EndOther: func(rw http.ResponseWriter, r *http.Request) error { return w.gateway.SignOut(rw, r) },
		Now:      w.Now,
	}
	if change != nil {
		change(w, &w.cfg)
	}
	if w.routes == nil {
		w.routes = w.usualRoutes
	}
	var err error
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
		AuthenticateURL: mustURL(cmp.Or(w.scheme, "https") + "://" + cmp.Or(w.signIn, "authenticate.example.com") + ":" + port), SharedSecret: gatewaytest.Secret("shared"), CookieSecret: gatewaytest.Secret("cookie"),
		Sessions: w.Sessions, Tickets: w.Tickets("gateway tickets"), Attempts: w.Attempts("gateway attempts"),
		Front: w.api, Now: w.Now, Providers: Providers{Engine: w.engine.Providers},
		Routes: w.routes(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.gateway.Close)
	w.network = gatewaytest.Serve(w.t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if host := web.Host(r); host == "team.example.com" && !w.gateway.Serves(host) { // as package server does
			w.api.Handler().ServeHTTP(rw, r)
			return
		}
		w.gateway.ServeHTTP(rw, r)
	}))
}

func (w *world) usualRoutes() []*proxy.Route {
	return []*proxy.Route{
		w.route("https://app.example.com", policy.Access{AnyUser: true}),
		w.route("https://admin.example.com", policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins"}}}),
		w.route("https://finance.example.com", policy.Access{IDPClaims: map[string][]any{"department": {"finance"}}}),
		w.route("https://public.example.com", policy.Access{Public: true}),
		w.route("https://alice.example.com", policy.Access{Users: []string{"alice@example.com"}}),
	}
}

func checkToken(_ context.Context, bearer string) (*operator.Key, error) {
	if bearer != goodToken {
		return nil, operator.ErrTokenInvalid
	}
	return &operator.Key{ID: "token-1"}, nil
}

func (w *world) route(from string, may policy.Access) *proxy.Route {
	w.t.Helper()
	matched, allowed := gatewaytest.Route(w.t, from, may)
	return &proxy.Route{Route: matched, Policy: allowed, To: []proxy.Upstream{{URL: w.Upstream.URL}}, PassIdentity: true}
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

// browser returns a browser that reaches every host of the world, and the
// provider.
func (w *world) browser() *browser.Browser {
	outside := &http.Transport{}
	w.t.Cleanup(outside.CloseIdleConnections)
	b := browser.New(w.t, &reach{w.network.Transport, outside})
	b.Port = port
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

// stopAt returns a browser with the same cookies that does not follow a redirect
// to that path.
func stopAt(path string, b *browser.Browser) *browser.Browser {
	return b.Until(func(u *url.URL) bool { return u.Path == path })
}

// bound returns a Cookie header with a token, and with the cookie that makes a
// token at that host count.
func (w *world) bound(host, token string) string {
	rec := httptest.NewRecorder()
	w.api.setToken(rec, host, token, w.Now().Add(time.Hour), true)
	var pairs []string
	for _, c := range rec.Result().Cookies() {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}
