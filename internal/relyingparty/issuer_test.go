package relyingparty

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
)

// issuer returns the fake provider as an issuer of tokens for programs, and a
// function that makes tokens of it.
func (f *fakeProvider) asIssuer(change func(*IssuerConfig)) (*Issuer, func(claims map[string]any) seal.Secret) {
	cfg := IssuerConfig{Name: "ci", Issuer: f.URL, Audiences: []string{"gatehouse", "other"}, Now: func() time.Time { return f.now }}
	if change != nil {
		change(&cfg)
	}
	return NewIssuer(cfg), func(claims map[string]any) seal.Secret {
		f.claims = map[string]any{"aud": []string{"x", "gatehouse"}, "nonce": nil}
		for name, value := range claims {
			f.claims[name] = value
		}
		return seal.Secret(f.idToken())
	}
}

func TestAnIssuersToken(t *testing.T) {
	f := newFake(t)
	f.meta = map[string]any{"authorization_endpoint": "urn:kubernetes:programmatic_authorization", "token_endpoint": ""}
	i, token := f.asIssuer(nil)
	got, err := i.Verify(t.Context(), token(map[string]any{"kubernetes.io": map[string]any{"namespace": "ci"}}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject != "ann" || !got.Expiry.Equal(f.now.Add(30*time.Minute)) || got.Claims["kubernetes.io"] == nil {
		t.Errorf("got %+v", got)
	}
	if _, err := i.Verify(t.Context(), token(map[string]any{"aud": "other"})); err != nil {
		t.Errorf("an audience that is a text: %v", err)
	}
	if f.calls["discovery"] != 1 || f.calls["keys"] != 1 {
		t.Errorf("got calls %v, want one of each", f.calls)
	}
	direct, token := f.asIssuer(func(c *IssuerConfig) { c.KeysURL = f.URL + "/keys" })
	if _, err := direct.Verify(t.Context(), token(nil)); err != nil || f.calls["discovery"] != 1 {
		t.Errorf("with the address of the keys: %v, %d calls of discovery; want none more", err, f.calls["discovery"])
	}
}

func TestAnIssuersTokenRefused(t *testing.T) {
	at := func(d time.Duration) int64 { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(d).Unix() }
	tests := []struct {
		name   string
		claims map[string]any
		sign   func(f *fakeProvider, p []byte) string
		says   string
	}{
		{"for somebody else", map[string]any{"aud": "evil"}, nil, `"aud"`},
		{"for nobody", map[string]any{"aud": nil}, nil, `"aud"`},
		{"for a longer name", map[string]any{"aud": "gatehouse2"}, nil, `"aud"`},
		{"of another issuer", map[string]any{"iss": "https://evil.example.com"}, nil, "another issuer"},
		{"of nobody", map[string]any{"iss": nil}, nil, "another issuer"},
		{"about nobody", map[string]any{"sub": nil}, nil, `"sub"`},
		{"about an empty name", map[string]any{"sub": ""}, nil, `"sub"`},
		{"over", map[string]any{"exp": at(-time.Second)}, nil, "expired"},
		{"without an end", map[string]any{"exp": nil}, nil, "expired"},
		{"not valid yet", map[string]any{"nbf": at(time.Hour)}, nil, "expired"},
		{"a logout token", map[string]any{"events": map[string]any{logoutEvent: map[string]any{}}}, nil, "logout token"},
		{"unsigned", nil, func(_ *fakeProvider, p []byte) string {
			b64 := base64.RawURLEncoding.EncodeToString
			return b64([]byte(`{"alg":"none","kid":"k1"}`)) + "." + b64(p) + "."
		}, "algorithm"},
		{"HS256 with the public key", nil, func(f *fakeProvider, p []byte) string {
			public, _ := json.Marshal(jose.JSONWebKey{Key: f.key.Public()})
			return signWith(jose.HS256, public, "k1", p)
		}, "algorithm"},
		{"an algorithm that is not asked for", nil, func(f *fakeProvider, p []byte) string { return signWith(jose.PS256, rsaKey(), "k1", p) }, "algorithm"},
		{"another key", nil, func(_ *fakeProvider, p []byte) string { return signWith(jose.ES256, newFake(t).key, "k1", p) }, "signature"},
		{"an unknown key", nil, func(f *fakeProvider, p []byte) string { return signWith(jose.ES256, f.key, "k9", p) }, `"k9"`},
		{"changed", nil, func(f *fakeProvider, p []byte) string { return tamper(signWith(jose.ES256, f.key, "k1", p)) }, "signature"},
		{"no JWT", nil, func(*fakeProvider, []byte) string { return "a.b.c" }, "malformed"},
		{"two parts", nil, func(*fakeProvider, []byte) string { return "a.b" }, "malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			i, token := f.asIssuer(nil)
			if tt.sign != nil {
				f.sign = func(p []byte) string { return tt.sign(f, p) }
			}
			_, err := i.Verify(t.Context(), token(tt.claims))
			if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want ErrUntrusted with %q", err, tt.says)
			}
		})
	}
}

