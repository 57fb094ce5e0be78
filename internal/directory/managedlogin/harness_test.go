package managedlogin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const (
	callback = "https://wiki.example.com/callback"
	// origin is where the pages are. It is both a domain of the pool and the
	// base of the issuers, so that a test can try both on one host.
	origin = "http://login.example.com"
)

// paths are the addresses of all pages with a form.
var paths = []string{"/login", "/signup", "/confirm", "/resendcode", "/forgotPassword", "/confirmforgotPassword"}

// world is the pages over the real engines, with one pool and a clock.
type world struct {
	*enginetest.Directory
	t       *testing.T
	network *browser.Network
	client  *userpool.Client
	base    string // path of an issuer; "" for the pool's domain
	origin  string // where the browsers find the pages
	server  atomic.Pointer[managedlogin.Server]
	limit   func(category string) error // nil: none
}

func standardSettings() userpool.Settings {
	return userpool.Settings{
		PasswordPolicy: userpool.DefaultPasswordPolicy(), UsernameAttributes: []string{"email"},
		AutoVerified: []string{"email"}, CaseInsensitive: true,
	}
}

func newWorld(t *testing.T, change func(*userpool.Settings, *userpool.ClientSettings)) *world {
	t.Helper()
	settings := standardSettings()
	clientSettings := userpool.ClientSettings{
		OAuth: true, Grants: []string{"code"}, Scopes: []string{"openid", "email"}, CallbackURLs: []string{callback},
		LogoutURLs: []string{"https://wiki.example.com/bye"}, Providers: []string{userpool.ProviderCognito}, HideUserExistence: true,
	}
	if change != nil {
		change(&settings, &clientSettings)
	}
	w := &world{Directory: enginetest.New(t, settings), t: t, origin: origin}
	w.client = w.MustNewClient(userpool.NewClient{ID: "wiki00000000000000000000aa", Name: "Wiki", Settings: clientSettings})
	_, err := w.Pools.CreateDomain(t.Context(), userpool.Domain{Name: strings.TrimPrefix(origin, "http://"), Pool: w.Pool.ID, Custom: true})
	must(t, err)
	w.restart()
	observer := &web.Observer{Log: slog.New(slog.DiscardHandler)}
	w.network = browser.NewNetwork(t, observer.Wrap(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mux := http.NewServeMux()
		w.server.Load().Mount(mux)
		mux.ServeHTTP(rw, r)
	})))
	return w
}

// restart replaces the server by a new one with the same database and keys.
func (w *world) restart() {
	w.server.Store(&managedlogin.Server{
		Resolve: (&site.Map{Pools: w.Pools, BaseURL: w.origin}).Resolve,
		Clients: w.Pools, Users: w.Users, SignIn: w.SignIns, Accounts: w.Accounts, Tokens: w.Tokens, Risks: w.Risks, Sealer: w.Sealer, Now: w.Now, Limit: w.limit,
	})
}

// confirmURL is what the server gives to the account engine.
func (w *world) confirmURL(_ context.Context, _ *userpool.Pool, c userpool.ClientID, username string, code seal.Secret) (string, error) {
	return managedlogin.ConfirmURL(origin+w.base, c, username, code), nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// user makes a confirmed user with that password.
func (w *world) user(name, password string) {
	w.t.Helper()
	_, err := w.Accounts.Invite(w.t.Context(), w.Pool, account.Invitation{
		Username: name, Silent: true, Attributes: map[string]string{"email": name, "email_verified": "true"},
	})
	must(w.t, err)
	must(w.t, w.Accounts.SetPassword(w.t.Context(), w.Pool, name, seal.Secret(password), true))
}

// code returns the code in the last message.
func (w *world) code() string {
	w.t.Helper()
	sent := w.Outbox.Sent()
	if len(sent) == 0 {
		w.t.Fatal("no message was sent")
	}
	return w.MustCode(sent[len(sent)-1].To).Reveal()
}

// query is a good authorization request.
func (w *world) query(pairs ...string) string {
	q := url.Values{"client_id": {string(w.client.ID)}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"s=1 &2"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

// visitor is a browser at the pages. It follows no redirect.
type visitor struct {
	*browser.Browser
	w *world
}

func (w *world) browser() *visitor { return &visitor{w.network.Browser().Step(), w} }

func (v *visitor) get(path string, headers ...string) *answer {
	v.w.t.Helper()
	return &answer{v.Open(v.address(path), headers...), v.w.t}
}

func (v *visitor) post(path string, form url.Values, headers ...string) *answer {
	v.w.t.Helper()
	return &answer{v.Post(v.address(path), form, headers...), v.w.t}
}

// address returns the address of a path of the pool. A whole address stays.
func (v *visitor) address(path string) string {
	if strings.HasPrefix(path, v.w.origin) {
		return path
	}
	return v.w.origin + v.w.base + path
}

// answer is a page, and what only this edge's tests ask of one.
type answer struct {
	*browser.Page
	t *testing.T
}

func (a *answer) submit(fields ...string) *answer { return a.submitNth(0, fields...) }

func (a *answer) submitNth(n int, fields ...string) *answer {
	a.t.Helper()
	return &answer{a.SubmitForm(n, fields...), a.t}
}

func (a *answer) follow(link string) *answer {
	a.t.Helper()
	return &answer{a.Follow(link), a.t}
}

// form returns the values of the page's first form.
func (a *answer) form() url.Values {
	a.t.Helper()
	forms := a.Forms()
	if len(forms) == 0 {
		a.t.Fatalf("%s has no form:\n%s", a.URL, a.Body)
	}
	return forms[0].Values
}

// wantPage fails the test unless the answer is a page with that status and the
// texts, and no redirect.
func (a *answer) wantPage(status int, texts ...string) *answer {
	a.t.Helper()
	a.Want(status, texts...)
	if to := a.Location(); to != nil {
		a.t.Errorf("%s: got a page with Location %q, want none", a.URL.Path, to)
	}
	return a
}

func (a *answer) wantNot(texts ...string) *answer {
	a.t.Helper()
	a.WantNot(texts...)
	return a
}

// wantCode checks that the browser is sent to the application with a code, and
// returns the code.
func (a *answer) wantCode() string {
	a.t.Helper()
	q := a.WantRedirect(callback + "?").Query()
	if a.Status != http.StatusFound || q.Get("code") == "" || q.Get("state") != "s=1 &2" {
		a.t.Fatalf("%s: got status %d to %q, want 302 to the callback with code and state", a.URL.Path, a.Status, a.Location())
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		a.t.Errorf("%s: Cache-Control %q on an answer with a code, want no-store", a.URL.Path, got)
	}
	return q.Get("code")
}
