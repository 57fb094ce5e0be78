package oauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"gatehouse/internal/directory/token/tokentest"
)

// served starts the service behind a real listener, as an OIDC library meets
// it, and returns the pool as the library discovers it.
func served(t *testing.T) (*service, context.Context, *oidc.Provider) {
	t.Helper()
	s := newService(t)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	s.sites.BaseURL, s.sites.EndpointsAtIssuer, s.Engine.BaseURL = srv.URL, true, srv.URL
	ctx := oidc.ClientContext(t.Context(), srv.Client())
	provider, err := oidc.NewProvider(ctx, srv.URL+home)
	if err != nil {
		t.Fatal(err)
	}
	return s, ctx, provider
}

// follow opens the authorization URL in a signed-in browser, and returns what
// it takes to the client.
func follow(t *testing.T, s *service, address string) url.Values {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", s.signedIn(t))
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != 302 {
		t.Fatalf("authorize answered %s to %q", res.Status, back)
	}
	return back.Query()
}

func TestAnOIDCLibrarySignsIn(t *testing.T) {
	for _, client := range []struct{ id, secret string }{{"app", ""}, {"server", "hush-hush"}, {"we+ird", "hush-hush"}} {
		t.Run(client.id, func(t *testing.T) {
			s, ctx, provider := served(t)
			conf := &oauth2.Config{
				ClientID: client.id, ClientSecret: client.secret, Endpoint: provider.Endpoint(),
				RedirectURL: tokentest.Callback, Scopes: []string{"openid", "email"},
			}
			verifier := oauth2.GenerateVerifier()
			back := follow(t, s, conf.AuthCodeURL("the state", oidc.Nonce("the nonce"), oauth2.S256ChallengeOption(verifier)))
			if back.Get("state") != "the state" {
				t.Errorf("state %q", back.Get("state"))
			}
			tokens, err := conf.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			checkID(t, ctx, s, provider, client.id, tokens)
			checkUserInfo(t, ctx, s, provider, tokens)

			tokens.Expiry = time.Unix(1, 0) // so that the library refreshes
			fresh, err := conf.TokenSource(ctx, tokens).Token()
			if err != nil || fresh.AccessToken == tokens.AccessToken || fresh.RefreshToken != tokens.RefreshToken {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

func checkID(t *testing.T, ctx context.Context, s *service, provider *oidc.Provider, client string, tokens *oauth2.Token) {
	t.Helper()
	raw, _ := tokens.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: client, Now: s.Now}).Verify(ctx, raw)
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

func checkUserInfo(t *testing.T, ctx context.Context, s *service, provider *oidc.Provider, tokens *oauth2.Token) {
	t.Helper()
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != string(s.alice.Sub) || info.Email != "alice@example.com" || !info.EmailVerified {
		t.Errorf("userInfo: %+v", info)
	}
}

func TestAnOAuthLibraryGetsAMachinesToken(t *testing.T) {
	_, ctx, provider := served(t)
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		conf := &clientcredentials.Config{
			ClientID: "machine", ClientSecret: "hush-hush", TokenURL: provider.Endpoint().TokenURL, Scopes: []string{"api/read"}, AuthStyle: style,
		}
		if _, err := conf.Token(ctx); err != nil {
			t.Errorf("style %d: %v", style, err)
		}
	}
}
