package oauth_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// online is the service on a network, for an OIDC library as its client.
type online struct {
	*service
	network  *browser.Network
	ctx      context.Context // for the library: holds its HTTP client
	provider *oidc.Provider  // the pool as the library discovers it
}

func newOnline(t *testing.T) *online {
	t.Helper()
	s := &online{service: newService(t)}
	const base = "http://localhost:9229"
	s.sites.BaseURL, s.sites.EndpointsAtIssuer, s.Tokens.BaseURL = base, true, base
	s.network = browser.NewNetwork(t, s.handler)
	s.ctx = oidc.ClientContext(t.Context(), s.network.Client())
	var err error
	if s.provider, err = oidc.NewProvider(s.ctx, base+home); err != nil {
		t.Fatal(err)
	}
	return s
}

// follow opens the authorization URL in a signed-in browser. It returns the
// parameters with which the browser comes back to the client.
func (s *online) follow(t *testing.T, address string) url.Values {
	t.Helper()
	page := s.network.Browser().Step().Open(address, "Cookie", s.signedIn(t))
	return page.Want(http.StatusFound).WantRedirect(enginetest.Callback).Query()
}

func TestAnOIDCLibrarySignsIn(t *testing.T) {
	for _, client := range []struct{ id, secret string }{{"app", ""}, {"server", "hush-hush"}, {"we+ird", "hush-hush"}} {
		t.Run(client.id, func(t *testing.T) {
			s := newOnline(t)
			conf := &oauth2.Config{
				ClientID: client.id, ClientSecret: client.secret, Endpoint: s.provider.Endpoint(),
				RedirectURL: enginetest.Callback, Scopes: []string{"openid", "email"},
			}
			verifier := oauth2.GenerateVerifier()
			back := s.follow(t, conf.AuthCodeURL("the state", oidc.Nonce("the nonce"), oauth2.S256ChallengeOption(verifier)))
			if back.Get("state") != "the state" {
				t.Errorf("got state %q, want the one that was sent", back.Get("state"))
			}
			tokens, err := conf.Exchange(s.ctx, back.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			s.checkID(t, client.id, tokens)
			s.checkUserInfo(t, tokens)

			tokens.Expiry = time.Unix(1, 0) // so that the library refreshes
			fresh, err := conf.TokenSource(s.ctx, tokens).Token()
			if err != nil || fresh.AccessToken == tokens.AccessToken || fresh.RefreshToken != tokens.RefreshToken {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

func (s *online) checkID(t *testing.T, client string, tokens *oauth2.Token) {
	t.Helper()
	raw, _ := tokens.Extra("id_token").(string)
	id, err := s.provider.Verifier(&oidc.Config{ClientID: client, Now: s.Now}).Verify(s.ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "the nonce" || id.Subject != string(s.alice.Sub) {
		t.Errorf("nonce %q, subject %q", id.Nonce, id.Subject)
	}
	if err := id.VerifyAccessToken(tokens.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
}

func (s *online) checkUserInfo(t *testing.T, tokens *oauth2.Token) {
	t.Helper()
	info, err := s.provider.UserInfo(s.ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != string(s.alice.Sub) || info.Email != "alice@example.com" || !info.EmailVerified {
		t.Errorf("userInfo: %+v", info)
	}
}

func TestAnOAuthLibraryGetsAMachinesToken(t *testing.T) {
	s := newOnline(t)
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		conf := &clientcredentials.Config{
			ClientID: "machine", ClientSecret: "hush-hush", TokenURL: s.provider.Endpoint().TokenURL, Scopes: []string{"api/read"}, AuthStyle: style,
		}
		if _, err := conf.Token(s.ctx); err != nil {
			t.Errorf("style %d: %v", style, err)
		}
	}
}
