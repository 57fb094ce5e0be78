package token_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func client(t testing.TB, d *enginetest.Directory, id userpool.ClientID) *userpool.Client {
	return must[*userpool.Client](t)(d.Store.Client(t.Context(), id))
}

func TestExchangeRefusals(t *testing.T) {
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	good := token.Exchange{RedirectURI: enginetest.Callback, Verifier: verifier}
	with := func(change func(*token.Exchange)) token.Exchange {
		x := good
		change(&x)
		return x
	}
	tests := []struct {
		name   string
		x      token.Exchange
		client userpool.ClientID
		before func(*enginetest.Directory, *user.User)
		want   error
	}{
		{name: "all right", x: good},
		{name: "unknown code", x: with(func(x *token.Exchange) { x.Code = "nonsense" }), want: token.ErrCodeUnknown},
		{name: "another redirect", x: with(func(x *token.Exchange) { x.RedirectURI += "/" }), want: token.ErrExchangeRedirect},
		{name: "no redirect", x: with(func(x *token.Exchange) { x.RedirectURI = "" }), want: token.ErrExchangeRedirect},
		{name: "no verifier", x: with(func(x *token.Exchange) { x.Verifier = "" }), want: token.ErrVerifier},
		{name: "another verifier", x: with(func(x *token.Exchange) { x.Verifier = seal.Secret("x" + verifier[1:]) }), want: token.ErrVerifier},
		{name: "the challenge as verifier", x: with(func(x *token.Exchange) { x.Verifier = challenge }), want: token.ErrVerifier},
		{name: "another client", x: good, client: "codeonly", want: token.ErrCodeUnknown},
		{name: "client without the grant", x: good, client: "plain", want: token.ErrGrantNotAllowed},
		{name: "client of another pool", x: good, client: "foreign", want: token.ErrGrantNotAllowed},
		{name: "too late", x: good, before: func(d *enginetest.Directory, _ *user.User) { d.Advance(5 * time.Minute) }, want: token.ErrCodeExpired},
		{name: "just in time", x: good, before: func(d *enginetest.Directory, _ *user.User) { d.Advance(5*time.Minute - time.Second) }},
		{name: "user disabled", x: good, before: func(d *enginetest.Directory, u *user.User) { u.Enabled = false; d.SaveUser(u) }, want: token.ErrCodeUnknown},
		{name: "user deleted", x: good, before: func(d *enginetest.Directory, u *user.User) { d.DeleteUser(u.Sub) }, want: token.ErrCodeUnknown},
		{name: "user signed out everywhere", x: good, before: func(d *enginetest.Directory, u *user.User) {
			d.Advance(time.Second)
			d.Tokens.RevokeAllOf(t.Context(), d.Pool.ID, u.Sub)
		}, want: token.ErrCodeUnknown},
		{name: "scope no longer readable", x: good, before: func(d *enginetest.Directory, _ *user.User) {
			d.AddClient("app", func(c *userpool.Client) { c.Settings.ReadAttributes = []string{"email"} })
		}, want: token.ErrScopeUnreadable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, u := office(t)
			c := code(t, d, u, pkce...)
			if tt.before != nil {
				tt.before(d, u)
			}
			if tt.x.Code == "" {
				tt.x.Code = c
			}
			if tt.client == "" {
				tt.client = "app"
			}
			_, err := d.Tokens.ExchangeCode(t.Context(), d.Pool, client(t, d, tt.client), tt.x)
			wants(t, err, tt.want)
		})
	}
}

func TestARefusedExchangeLeavesTheCode(t *testing.T) {
	d, u := office(t)
	c := code(t, d, u)
	_, err := d.Tokens.ExchangeCode(t.Context(), d.Pool, client(t, d, "app"), token.Exchange{Code: c, RedirectURI: "https://evil.example"})
	wants(t, err, token.ErrExchangeRedirect)
	if _, err := exchange(d, client(t, d, "app"), c); err != nil {
		t.Errorf("the right exchange after the wrong one: %v", err)
	}
}

// RFC 9700 §4.8.2: an attacker may have removed the challenge from the request.
func TestAVerifierWithoutAChallengeIsRefused(t *testing.T) {
	d, u := office(t)
	app, c := client(t, d, "app"), code(t, d, u)
	_, err := d.Tokens.ExchangeCode(t.Context(), d.Pool, app, token.Exchange{Code: c, RedirectURI: enginetest.Callback, Verifier: verifier})
	wants(t, err, token.ErrVerifier)
	if _, err := exchange(d, app, c); err != nil {
		t.Errorf("the exchange without a verifier after the refused one: %v", err)
	}
}

func TestAReplayedCodeRevokesItsTokens(t *testing.T) {
	d, u := office(t)
	app, c := client(t, d, "app"), code(t, d, u)
	first := must[*token.Tokens](t)(exchange(d, app, c))
	_, err := exchange(d, app, c)
	wants(t, err, token.ErrCodeUsed)
	_, err = d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: first.Refresh})
	wants(t, err, token.ErrRefreshRevoked)
	_, err = d.Tokens.VerifyAccess(t.Context(), first.Access, "")
	wants(t, err, token.ErrAccessRevoked)
}

func TestOfTwoExchangesOneWins(t *testing.T) {
	d, u := office(t)
	app, c := client(t, d, "app"), code(t, d, u)
	var won, lost atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			_, err := exchange(d, app, c)
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, token.ErrCodeUsed):
				lost.Add(1)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d won and %d lost, want 1 and 7", won.Load(), lost.Load())
	}
}

func TestVerifiers(t *testing.T) {
	d, u := office(t)
	long := strings.Repeat("a", 128)
	for given, ok := range map[string]bool{
		verifier: true, strings.Repeat("~", 43): true, long: true,
		long + "a": false, strings.Repeat("a", 42): false, verifier[1:] + "+": false, verifier[1:] + "\n": false, verifier[1:] + "é": false,
	} {
		c := code(t, d, u, "code_challenge", token.Challenge(given), "code_challenge_method", "S256")
		_, err := d.Tokens.ExchangeCode(t.Context(), d.Pool, client(t, d, "app"), token.Exchange{Code: c, RedirectURI: enginetest.Callback, Verifier: seal.Secret(given)})
		if (err == nil) != ok {
			t.Errorf("verifier %q: %v, want accepted=%v", given, err, ok)
		}
	}
}
