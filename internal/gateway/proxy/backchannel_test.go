package proxy

import (
	"context"
	"errors"
	"io"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// loggingOut is a provider whose logout tokens are the names of what they say.
type loggingOut struct {
	*fakeProvider
	tokens map[seal.Secret]relyingparty.Logout
}

func (l loggingOut) ReadLogout(_ context.Context, token seal.Secret) (*relyingparty.Logout, error) {
	if token == "away" {
		return nil, relyingparty.ErrUnreachable
	}
	said, ok := l.tokens[token]
	if !ok {
		return nil, relyingparty.ErrUntrusted
	}
	said.TokenID, said.Until = string(token), time.Now().Add(time.Minute)
	return &said, nil
}

// failingOnce is a session store whose first end of sessions fails.
type failingOnce struct {
	session.Store
	failed bool
}

func (f *failingOnce) EndSessionsOnce(ctx context.Context, scope session.Scope, key string, until time.Time) (int, error) {
	if !f.failed {
		f.failed = true
		return 0, io.ErrUnexpectedEOF
	}
	return f.Store.EndSessionsOnce(ctx, scope, key, until)
}

// The provider sends a token again after an error of ours. It must work then, or
// the session would live on.
func TestALogoutTokenThatTheDatabaseFailedIsGoodAgain(t *testing.T) {
	origin := session.Origin{Issuer: "https://idp.example.com", Subject: "alice"}
	w := newWorld(t, func(w *world, cfg *Config) {
		var err error
		if cfg.Sessions, err = session.NewManager(session.Config{Store: &failingOnce{Store: w.Store}, Box: w.Tickets("sessions").Box}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cfg.Sessions.Close)
		cfg.Providers = authenticate.ProviderList{loggingOut{w.provider, map[seal.Secret]relyingparty.Logout{
			"person": {Issuer: origin.Issuer, Subject: origin.Subject},
		}}}
	})
	_, made, err := w.cfg.Sessions.Create(t.Context(), session.SignIn{Provider: "p1", Renewal: session.Renewal{Origin: origin}})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		status int
		left   error
	}{{503, nil}, {200, session.ErrNotFound}, {400, session.ErrNotFound}} {
		w.browser().Post("https://authenticate.example.com/.pomerium/backchannel-logout", url.Values{"logout_token": {"person"}}).Want(step.status)
		if _, err := w.Store.LoadSession(t.Context(), made.ID); !errors.Is(err, step.left) {
			t.Errorf("the session after %d: got %v, want %v", step.status, err, step.left)
		}
	}
}

func TestBackchannelLogout(t *testing.T) {
	const issuer = "https://idp.example.com"
	w := newWorld(t, func(w *world, cfg *Config) {
		cfg.Providers = authenticate.ProviderList{loggingOut{w.provider, map[seal.Secret]relyingparty.Logout{
			"session": {Issuer: issuer, Subject: "alice", ProviderSession: "s1"},
			"person":  {Issuer: issuer, Subject: "alice"},
		}}}
	})
	made := map[string]*session.Session{}
	for name, origin := range map[string]session.Origin{
		"first": {Issuer: issuer, Subject: "alice", ProviderSession: "s1"}, "second": {Issuer: issuer, Subject: "alice", ProviderSession: "s2"},
		"bob": {Issuer: issuer, Subject: "bob", ProviderSession: "s3"}, "elsewhere": {Issuer: "https://other.example.com", Subject: "alice"},
	} {
		var err error
		if _, made[name], err = w.Sessions.Create(t.Context(), session.SignIn{Provider: "p1", Renewal: session.Renewal{Origin: origin}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		token  string
		status int
		gone   []string
	}{
		{"forged", 400, nil},
		{"", 400, nil},
		{"away", 503, nil},
		{"session", 200, []string{"first"}},
		{"session", 400, []string{"first"}}, // the same token again
		{"person", 200, []string{"first", "second"}},
	} {
		page := w.browser().Post("https://authenticate.example.com/.pomerium/backchannel-logout", url.Values{"logout_token": {step.token}})
		page.Want(step.status)
		if got := page.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control is %q, want no-store", step.token, got)
		}
		for name, s := range made {
			_, err := w.Sessions.Lookup(t.Context(), s.ID)
			gone := false
			for _, g := range step.gone {
				gone = gone || g == name
			}
			if gone != errors.Is(err, session.ErrNotFound) {
				t.Errorf("after %q: session %s: got %v, want it gone: %t", step.token, name, err, gone)
			}
		}
	}
	w.browser().Open("https://authenticate.example.com/.pomerium/backchannel-logout").Want(404)
}
