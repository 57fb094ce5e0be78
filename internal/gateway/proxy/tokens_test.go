package proxy

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/store"
)

// unreadable is a store that counts reads of sessions, and can refuse them.
type unreadable struct {
	*store.Store
	reads atomic.Int32
	away  atomic.Bool
}

func (u *unreadable) LoadSession(ctx context.Context, id session.ID) (session.Record, error) {
	u.reads.Add(1)
	if u.away.Load() {
		return session.Record{}, errors.New("the database is away")
	}
	return u.Store.LoadSession(ctx, id)
}

// sendingWorld has a route that sends the tokens of its person.
func sendingWorld(t *testing.T, log *bytes.Buffer) (*world, *unreadable) {
	var sessions *unreadable
	w := newWorld(t, func(w *world, c *Config) {
		sessions = &unreadable{Store: w.Store}
		box, err := seal.NewBox(secret("box"), "store")
		if err != nil {
			t.Fatal(err)
		}
		if w.Sessions, err = session.NewManager(session.Config{Store: sessions, Box: box, Now: w.Now}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Sessions.Close)
		c.Sessions = w.Sessions
		c.Log = slog.New(slog.NewTextHandler(log, nil))
		c.Routes = append(c.Routes, w.route("https://sends.example.com", policy.Access{AnyUser: true}, func(r *Route) {
			r.SetRequestHeaders = map[string]string{"X-Id": "$pomerium.id_token", "X-Access": "${pomerium.access_token}"}
		}))
	})
	return w, sessions
}

func TestARouteSendsTokensWithoutAskingTheStoreEachTime(t *testing.T) {
	w, sessions := sendingWorld(t, &bytes.Buffer{})
	b := w.browser()
	signInAt(b, "https://sends.example.com/")
	before := sessions.reads.Load()
	for range 10 {
		b.Open("https://sends.example.com/").Want(200)
		if got := w.Upstream.Got().Header; got.Get("X-Id") != "the-id-token" || got.Get("X-Access") != "the-access-token" {
			t.Fatalf("got the headers %v", got)
		}
	}
	if n := sessions.reads.Load() - before; n != 0 {
		t.Errorf("the store was read %d times for known tokens", n)
	}
	b.Open("https://sends.example.com/.pomerium/sign_out")
	if page := b.Open("https://sends.example.com/"); page.URL.Hostname() != "authenticate.example.com" || w.Upstream.Got() != nil {
		t.Errorf("after a sign-out: got %d at %s, want to be sent to sign in", page.Status, page.URL)
	}
}

// A request that lacks its token would be another one to the application.
func TestWithoutItsTokensARequestIsNotSent(t *testing.T) {
	w, sessions := sendingWorld(t, &bytes.Buffer{})
	cookie, made := w.knownSession("sends.example.com", nil)
	open := func(status int) {
		t.Helper()
		w.browser().Open("https://sends.example.com/", "Cookie", cookie.Name+"="+cookie.Value).Want(status)
		if got := w.Upstream.Got(); (got != nil) != (status == 200) {
			t.Errorf("with %d, the application got %v", status, got)
		}
	}
	open(200)
	if _, err := w.Sessions.Again(t.Context(), made); err != nil { // in memory anew, without the tokens
		t.Fatal(err)
	}
	sessions.away.Store(true)
	open(503)
	sessions.away.Store(false)
	open(200)
}

// A sign-out ends the session also if its tokens can't be read, and says so.
func TestASignOutWithoutTokens(t *testing.T) {
	log := &bytes.Buffer{}
	w, sessions := sendingWorld(t, log)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	sessions.away.Store(true)
	to := b.Open("https://app.example.com/.pomerium/sign_out").Location()
	if to == nil || to.Path != "/logout" || to.Query().Get("id_token_hint") != "" {
		t.Errorf("got %v, want the provider's page, without a hint", to)
	}
	sessions.away.Store(false)
	if page := b.Open("https://app.example.com/"); page.URL.Hostname() != "authenticate.example.com" {
		t.Errorf("after the sign-out: got %d at %s, want to be sent to sign in", page.Status, page.URL)
	}
	w.gateway.background.wait()
	if text := log.String(); len(w.provider.revoked) != 0 || !strings.Contains(text, "tokens not revoked") || strings.Contains(text, "the-refresh-token") {
		t.Errorf("revoked %v, and logged %s", w.provider.revoked, text)
	}
}

// A program's own token is sent on where the route says so, and no other.
func TestARouteSendsTheTokenOfAProgram(t *testing.T) {
	w, _, issuer := bearerWorld(t, func(_ *world, c *Config) {
		for _, r := range c.Routes {
			if r.Bearer.Format != bearer.Default {
				r.SetRequestHeaders = map[string]string{"X-Id": "$pomerium.id_token", "X-Access": "$pomerium.access_token"}
			}
		}
	})
	for _, c := range []struct{ host, token, id, access string }{
		{"access", "the-access-token", "", "the-access-token"},
		{"identity", "the-id-token", "the-id-token", ""},
		{"jwt", issuer.Token(w.Now(), nil), "", ""},
	} {
		for range 2 {
			w.browser().Step().Open("https://"+c.host+".example.com/", "Accept", "*/*", "Authorization", "Bearer "+c.token).Want(200)
			if got := w.Upstream.Got().Header; got.Get("X-Id") != c.id || got.Get("X-Access") != c.access {
				t.Errorf("%s: got %q and %q", c.host, got.Get("X-Id"), got.Get("X-Access"))
			}
		}
	}
}
