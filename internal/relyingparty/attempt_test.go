package relyingparty

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/testing/forge"
)

var wanted = Wanted{Return: "https://app.example.com", Page: "/wanted?" + strings.Repeat("q", 16<<10)}

// signIn starts an attempt at a fake provider that will answer with its nonce.
func signIn(t *testing.T) (*fakeProvider, *Discovered, *Attempts, Callback) {
	t.Helper()
	f := newFake(t)
	p := f.discovered(t)
	box, err := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), "attempts")
	if err != nil {
		t.Fatal(err)
	}
	as := &Attempts{Box: box, Store: &memory{spent: map[string]bool{}, pages: map[string][]byte{}}, Now: func() time.Time { return f.now }}
	to, err := as.Begin(t.Context(), p, Start{RedirectURI: "https://rp.example.com/cb", Browser: "the-browser", Wanted: wanted})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	f.nonce = u.Query().Get("nonce")
	return f, p, as, Callback{Answer: url.Values{"state": {u.Query().Get("state")}, "code": {"code"}}, Browsers: []string{"the-browser"}, RedirectURI: "https://rp.example.com/cb"}
}

// memory remembers what was spent, and the pages.
type memory struct {
	spent map[string]bool
	pages map[string][]byte
	away  error // the answer to SpendTicket
	kept  int   // how often the number of finished attempts was limited
}

func (m *memory) KeepSpent(_ context.Context, prefix string, most int) error {
	m.kept++
	for key := range m.spent {
		if !strings.HasPrefix(key, prefix) || most != maxFinished {
			return errors.New("another limit")
		}
	}
	return nil
}

func (m *memory) SpendTicket(_ context.Context, key string, _ time.Time) error {
	if m.away != nil {
		return m.away
	}
	if m.spent[key] {
		return fault.New(fault.Expired, "test_spent", "spent already")
	}
	m.spent[key] = true
	return nil
}

func (m *memory) KeepPage(_ context.Context, key string, sealed []byte, _ time.Time, _ int) error {
	m.pages[key] = sealed
	return nil
}

func (m *memory) Page(_ context.Context, key string) ([]byte, error) {
	if sealed, ok := m.pages[key]; ok {
		return sealed, nil
	}
	return nil, ErrNoPage
}

func TestAttemptFinishes(t *testing.T) {
	f, p, as, c := signIn(t)
	find := func(id string) Provider {
		if id == p.ID() {
			return p
		}
		return nil
	}
	if state := c.Answer.Get("state"); len(state) > 512 || strings.Contains(state, "qqqq") {
		t.Errorf("got a state of %d bytes, want at most 512, however long the page is", len(state))
	}
	c.Answer.Set("iss", f.URL)
	done, err := as.Finish(t.Context(), c, find)
	if err != nil || done.Wanted != wanted || done.Email != "ann@example.com" {
		t.Fatalf("got %+v, %v; want the result and where to go on", done, err)
	}
	if _, err := as.Finish(t.Context(), c, find); !errors.Is(err, ErrState) {
		t.Errorf("the same callback again: got %v, want %v", err, ErrState)
	}
}

// A database that is away for a moment was told to people as a sign-in that was
// finished already.
func TestAStoreThatIsAwayFinishesNoAttempt(t *testing.T) {
	f, p, as, c := signIn(t)
	find := func(string) Provider { return p }
	away := fault.New(fault.Unavailable, "test_away", "away")
	as.Store.(*memory).away = away
	if _, err := as.Finish(t.Context(), c, find); !errors.Is(err, away) || errors.Is(err, ErrState) || f.calls["token"] != 0 {
		t.Errorf("got %v after %d calls of the provider, want %v before any", err, f.calls["token"], away)
	}
	as.Store.(*memory).away = nil
	if _, err := as.Finish(t.Context(), c, find); err != nil {
		t.Errorf("with the store again: got %v, want the sign-in", err)
	}
}