func TestAnIssuerThatIsAwayIsNoRefusal(t *testing.T) {
	f := newFake(t)
	i, token := f.asIssuer(nil)
	f.keysStatus = 503
	if _, err := i.Verify(t.Context(), token(nil)); !errors.Is(err, ErrUnreachable) {
		t.Errorf("without keys: %v, want ErrUnreachable", err)
	}
	f.keysStatus = 0
	f.now = f.now.Add(keysInterval)
	if _, err := i.Verify(t.Context(), token(nil)); err != nil {
		t.Errorf("with keys again: %v", err)
	}
	other, token := newFake(t).asIssuer(func(c *IssuerConfig) { c.Issuer = "http://127.0.0.1:1" })
	if _, err := other.Verify(t.Context(), token(nil)); !errors.Is(err, ErrUnreachable) {
		t.Errorf("without discovery: %v, want ErrUnreachable", err)
	}
}

func TestMadeUpKeysMakeFewCalls(t *testing.T) {
	f := newFake(t)
	i, token := f.asIssuer(nil)
	f.sign = func(p []byte) string { return signWith(jose.ES256, f.key, "made-up", p) }
	for range 20 {
		if _, err := i.Verify(t.Context(), token(nil)); !errors.Is(err, ErrUntrusted) {
			t.Fatalf("got %v, want ErrUntrusted", err)
		}
	}
	if f.calls["keys"] != 1 {
		t.Errorf("got %d calls for keys, want 1", f.calls["keys"])
	}
}

func TestIssuesReadsOnlyTheIssuer(t *testing.T) {
	f := newFake(t)
	i, token := f.asIssuer(nil)
	if !i.Issues(token(nil)) || i.Issues(token(map[string]any{"iss": "https://evil.example.com"})) || i.Issues("a.b.c") || i.Issues("") {
		t.Error("got the wrong tokens for those of the issuer")
	}
	same, _ := f.asIssuer(nil)
	other, _ := f.asIssuer(func(c *IssuerConfig) { c.Audiences = []string{"gatehouse"} })
	if i.ID() != same.ID() || i.ID() == other.ID() {
		t.Error("the id does not follow the settings")
	}
}

// Nothing passes but what the issuer signed. Its signature itself can be written in
// several ways.
func FuzzIssuer(f *testing.F) {
	fake := newFakeFor(f)
	i, token := fake.asIssuer(nil)
	good := token(nil).Reveal()
	signed := good[:strings.LastIndexByte(good, '.')+1]
	f.Add(good)
	f.Add("a.b.c")
	f.Add(good[:len(good)-2])
	f.Add(strings.Replace(good, ".", "..", 1))
	f.Fuzz(func(t *testing.T, text string) {
		v, err := i.Verify(t.Context(), seal.Secret(text))
		if err == nil && !strings.HasPrefix(text, signed) {
			t.Errorf("%q passes for a token of %s", text, v.Subject)
		}
		_ = i.Issues(seal.Secret(text))
	})
}
