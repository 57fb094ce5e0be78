package token_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const (
	verifier  = "dBjftJeZ4CVP-mBxs-3dLkIeKl_TAGzM0sM7wQ-xyzA"
	challenge = "li8EgomRun4OM6kBozk91b4zv6V6bB4U99hisgwsTfw"
)

var alice = map[string]string{
	"email": "alice@example.com", "email_verified": "true", "name": "Alice Example",
	"phone_number": "+15555550123", "phone_number_verified": "false",
}

// must returns the value of a call that can't fail in the test.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// payload decodes the claims of a token without verifying it.
func payload(t testing.TB, raw seal.Secret) map[string]any {
	t.Helper()
	parts := strings.Split(raw.Reveal(), ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	var claims map[string]any
	if err := json.Unmarshal(must[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[1])), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// request returns the parameters of an authorization request, changed by pairs
// of name and value; the value "-" takes one away.
func request(pairs ...string) url.Values {
	q := url.Values{
		"client_id": {"app"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"},
		"scope": {"openid email"}, "state": {"a b+c&d=%/ü"}, "nonce": {"n-1"},
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "-" {
			q.Del(pairs[i])
		}
	}
	return q
}

// signIn signs a user in through the API.
func signIn(t testing.TB, d *enginetest.Directory, c *userpool.Client, u *user.User) *token.Tokens {
	t.Helper()
	return must[*token.Tokens](t)(d.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: c, User: u}))
}

// code makes an authorization request and returns its code.
func code(t testing.TB, d *enginetest.Directory, u *user.User, pairs ...string) seal.Secret {
	t.Helper()
	target := authorize(t, d, u, pairs...)
	return seal.Secret(target.Query().Get("code"))
}

func authorize(t testing.TB, d *enginetest.Directory, u *user.User, pairs ...string) *url.URL {
	t.Helper()
	req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request(pairs...)))
	who := token.SignedIn{User: u, AuthTime: d.Now(), Provider: userpool.ProviderCognito}
	target := must[string](t)(d.Tokens.Authorize(t.Context(), req, who))
	return must[*url.URL](t)(url.Parse(target))
}

func exchange(d *enginetest.Directory, c *userpool.Client, code seal.Secret) (*token.Tokens, error) {
	return d.Tokens.ExchangeCode(context.Background(), d.Pool, c, token.Exchange{Code: code, RedirectURI: enginetest.Callback})
}

// wants fails the test unless err is want.
func wants(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
