package managedlogin_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/store"

	"golang.org/x/net/html"
)

const callback = "https://wiki.example.com/callback"

// mailbox keeps the last message.
type mailbox struct {
	mu   sync.Mutex
	last *message.Message
	fail error
}

func (m *mailbox) Send(_ context.Context, msg *message.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = msg
	return m.fail
}

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

func (m *mailbox) code(t *testing.T) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		t.Fatal("no message was sent")
	}
	return digits.FindString(m.last.Body.Reveal())
}

// world is the pages over the real engines, with one pool and a clock.
type world struct {
	t        *testing.T
	ctx      context.Context
	url      string
	now      time.Time
	mail     *mailbox
	pools    *userpool.Engine
	accounts *account.Engine
	tokens   *token.Engine
	pool     *userpool.Pool
	client   *userpool.Client
	base     string
	handler  atomic.Pointer[managedlogin.Server]
}

func standardSettings() userpool.Settings {
	return userpool.Settings{
		PasswordPolicy: userpool.DefaultPasswordPolicy(), UsernameAttributes: []string{"email"},
		AutoVerified: []string{"email"}, CaseInsensitive: true,
	}
}

func newWorld(t *testing.T, change func(*userpool.Settings, *userpool.ClientSettings)) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), now: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), mail: &mailbox{}}
	clock := func() time.Time { return w.now }
	db, err := store.Open(w.ctx, "sqlite::memory:", store.Options{})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	sealer, err := seal.New()
	must(t, err)
	sealer.Now = clock
	users := user.New(user.Config{Store: db, Now: clock})
	credentials := credential.New(credential.Config{Store: db, Users: users, Sealer: sealer, Now: clock})
	w.pools = userpool.New(userpool.Config{Store: db, Sealer: sealer, Now: clock})
	w.tokens = token.New(token.Config{Store: db, Pools: w.pools, Users: users, Sealer: sealer, Now: clock, BaseURL: "http://localhost:9229"})
	w.accounts = &account.Engine{Users: users, Credentials: credentials, Tokens: w.tokens, Messages: w.mail, Now: clock}
	signIn := &signin.Engine{Pools: w.pools, Users: users, Credentials: credentials, Tokens: w.tokens, Spent: db, Sealer: sealer, Now: clock}

	settings := standardSettings()
	clientSettings := userpool.ClientSettings{
		OAuth: true, Grants: []string{"code"}, Scopes: []string{"openid", "email"}, CallbackURLs: []string{callback},
		LogoutURLs: []string{"https://wiki.example.com/bye"}, Providers: []string{userpool.ProviderCognito}, HideUserExistence: true,
	}
	if change != nil {
		change(&settings, &clientSettings)
	}
	w.pool, err = w.pools.CreatePool(w.ctx, "us-east-1_Staff0001", "us-east-1", "Example Staff", settings)
	must(t, err)
	w.client, err = w.pools.CreateClient(w.ctx, w.pool, userpool.NewClient{ID: "wiki00000000000000000000aa", Name: "Wiki", Settings: clientSettings})
	must(t, err)

	_, err = w.pools.CreateDomain(w.ctx, userpool.Domain{Name: "127.0.0.1", Pool: w.pool.ID, Custom: true})
	must(t, err)
	addresses := &site.Map{Pools: w.pools, BaseURL: "http://localhost:9229"}
	w.handler.Store(&managedlogin.Server{
		Resolve: addresses.Resolve,
		Users:   users, SignIn: signIn, Accounts: w.accounts, Tokens: w.tokens, Sealer: sealer, Now: clock,
	})
	observer := &web.Observer{Log: slog.New(slog.DiscardHandler)}
	ts := httptest.NewServer(observer.Wrap(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.handler.Load().Handler().ServeHTTP(rw, r)
	})))
	t.Cleanup(ts.Close)
	w.url = ts.URL
	addresses.BaseURL = ts.URL // issuers do not answer at the host of a domain
	return w
}

// restart replaces the server by a new one with the same database and keys.
func (w *world) restart() {
	old := w.handler.Load()
	w.handler.Store(&managedlogin.Server{
		Resolve: old.Resolve, Users: old.Users, SignIn: old.SignIn, Accounts: old.Accounts, Tokens: old.Tokens, Sealer: old.Sealer, Now: old.Now,
	})
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
	_, err := w.accounts.Invite(w.ctx, w.pool, account.Invitation{
		Username: name, Silent: true, Attributes: map[string]string{"email": name, "email_verified": "true"},
	})
	must(w.t, err)
	must(w.t, w.accounts.SetPassword(w.ctx, w.pool, name, seal.Secret(password), true))
}

