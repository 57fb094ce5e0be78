package relyingparty

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
)

// logoutToken returns a signed logout token with changed claims. nil leaves a
// claim out.
func (f *fakeProvider) logoutToken(changes map[string]any) seal.Secret {
	claims := map[string]any{
		"iss": f.URL, "aud": "client", "sub": "ann", "sid": "s1", "jti": "j1", "iat": f.now.Unix(), "exp": f.now.Add(2 * time.Minute).Unix(),
		"events": map[string]any{logoutEvent: map[string]any{}},
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, _ := json.Marshal(claims)
	return seal.Secret(signWith(jose.ES256, f.key, "k1", payload))
}

func TestLogoutTokens(t *testing.T) {
	f := newFake(t)
	p := f.discovered(t)
	for name, c := range map[string]struct {
		changes map[string]any
		want    error
	}{
		"as it must be":        {nil, nil},
		"a person":             {map[string]any{"sid": nil}, nil},
		"a session":            {map[string]any{"sub": nil}, nil},
		"several audiences":    {map[string]any{"aud": []string{"other", "client"}}, nil},
		"a slow clock":         {map[string]any{"iat": f.now.Add(50 * time.Second).Unix()}, nil},
		"another issuer":       {map[string]any{"iss": "https://evil.example"}, ErrUntrusted},
		"another client":       {map[string]any{"aud": "other"}, ErrUntrusted},
		"no audience":          {map[string]any{"aud": nil}, ErrUntrusted},
		"nobody":               {map[string]any{"sub": nil, "sid": nil}, ErrUntrusted},
		"no id":                {map[string]any{"jti": nil}, ErrUntrusted},
		"no time":              {map[string]any{"iat": nil}, ErrUntrusted},
		"no end":               {map[string]any{"exp": nil}, ErrUntrusted},
		"too old":              {map[string]any{"exp": f.now.Add(-time.Minute).Unix()}, ErrUntrusted},
		"from the future":      {map[string]any{"iat": f.now.Add(2 * time.Minute).Unix()}, ErrUntrusted},
		"no events":            {map[string]any{"events": nil}, ErrUntrusted},
		"another event":        {map[string]any{"events": map[string]any{"urn:x": map[string]any{}}}, ErrUntrusted},
		"an event of no form":  {map[string]any{"events": map[string]any{logoutEvent: "x"}}, ErrUntrusted},
		"an event that is nil": {map[string]any{"events": map[string]any{logoutEvent: nil}}, ErrUntrusted},
		"a nonce":              {map[string]any{"nonce": "n"}, ErrUntrusted},
		"an empty nonce":       {map[string]any{"nonce": ""}, ErrUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.ReadLogout(t.Context(), f.logoutToken(c.changes))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && (got.Issuer != f.URL || got.TokenID != "j1" || got.Subject+got.ProviderSession == "") {
				t.Errorf("got %+v, want what the token says", got)
			}
		})
	}
	for name, token := range map[string]seal.Secret{
		"an ID token": seal.Secret(f.idToken()), "no token": "", "no signature": "e30.e30.", "text": "x",
	} {
		if _, err := p.ReadLogout(t.Context(), token); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: got %v, want %v", name, err, ErrUntrusted)
		}
	}
}

// Everybody can send a token. One that another issuer made costs no call.
func TestALogoutTokenOfAnotherIssuerAsksNobody(t *testing.T) {
	f := newFake(t)
	for _, token := range []seal.Secret{"", "a.b.c", seal.Secret(signWith(jose.ES256, f.key, "k1", []byte(`{"iss":"https://other.example.com"}`)))} {
		if _, err := f.discovered(t).ReadLogout(t.Context(), token); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%q: got %v, want %v", token.Reveal(), err, ErrUntrusted)
		}
	}
	if len(f.calls) > 0 {
		t.Errorf("the provider was asked: %v", f.calls)
	}
}
