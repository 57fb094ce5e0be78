package accessapi

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/relyingparty"
)

// The team domain may be the gateway's own sign-in host. Then this front answers
// its own paths, and the gateway answers the others.
func TestServe(t *testing.T) {
	w := newWorld(t, nil)
	serve := w.api.Serve
	for url, want := range map[string]bool{
		"https://team.example.com/cdn-cgi/access/certs":        true,
		"https://team.example.com/client/v4/accounts":          true,
		"https://team.example.com/.pomerium/sign_in":           false,
		"https://team.example.com/oauth2/callback":             false,
		"https://app.example.com/client/v4/accounts":           false,
		"https://app.example.com/cdn-cgi/access/certs":         true,
		"https://app.example.com/x/..%2fcdn-cgi/access/certs":  false,
		"https://app.example.com/x/../cdn-cgi/access/certs":    true,
		"https://app.example.com/cdn-cgi/accessories":          false,
		"https://app.example.com/?x=/cdn-cgi/access/authorize": false,
	} {
		rec := httptest.NewRecorder()
		if got := serve(rec, httptest.NewRequest("GET", url, nil)); got != want {
			t.Errorf("%s: served %v, want %v", url, got, want)
		}
	}
}

// own is a gateway with one provider of its own.
type own struct{ relyingparty.Provider }

func (o own) ID() string                       { return "own" }
func (o own) Choices() []relyingparty.Provider { return []relyingparty.Provider{o} }
func (o own) All() []relyingparty.Provider     { return o.Choices() }
func (o own) ByID(id string) relyingparty.Provider {
	if id != "own" {
		return nil
	}
	return o
}

func first(all []relyingparty.Provider) relyingparty.Provider {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

func TestProviders(t *testing.T) {
	w := newWorld(t, nil)
	alone := Providers{Engine: w.engine.Providers}
	both := Providers{Engine: w.engine.Providers, Own: func() authenticate.Providers { return own{} }}
	for name, c := range map[string]struct {
		got  relyingparty.Provider
		want string // "": none
	}{
		"alone": {alone.ByID(w.provider.ID), w.provider.ID}, "alone, unknown": {alone.ByID("own"), ""}, "alone, choices": {first(alone.Choices()), ""}, "alone, all": {first(alone.All()), ""},
		"both": {both.ByID(w.provider.ID), w.provider.ID}, "both, own": {both.ByID("own"), "own"}, "both, choices": {first(both.Choices()), "own"}, "both, all": {first(both.All()), "own"}, "both, unknown": {both.ByID("x"), ""},
	} {
		id := ""
		if c.got != nil {
			id = c.got.ID()
		}
		if id != c.want {
			t.Errorf("%s: got provider %q, want %q", name, id, c.want)
		}
	}
}

// The chain asks whether the session lives. Headers asked once more, and waited once
// more for a database that hangs.
func TestHeadersDoNotAskAgain(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200, "hello")
	r := httptest.NewRequest("GET", "https://app.example.com/", nil)
	r.Header.Set(headerToken, b.Cookie("https://app.example.com/", cookieToken))
	s, err := w.api.Session(r)
	if s == nil || err != nil {
		t.Fatalf("got %v, %v, want the session", s, err)
	}
	if err := w.engine.Providers.Delete(t.Context(), w.provider.ID); err != nil { // it shows who asks again
		t.Fatal(err)
	}
	h := http.Header{}
	if err := w.api.Headers(h, r, s); err != nil || h.Get(headerAssertion) == "" {
		t.Errorf("got %v, %v, want the assertion", err, h)
	}
	for name := range h {
		if name != "Cookie" && !slices.Contains(w.api.HeaderNames(), name) {
			t.Errorf("%s is not among the names of the headers", name)
		}
	}
	other := *s
	other.ID = "another"
	h = http.Header{}
	if err := w.api.Headers(h, r, &other); err != nil || len(h) > 0 {
		t.Errorf("for another session: got %v, %v, want no header", err, h)
	}
}
