package gatewaytest

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/browser"
)

// World is what surrounds one gateway. It ends with the test.
type World struct {
	Store    *store.Store
	Sessions *session.Manager
	Upstream *Upstream

	t     testing.TB
	ahead atomic.Int64 // how far the clock is ahead of the real time, as a time.Duration
}

// New returns a world without sessions whose clock shows the real time.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, Store: NewStore(t), Upstream: NewUpstream(t)}
	var err error
	if w.Sessions, err = session.NewManager(session.Config{Store: w.Store, Box: newBox(t, "store"), Now: w.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Sessions.Close)
	return w
}

// NewStore opens an empty store in memory that ends with the test.
func NewStore(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// Now returns the time that the world's clock shows.
func (w *World) Now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// Advance moves the world's clock ahead.
func (w *World) Advance(d time.Duration) { w.ahead.Add(int64(d)) }

// Tickets returns the tickets of a front. Tickets of another purpose are not
// valid there.
func (w *World) Tickets(purpose string) *session.Tickets {
	w.t.Helper()
	return &session.Tickets{Box: newBox(w.t, purpose), Store: w.Store, Now: w.Now}
}

// Attempts returns the sign-in attempts of a front. Attempts of another purpose
// are not valid there.
func (w *World) Attempts(purpose string) *relyingparty.Attempts {
	w.t.Helper()
	return &relyingparty.Attempts{Box: newBox(w.t, purpose), Store: w.Store, Now: w.Now}
}

func newBox(t testing.TB, purpose string) *seal.Box {
	t.Helper()
	box, err := seal.NewBox(Secret("box"), purpose)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// Secret returns a secret of 32 bytes. Another name has another secret.
func Secret(name string) []byte { return []byte((name + strings.Repeat("-", 32))[:32]) }

// Route returns a route that begins at a URL, and its policy.
func Route(t testing.TB, from string, access policy.Access) (*route.Route, *policy.Policy) {
	t.Helper()
	f, err := route.ParseFrom(from)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Compile(access)
	if err != nil {
		t.Fatal(err)
	}
	return &route.Route{From: f}, p
}

// Serve returns a network on which the handler answers as it does in a server:
// with a request id, and with a log, which is discarded.
func Serve(t testing.TB, handler http.Handler) *browser.Network {
	t.Helper()
	observer := &web.Observer{Log: slog.New(slog.DiscardHandler)}
	return browser.NewNetwork(t, observer.Wrap(handler))
}

// MustURL parses a URL that the test knows is right.
func MustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}
