package relyingparty

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func TestAnIDTokenThatComesAlone(t *testing.T) {
	f := newFake(t)
	f.claims = map[string]any{"at_hash": "of-a-token-that-stayed-at-the-client", "token_use": "id"}
	r, err := f.discovered(t).VerifyIDToken(t.Context(), seal.Secret(f.idToken()))
	if err != nil {
		t.Fatal(err)
	}
	if r.UserID != "ann" || r.Email != "ann@example.com" || r.Issuer != f.URL || !r.Expiry.Equal(f.now.Add(30*time.Minute)) || f.calls["userinfo"] != 0 {
		t.Errorf("got %+v after %d calls of UserInfo, want ann and none", r, f.calls["userinfo"])
	}
	for name, claims := range map[string]map[string]any{
		"an access token": {"token_use": "access"}, "a logout token": {"events": map[string]any{logoutEvent: map[string]any{}}},
		"for another client": {"aud": "another"}, "of another client": {"azp": "another", "aud": []string{"client", "another"}},
		"of another issuer": {"iss": "https://evil.example.com"}, "over": {"exp": f.now.Add(-time.Second).Unix()}, "about nobody": {"sub": nil},
	} {
		f.claims = claims
		if _, err := f.discovered(t).VerifyIDToken(t.Context(), seal.Secret(f.idToken())); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: %v, want ErrUntrusted", name, err)
		}
	}
	f.claims, f.sign = nil, func(p []byte) string {
		return signWith(jose.HS256, []byte("s3cret-s3cret-s3cret-s3cret-s3cret"), "k1", p)
	}
	if _, err := f.discovered(t).VerifyIDToken(t.Context(), seal.Secret(f.idToken())); !errors.Is(err, ErrUntrusted) {
		t.Errorf("HS256: %v, want ErrUntrusted", err)
	}
}

func TestAnAccessTokenIsShownToUserInfo(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	r, err := p.VerifyAccessToken(t.Context(), "at", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.UserID != "ann" || r.Email != "other@example.com" || r.Issuer != f.URL || r.Subject != "ann" || !r.Expiry.IsZero() || r.Tokens.Access != "at" {
		t.Errorf("got %+v", r)
	}
	if _, err := p.VerifyAccessToken(t.Context(), "made-up", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("a made-up token: %v, want ErrRefused", err)
	}
	for name, tt := range map[string]struct {
		info      map[string]any
		audiences []string
		good      bool
	}{
		"no audience is allowed":   {nil, []string{}, false},
		"UserInfo names none":      {nil, []string{"api"}, false},
		"UserInfo names another":   {map[string]any{"sub": "ann", "aud": "web"}, []string{"api"}, false},
		"UserInfo names one":       {map[string]any{"sub": "ann", "aud": "api"}, []string{"web", "api"}, true},
		"UserInfo names several":   {map[string]any{"sub": "ann", "aud": []string{"web", "api"}}, []string{"api"}, true},
		"UserInfo names no person": {map[string]any{"email": "ann@example.com"}, nil, false},
	} {
		f.userInfo = tt.info
		if _, err := p.VerifyAccessToken(t.Context(), "at", tt.audiences); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.userInfo, f.infoStatus = nil, 502
	if _, err := p.VerifyAccessToken(t.Context(), "at", nil); !errors.Is(err, ErrUnreachable) {
		t.Errorf("UserInfo is away: %v, want ErrUnreachable", err)
	}
}

// An access token that the provider signed says when it ends and for whom it is.
func TestASignedAccessToken(t *testing.T) {
	f := newFake(t)
	access := func(claims map[string]any) seal.Secret {
		f.claims = map[string]any{"aud": nil, "nonce": nil, "email": nil, "client_id": "4o6gt2q0t6pf6uvpu35c1q7h8s", "token_use": "access"}
		for name, value := range claims {
			f.claims[name] = value
		}
		token := f.idToken()
		f.access = token
		return seal.Secret(token)
	}
	p := f.discovered(t)
	r, err := p.VerifyAccessToken(t.Context(), access(nil), []string{"4o6gt2q0t6pf6uvpu35c1q7h8s"})
	if err != nil || !r.Expiry.Equal(f.now.Add(30*time.Minute)) || r.Claims["cognito:groups"] == nil || r.Email != "other@example.com" {
		t.Errorf("got %+v, %v; want the end and the groups of the token, and the address of UserInfo", r, err)
	}
	if _, err := p.VerifyAccessToken(t.Context(), access(map[string]any{"aud": []string{"x", "api"}}), []string{"api"}); err != nil {
		t.Errorf("the audience of the token: %v", err)
	}
	refused := map[string]seal.Secret{
		"the client does not count beside an audience": access(map[string]any{"aud": "x"}),
	}
	for name, token := range refused {
		if _, err := p.VerifyAccessToken(t.Context(), token, []string{"4o6gt2q0t6pf6uvpu35c1q7h8s"}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, want ErrRefused", name, err)
		}
	}
	f.sign = func(p []byte) string { return tamper(signWith(jose.ES256, f.key, "k1", p)) }
	if _, err := p.VerifyAccessToken(t.Context(), access(map[string]any{"aud": "api"}), []string{"api"}); !errors.Is(err, ErrRefused) {
		t.Errorf("an audience in a token with a bad signature: %v, want ErrRefused", err)
	}
	f.sign = nil
	if _, err := p.VerifyAccessToken(t.Context(), access(map[string]any{"sub": "bob"}), nil); !errors.Is(err, ErrUntrusted) {
		t.Errorf("another person than UserInfo's: %v, want ErrUntrusted", err)
	}
}

// Entra ID's access tokens count by their signature.
func TestAnAccessTokenThatUserInfoNeedNotKnow(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t, func(c *DiscoveredConfig) {
		c.AccessTokenIssuers = []string{"https://sts.example.com/t/", "https://login.example.com/t/v2.0"}
	})
	token := func(iss string, more ...string) seal.Secret {
		f.claims = map[string]any{"iss": iss, "aud": "api", "oid": "o-1", "nonce": nil}
		if len(more) > 0 {
			f.claims["scp"] = strings.Join(more, " ")
		}
		return seal.Secret(f.idToken())
	}
	r, err := p.VerifyAccessToken(t.Context(), token("https://sts.example.com/t/"), []string{"api"})
	if err != nil || r.UserID != "o-1" || f.calls["userinfo"] != 0 {
		t.Errorf("got %+v, %v after %d calls of UserInfo", r, err, f.calls["userinfo"])
	}
	if _, err := p.VerifyAccessToken(t.Context(), token("https://login.example.com/t/v2.0"), []string{"web"}); !errors.Is(err, ErrRefused) {
		t.Errorf("for another audience: %v, want ErrRefused", err)
	}
	for name, bad := range map[string]seal.Secret{"of another tenant": token("https://sts.example.com/evil/"), "opaque": "at", "changed": seal.Secret(tamper(token("https://sts.example.com/t/").Reveal()))} {
		if _, err := p.VerifyAccessToken(t.Context(), bad, nil); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: %v, want ErrUntrusted", name, err)
		}
	}
	if _, err := p.VerifyAccessToken(t.Context(), token("https://sts.example.com/t/", "email", "openid"), nil); !errors.Is(err, ErrRefused) || f.calls["userinfo"] != 1 {
		t.Errorf("with the scope openid: %v after %d calls, want UserInfo's refusal", err, f.calls["userinfo"])
	}
}