// query is a good authorization request.
func (w *world) query(pairs ...string) string {
	q := url.Values{"client_id": {string(w.client.ID)}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"s=1 &2"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

// browser keeps cookies and follows no redirect.
type browser struct {
	w    *world
	http *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &browser{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// clearCookies does what a person does in the browser's settings.
func (b *browser) clearCookies() {
	jar, err := cookiejar.New(nil)
	must(b.w.t, err)
	b.http.Jar = jar
}

// answer is what the browser got.
type answer struct {
	t      *testing.T
	b      *browser
	status int
	header http.Header
	body   string
	at     *url.URL
}

var styleSheet = regexp.MustCompile(`(?s)<style>.*?</style>`)

// page returns the body for a failure message, without the style sheet.
func (a *answer) page() string { return styleSheet.ReplaceAllString(a.body, "") }

func (b *browser) do(r *http.Request) *answer {
	b.w.t.Helper()
	res, err := b.http.Do(r)
	must(b.w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(b.w.t, err)
	return &answer{b.w.t, b, res.StatusCode, res.Header, string(body), r.URL}
}

func (b *browser) get(path string) *answer {
	b.w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.w.url+b.w.base+path, nil)
	must(b.w.t, err)
	return b.do(r)
}

func (b *browser) post(path string, form url.Values, header ...string) *answer {
	b.w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.w.url+b.w.base+path, strings.NewReader(form.Encode()))
	must(b.w.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

// form is a form of a page, with what it holds.
type form struct {
	action string
	values url.Values
}

func (a *answer) forms() []form {
	a.t.Helper()
	root, err := html.Parse(strings.NewReader(a.body))
	must(a.t, err)
	var all []form
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		f := form{action: attr(n, "action"), values: url.Values{}}
		for in := range n.Descendants() {
			if in.Data == "input" {
				f.values.Set(attr(in, "name"), attr(in, "value"))
			}
			if name := attr(in, "name"); in.Data == "button" && name != "" {
				f.values.Set(name, attr(in, "value"))
			}
		}
		all = append(all, f)
	}
	return all
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// submit fills the page's n-th form in and sends it as a browser does.
func (a *answer) submitNth(n int, pairs ...string) *answer {
	a.t.Helper()
	forms := a.forms()
	if len(forms) <= n {
		a.t.Fatalf("the page has %d forms, want more than %d:\n%s", len(forms), n, a.page())
	}
	f := forms[n]
	for i := 0; i+1 < len(pairs); i += 2 {
		if !f.values.Has(pairs[i]) {
			a.t.Fatalf("the form has no field %q: %v", pairs[i], f.values)
		}
		f.values.Set(pairs[i], pairs[i+1])
	}
	action := strings.TrimPrefix(f.action, a.b.w.base)
	return a.b.post(action, f.values, "Origin", a.b.w.url, "Sec-Fetch-Site", "same-origin")
}

func (a *answer) submit(pairs ...string) *answer {
	a.t.Helper()
	return a.submitNth(0, pairs...)
}

// link returns where the link with that text leads.
func (a *answer) link(text string) string {
	a.t.Helper()
	root, err := html.Parse(strings.NewReader(a.body))
	must(a.t, err)
	for n := range root.Descendants() {
		if n.Data == "a" && n.FirstChild != nil && n.FirstChild.Data == text {
			return strings.TrimPrefix(attr(n, "href"), a.b.w.base)
		}
	}
	a.t.Fatalf("%s: no link %q:\n%s", a.at.Path, text, a.page())
	return ""
}

// wantPage checks status and that the page holds the texts.
func (a *answer) wantPage(status int, texts ...string) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d; Location %q\n%s", a.at.Path, a.status, status, a.header.Get("Location"), a.page())
	}
	if got := a.header.Get("Location"); got != "" {
		a.t.Errorf("%s: a page with Location %q", a.at.Path, got)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(a.body), text) {
			a.t.Errorf("%s: page does not hold %q:\n%s", a.at.Path, text, a.page())
		}
	}
	return a
}

func (a *answer) wantNot(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(html.UnescapeString(a.body), text) {
			a.t.Errorf("%s: page holds %q", a.at.Path, text)
		}
	}
	return a
}

// wantCode checks that the browser is sent to the application with a code, and
// returns the code.
func (a *answer) wantCode() string {
	a.t.Helper()
	if a.status != http.StatusFound {
		a.t.Fatalf("%s: status %d, want 302:\n%s", a.at.Path, a.status, a.page())
	}
	to, err := url.Parse(a.header.Get("Location"))
	must(a.t, err)
	q := to.Query()
	if !strings.HasPrefix(to.String(), callback+"?") || q.Get("code") == "" || q.Get("state") != "s=1 &2" {
		a.t.Fatalf("%s: Location %q, want the callback with code and state", a.at.Path, to)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		a.t.Errorf("%s: Cache-Control %q on an answer with a code, want no-store", a.at.Path, got)
	}
	return q.Get("code")
}