// Anybody could fill the store with finished attempts.
func TestFinishedAttemptsAreLimited(t *testing.T) {
	_, p, as, c := signIn(t)
	store := as.Store.(*memory)
	for range 2000 {
		to, err := as.Begin(t.Context(), p, Start{Browser: "the-browser"})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(to)
		a, err := as.open(Callback{Answer: url.Values{"state": {u.Query().Get("state")}}, Browsers: c.Browsers})
		if err != nil {
			t.Fatal(err)
		}
		if err := as.spend(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if store.kept == 0 || store.kept > 200 {
		t.Errorf("the number was limited %d times in 2000 sign-ins, want about 31 times", store.kept)
	}
}

// Nobody who reads the store learns which page was wanted, and a page that is
// not there any more stops no sign-in.
func TestThePageOfAnAttempt(t *testing.T) {
	_, p, as, c := signIn(t)
	pages := as.Store.(*memory).pages
	for key, sealed := range pages {
		if strings.Contains(string(sealed), "wanted") {
			t.Error("the store has the page in clear text")
		}
		delete(pages, key)
	}
	done, err := as.Finish(t.Context(), c, func(string) Provider { return p })
	if err != nil || done.Page != "/" || done.Return != wanted.Return {
		t.Errorf("got %+v, %v; want the front page", done, err)
	}
}

// Everybody can begin a sign-in. A page of a usual length writes nothing.
func TestAShortPageTravelsInTheState(t *testing.T) {
	_, p, as, _ := signIn(t)
	pages := as.Store.(*memory).pages
	clear(pages)
	for page, want := range map[string]string{
		"": "/", "/": "/", "/wiki?q=a%20b": "/wiki?q=a%20b", "/raw?\xff\xfe<": "/raw?\xff\xfe<",
		"/" + strings.Repeat("x", 255): "/" + strings.Repeat("x", 255),
	} {
		to, err := as.Begin(t.Context(), p, Start{Browser: "b", Wanted: Wanted{Page: page}})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(to)
		state := u.Query().Get("state")
		_, got, err := as.Peek(t.Context(), Callback{Answer: url.Values{"state": {state}}, Browsers: []string{"b"}})
		if err != nil || got.Page != want || len(pages) != 0 || len(state) > 1024 {
			t.Errorf("page %q: got %q, %v, %d pages in the store, a state of %d bytes; want %q, none, at most 1024", page, got.Page, err, len(pages), len(state), want)
		}
	}
}

func TestAttemptRefuses(t *testing.T) {
	tests := []struct {
		name string
		bend func(f *fakeProvider, answer url.Values, browser *string)
		want error
	}{
		{"no browser", func(_ *fakeProvider, _ url.Values, b *string) { *b = "" }, ErrState},
		{"another browser", func(_ *fakeProvider, _ url.Values, b *string) { *b = "another" }, ErrState},
		{"changed state", func(_ *fakeProvider, a url.Values, _ *string) { a.Set("state", forge.Text(a.Get("state"))) }, ErrState},
		{"no state", func(_ *fakeProvider, a url.Values, _ *string) { a.Del("state") }, ErrState},
		{"another state", func(_ *fakeProvider, a url.Values, _ *string) { a.Set("state", "x") }, ErrState},
		{"too late", func(f *fakeProvider, _ url.Values, _ *string) { f.now = f.now.Add(AttemptLife) }, ErrState},
		{"no code", func(_ *fakeProvider, a url.Values, _ *string) { a.Del("code") }, ErrUntrusted},
		{"the provider's error", func(_ *fakeProvider, a url.Values, _ *string) { a.Set("error", "access_denied") }, ErrRefused},
		{"another provider's answer", func(_ *fakeProvider, a url.Values, _ *string) { a.Set("iss", "https://evil.example.com") }, ErrUntrusted},
		{"the nonce of another attempt", func(f *fakeProvider, _ url.Values, _ *string) { f.nonce = "other" }, ErrUntrusted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, p, as, c := signIn(t)
			tt.bend(f, c.Answer, &c.Browsers[0])
			if _, err := as.Finish(t.Context(), c, func(string) Provider { return p }); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	_, _, as, c := signIn(t)
	_, err := as.Finish(t.Context(), c, func(string) Provider { return nil })
	if !errors.Is(err, ErrState) {
		t.Errorf("provider is gone: got %v, want %v", err, ErrState)
	}
}

// A provider that brings a person on to another one, to get the code that the
// other issues, gets no code (RFC 9207, RFC 9700 §4.4).
func TestTheIssuerOfACallback(t *testing.T) {
	for name, tt := range map[string]struct {
		advertised, explicit bool
		iss                  []string // of the callback; "own" is the provider's
		want                 error
		asked                int // how often the provider got the code
	}{
		"discovered, its own":                   {iss: []string{"own"}, asked: 1},
		"discovered, none":                      {asked: 1},
		"discovered, another":                   {iss: []string{"https://evil.example.com"}, want: ErrUntrusted},
		"discovered, twice":                     {iss: []string{"own", "https://evil.example.com"}, want: ErrUntrusted},
		"discovered, advertised, its own":       {advertised: true, iss: []string{"own"}, asked: 1},
		"discovered, advertised, none":          {advertised: true, want: ErrUntrusted},
		"explicit, its own":                     {explicit: true, iss: []string{"own"}, asked: 1},
		"explicit, none":                        {explicit: true, asked: 1},
		"explicit, another":                     {explicit: true, iss: []string{"https://honest.example.com"}, want: ErrUntrusted},
		"explicit, no URL":                      {explicit: true, iss: []string{"%"}, want: ErrUntrusted},
		"explicit, another at the same host":    {explicit: true, iss: []string{"own/other"}, want: ErrUntrusted, asked: 1},
		"explicit, its own in another spelling": {explicit: true, iss: []string{"own/"}, want: ErrUntrusted, asked: 1},
	} {
		f, _, as, c := signIn(t)
		f.meta = map[string]any{"authorization_response_iss_parameter_supported": tt.advertised}
		var p Provider = f.discovered(t)
		if tt.explicit {
			p = f.explicit(t, func(c *ExplicitConfig) { c.PKCE = true })
		}
		for _, iss := range tt.iss {
			c.Answer.Add("iss", strings.Replace(iss, "own", f.URL, 1))
		}
		_, err := as.Finish(t.Context(), c, func(string) Provider { return p })
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
		if f.calls["token"] != tt.asked {
			t.Errorf("%s: the provider got the code %d times, want %d", name, f.calls["token"], tt.asked)
		}
	}
}

// A state that was not sealed here never opens.
func FuzzState(f *testing.F) {
	box, _ := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), "attempts")
	as := &Attempts{Box: box}
	f.Add("state", "")
	f.Add("AAAA", "browser")
	f.Fuzz(func(t *testing.T, state, browser string) {
		if a, err := as.open(Callback{Answer: url.Values{"state": {state}}, Browsers: []string{browser}}); err == nil {
			t.Errorf("opened %q for %q: %+v", state, browser, a)
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "a\nb\x00\x1b[31m": "ab[31m", "\u202eevil": "evil", "bad\xff": "bad", "éé": "éé", "123456789": "12345678…",
	} {
		if got := clean(in, 8); got != want {
			t.Errorf("clean(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestReusedSessionOfTheProvider(t *testing.T) {
	f := newFake(t)
	a := attempt{Expires: f.now.Add(AttemptLife), Another: true}
	at := func(d time.Duration) json.Number {
		return json.Number(strconv.FormatInt(f.now.Add(d).Unix(), 10)) // as claims of tokens are read
	}
	before, after := at(-time.Hour), at(10*time.Second)
	for name, tt := range map[string]struct {
		another bool
		claims  map[string]any
		want    bool
	}{
		"signed in before":              {true, map[string]any{"auth_time": before}, true},
		"signed in before, any account": {false, map[string]any{"auth_time": before}, false},
		"signed in now":                 {true, map[string]any{"auth_time": after}, false},
		"a clock that is a little slow": {true, map[string]any{"auth_time": at(-30 * time.Second)}, false},
		"no time":                       {true, map[string]any{}, false},
		"a fraction":                    {true, map[string]any{"auth_time": json.Number("1.5e9")}, true},
		"no number":                     {true, map[string]any{"auth_time": "1"}, false},
	} {
		a.Another = tt.another
		if got := a.reused(tt.claims); got != tt.want {
			t.Errorf("%s: reused = %v, want %v", name, got, tt.want)
		}
	}
}
