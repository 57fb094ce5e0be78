package relyingparty

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/testing/forge"
)

// signIn starts an attempt at a fake provider that will answer with its nonce.
func signIn(t *testing.T) (*fakeProvider, *Discovered, *Attempts, *Begun, string) {
	t.Helper()
	f := newFake(t)
	p := f.discovered(t)
	box, err := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), "attempts")
	if err != nil {
		t.Fatal(err)
	}
	as := &Attempts{Box: box, Store: spentKeys{}, Now: func() time.Time { return f.now }}
	b, err := as.Begin(t.Context(), p, Start{RedirectURI: "https://rp.example.com/cb", Return: "https://app.example.com/wanted"})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(b.URL)
	f.nonce = u.Query().Get("nonce")
	return f, p, as, b, u.Query().Get("state")
}

// spentKeys remembers what was spent.
type spentKeys map[string]bool

func (s spentKeys) SpendTicket(_ context.Context, key string, _ time.Time) error {
	if s[key] {
		return errors.New("spent already")
	}
	s[key] = true
	return nil
}

func TestAttemptFinishes(t *testing.T) {
	f, p, as, b, state := signIn(t)
	find := func(id string) Provider {
		if id == p.ID() {
			return p
		}
		return nil
	}
	if b.Cookie != CookieOf(state) {
		t.Errorf("got cookie %q, want %q", b.Cookie, CookieOf(state))
	}
	answer := url.Values{"state": {state}, "code": {"code"}, "iss": {f.URL}}
	done, err := as.Finish(t.Context(), answer, b.Value, find)
	if err != nil || done.Return != "https://app.example.com/wanted" || done.Email != "ann@example.com" {
		t.Fatalf("got %+v, %v; want the result and where to go on", done, err)
	}
	if _, err := as.Finish(t.Context(), answer, b.Value, find); !errors.Is(err, ErrState) {
		t.Errorf("the same callback again: got %v, want %v", err, ErrState)
	}
}

func TestAttemptRefuses(t *testing.T) {
	tests := []struct {
		name string
		bend func(f *fakeProvider, answer url.Values, cookie *string)
		want error
	}{
		{"no cookie: another browser", func(_ *fakeProvider, _ url.Values, c *string) { *c = "" }, ErrState},
		{"changed cookie", func(_ *fakeProvider, _ url.Values, c *string) { *c = forge.Text(*c) }, ErrState},
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
			f, p, as, b, state := signIn(t)
			answer, cookie := url.Values{"state": {state}, "code": {"code"}}, b.Value
			tt.bend(f, answer, &cookie)
			if _, err := as.Finish(t.Context(), answer, cookie, func(string) Provider { return p }); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	_, _, as, b, state := signIn(t)
	_, err := as.Finish(t.Context(), url.Values{"state": {state}, "code": {"c"}}, b.Value, func(string) Provider { return nil })
	if !errors.Is(err, ErrState) {
		t.Errorf("provider is gone: got %v, want %v", err, ErrState)
	}
}

// A cookie that was not sealed for its state never opens.
func FuzzAttemptCookie(f *testing.F) {
	box, _ := seal.NewBox([]byte("0123456789abcdef0123456789abcdef"), "attempts")
	as := &Attempts{Box: box, Store: spentKeys{}}
	f.Add("state", "")
	f.Add("", "AAAA")
	f.Fuzz(func(t *testing.T, state, cookie string) {
		if a, err := as.open(state, cookie); err == nil {
			t.Errorf("opened %q for %q: %+v", cookie, state, a)
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
	before, after := float64(f.now.Add(-time.Hour).Unix()), float64(f.now.Add(10*time.Second).Unix())
	for name, tt := range map[string]struct {
		another bool
		claims  map[string]any
		want    bool
	}{
		"signed in before":              {true, map[string]any{"auth_time": before}, true},
		"signed in before, any account": {false, map[string]any{"auth_time": before}, false},
		"signed in now":                 {true, map[string]any{"auth_time": after}, false},
		"a clock that is a little slow": {true, map[string]any{"auth_time": float64(f.now.Add(-30 * time.Second).Unix())}, false},
		"no time":                       {true, map[string]any{}, false},
		"no number":                     {true, map[string]any{"auth_time": "1"}, false},
	} {
		a.Another = tt.another
		if got := a.reused(tt.claims); got != tt.want {
			t.Errorf("%s: reused = %v, want %v", name, got, tt.want)
		}
	}
}
