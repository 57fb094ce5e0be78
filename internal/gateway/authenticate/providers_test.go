package authenticate

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// renewingProvider only renews sessions.
type renewingProvider struct {
	relyingparty.Provider // nil: nothing else is called
	id                    string
	err                   error
}

func (r *renewingProvider) ID() string { return r.id }

func (r *renewingProvider) Refresh(_ context.Context, held relyingparty.Held) (*relyingparty.Result, error) {
	if r.err != nil {
		return &relyingparty.Result{Tokens: relyingparty.Tokens{Refresh: "rt2"}}, r.err
	}
	return &relyingparty.Result{UserID: held.UserID, Email: "alice@example.com", Claims: map[string]any{"used": held.Tokens.Refresh.Reveal()}, Tokens: relyingparty.Tokens{Access: "at2"}}, nil
}

func TestRenewerAsksTheSessionsOwnProvider(t *testing.T) {
	p := &renewingProvider{id: "p1"}
	renew := Renewer(func() Providers { return ProviderList{&renewingProvider{id: "p0"}, p} })
	s, tokens := &session.Session{Provider: "p1", TokenExpiry: time.Now()}, session.Tokens{Refresh: "rt"}
	s.Identity.UserID = "u-1"
	got, err := renew(t.Context(), s, tokens)
	if err != nil || got.Tokens.Access != "at2" || got.Identity.Provider != "p1" || got.Identity.Claims.Map()["used"][0] != "rt" || got.Identity.UserID != "u-1" {
		t.Errorf("got %+v, %v, want the provider's new claims and tokens", got, err)
	}
	s.TokenExpiry = time.Time{} // the front has given away what the provider said
	if _, err := renew(t.Context(), s, tokens); !errors.Is(err, ErrPersonChanged) {
		t.Errorf("changed: got %v, want %v", err, ErrPersonChanged)
	}
	s.Identity = got.Identity
	if _, err := renew(t.Context(), s, tokens); err != nil {
		t.Errorf("unchanged: got %v, want no error", err)
	}
	p.err = relyingparty.ErrUnreachable
	if got, err := renew(t.Context(), s, tokens); !errors.Is(err, relyingparty.ErrUnreachable) || got == nil || got.Tokens.Refresh != "rt2" {
		t.Errorf("unfinished: got %+v, %v, want the rotated refresh token and %v", got, err, relyingparty.ErrUnreachable)
	}
	p.err = relyingparty.ErrRefused
	if _, err := renew(t.Context(), s, tokens); !errors.Is(err, relyingparty.ErrRefused) {
		t.Errorf("got %v, want %v", err, relyingparty.ErrRefused)
	}
	s.Provider = "gone"
	if _, err := renew(t.Context(), s, tokens); !errors.Is(err, ErrProviderGone) {
		t.Errorf("got %v, want %v", err, ErrProviderGone)
	}
}
