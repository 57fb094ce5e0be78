package proxy

import (
	"context"
	"net/url"
	"sync"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/relyingparty"
)

// fakeProvider is an identity provider without a network. It signs in the person
// that the test names, for the code "good".
type fakeProvider struct {
	id string

	mu      sync.Mutex
	claims  map[string]any
	fail    error
	nonce   string
	revoked []string
}

func (f *fakeProvider) ID() string { return f.id }

func (f *fakeProvider) CheckIssuer(context.Context, string) error { return nil }

func (f *fakeProvider) AuthURL(_ context.Context, q relyingparty.AuthRequest) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return "", f.fail
	}
	f.nonce = q.Nonce
	v := url.Values{"provider": {f.id}, "state": {q.State}, "challenge": {q.Challenge}, "redirect_uri": {q.RedirectURI}}
	if q.AnotherAccount || q.Anew {
		v.Set("prompt", "login")
	}
	if q.MaxAge > 0 {
		v.Set("max_age", q.MaxAge.String())
	}
	return "https://idp.example.com/authorize?" + v.Encode(), nil
}

func (f *fakeProvider) Exchange(_ context.Context, code seal.Secret, _, nonce, _ string) (*relyingparty.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if code != "good" || nonce != f.nonce {
		return nil, relyingparty.ErrRefused
	}
	email, _ := f.claims["email"].(string)
	subject, _ := f.claims["sub"].(string)
	return &relyingparty.Result{
		Issuer: "https://idp.example.com", Subject: subject, UserID: subject, Email: email, Name: "Alice", Claims: f.claims,
		Tokens: relyingparty.Tokens{ID: "the-id-token", Access: "the-access-token", Refresh: "the-refresh-token"},
	}, nil
}

func (f *fakeProvider) Refresh(context.Context, relyingparty.Held) (*relyingparty.Result, error) {
	return nil, relyingparty.ErrRefused
}

func (f *fakeProvider) Recheck(context.Context, relyingparty.Held) (*relyingparty.Result, error) {
	return nil, nil
}

func (f *fakeProvider) LogoutURL(_ context.Context, idToken seal.Secret, redirect string) string {
	return "https://idp.example.com/logout?" + url.Values{"id_token_hint": {idToken.Reveal()}, "post_logout_redirect_uri": {redirect}}.Encode()
}

func (f *fakeProvider) Revoke(_ context.Context, t relyingparty.Tokens) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revoked = append(f.revoked, t.Refresh.Reveal())
	return nil
}
