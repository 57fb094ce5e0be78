package relyingparty

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/fault"
)

// Everything that a provider, or somebody in its place, may send in answer to
// a code, and which step refuses it.
func TestExchangeRefuses(t *testing.T) {
	claim := func(name string, value any) func(*fakeProvider) {
		return func(f *fakeProvider) { f.claims[name] = value }
	}
	answer := func(status int, body string) func(*fakeProvider) {
		return func(f *fakeProvider) {
			f.token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				w.Write([]byte(body))
				return true
			}
		}
	}
	tests := []struct {
		name   string
		bend   func(*fakeProvider)
		step   Step
		is     *fault.Error
		advice string
	}{
		{"wrong nonce", claim("nonce", "other"), StepClaims, ErrUntrusted, "nonce"},
		{"no nonce", claim("nonce", nil), StepClaims, ErrUntrusted, "lacks the nonce"},
		{"wrong audience", claim("aud", "another"), StepClaims, ErrUntrusted, `meant for`},
		{"no audience", claim("aud", nil), StepClaims, ErrUntrusted, "meant for"},
		{"many audiences without ours", claim("aud", []string{"y", "x"}), StepClaims, ErrUntrusted, "not for this client"},
		{"many audiences, another's token", func(f *fakeProvider) {
			f.claims["aud"], f.claims["azp"] = []string{"client", "x"}, "x"
		}, StepClaims, ErrUntrusted, "azp"},
		{"authorized party is no text", claim("azp", 7), StepClaims, ErrUntrusted, "azp"},
		{"authorized party is another", claim("azp", "x"), StepClaims, ErrUntrusted, "azp"},
		{"no issuer", claim("iss", nil), StepClaims, ErrUntrusted, "issue"},
		{"no subject", claim("sub", nil), StepClaims, ErrUntrusted, "subject"},
		{"expired", claim("exp", time.Date(2026, 3, 4, 5, 6, 6, 0, time.UTC).Unix()), StepClaims, ErrUntrusted, "expired"},
		{"never expires", claim("exp", nil), StepClaims, ErrUntrusted, "expired"},
		{"not valid yet", claim("nbf", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Unix()), StepClaims, ErrUntrusted, "not valid now"},
		{"access token of another answer", claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), StepClaims, ErrUntrusted, "at_hash"},
		{"alg none", func(f *fakeProvider) {
			f.sign = func(p []byte) string {
				b64 := base64.RawURLEncoding.EncodeToString
				return b64([]byte(`{"alg":"none","kid":"k1"}`)) + "." + b64(p) + "."
			}
		}, StepSignature, ErrUntrusted, "algorithm"},
		{"HS256 with the client secret", func(f *fakeProvider) {
			f.sign = func(p []byte) string {
				return signWith(jose.HS256, []byte("s3cret-s3cret-s3cret-s3cret-s3cret"), "k1", p)
			}
		}, StepSignature, ErrUntrusted, "algorithm"},
		{"unknown key id", func(f *fakeProvider) {
			f.sign = func(p []byte) string { return signWith(jose.ES256, f.key, "k2", p) }
		}, StepKeys, ErrUntrusted, `"k2"`},
		{"another's key under our id", func(f *fakeProvider) {
			other := newFake(t)
			f.sign = func(p []byte) string { return signWith(jose.ES256, other.key, "k1", p) }
		}, StepSignature, ErrUntrusted, "signature"},
		{"tampered", func(f *fakeProvider) {
			f.sign = func(p []byte) string { return tamper(signWith(jose.ES256, f.key, "k1", p)) }
		}, StepSignature, ErrUntrusted, "signature"},
		{"no JWT", func(f *fakeProvider) { f.sign = func([]byte) string { return "x.y.z" } }, StepSignature, ErrUntrusted, "malformed"},
		{"no ID token", answer(200, `{"access_token":"at","token_type":"Bearer"}`), StepToken, ErrRefused, "no ID token"},
		{"code refused", answer(400, `{"error":"invalid_grant"}`), StepToken, ErrRefused, "invalid_grant"},
		{"unknown error", answer(400, `{"error":"odd"}`), StepToken, ErrRefused, "(odd)"},
		{"error with status 200", answer(200, `{"error":"invalid_scope"}`), StepToken, ErrRefused, "scopes"},
		{"failure", answer(502, `bad gateway`), StepToken, ErrUnreachable, "no usable answer"},
		{"throttled", answer(429, ``), StepToken, ErrUnreachable, "no usable answer"},
		{"redirect", answer(302, ``), StepToken, ErrUnreachable, "no usable answer"},
		{"not JSON", answer(200, `<html>`), StepToken, ErrUnreachable, "could not be reached"},
		{"too large", answer(200, `{"access_token":"`+strings.Repeat("x", maxAnswer)+`"}`), StepToken, ErrUnreachable, "token endpoint"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			tt.bend(f)
			for _, p := range []Provider{f.discovered(t), f.explicit(t, nil)} {
				_, err := p.Exchange(t.Context(), "code", "verifier", f.nonce, "https://rp.example.com/cb")
				checkStep(t, err, tt.step, tt.is, tt.advice)
			}
		})
	}
}

func checkStep(t *testing.T, err error, step Step, is *fault.Error, advice string) *StepError {
	t.Helper()
	se, ok := errors.AsType[*StepError](err)
	if !ok || se.Step != step || !errors.Is(err, is) || !strings.Contains(se.Advice, advice) {
		t.Fatalf("got %v, want step %s, %s, advice with %q", err, step, is.Code, advice)
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error tells the secret: %v", err)
	}
	return se
}

func TestDiscoveredRefuses(t *testing.T) {
	tests := []struct {
		name   string
		bend   func(*fakeProvider)
		step   Step
		is     *fault.Error
		advice string
	}{
		{"token of another issuer", func(f *fakeProvider) { f.claims["iss"] = "https://evil.example.com" }, StepClaims, ErrUntrusted, "evil.example.com"},
		{"document of another issuer", func(f *fakeProvider) { f.issuer = "https://evil.example.com" }, StepDiscovery, ErrUntrusted, "calls itself"},
		{"document with a slash more", func(f *fakeProvider) { f.issuer = f.URL + "/" }, StepDiscovery, ErrUntrusted, "calls itself"},
		{"document without token endpoint", func(f *fakeProvider) { f.meta = map[string]any{"token_endpoint": ""} }, StepDiscovery, ErrUntrusted, "token_endpoint"},
		{"document with a script for a URL", func(f *fakeProvider) { f.meta = map[string]any{"authorization_endpoint": "javascript:alert(1)"} }, StepDiscovery, ErrUntrusted, "authorization_endpoint"},
		{"UserInfo of another person", func(f *fakeProvider) { f.userInfo = map[string]any{"sub": "bob"} }, StepUserInfo, ErrUntrusted, "another person"},
		{"UserInfo of nobody", func(f *fakeProvider) { f.userInfo = map[string]any{} }, StepUserInfo, ErrUntrusted, "another person"},
		{"UserInfo refuses", func(f *fakeProvider) { f.meta = map[string]any{"userinfo_endpoint": f.URL + "/nowhere"} }, StepUserInfo, ErrRefused, "404"},
		{"UserInfo too large", func(f *fakeProvider) {
			f.userInfo = map[string]any{"sub": "ann", "x": strings.Repeat("x", maxAnswer)}
		}, StepUserInfo, ErrUnreachable, "could not be read"},
		{"UserInfo is away", func(f *fakeProvider) { f.meta = map[string]any{"userinfo_endpoint": "http://127.0.0.1:1/"} }, StepUserInfo, ErrUnreachable, "could not be reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			tt.bend(f)
			_, err := f.discovered(t).Exchange(t.Context(), "code", "verifier", f.nonce, "https://rp.example.com/cb")
			checkStep(t, err, tt.step, tt.is, tt.advice)
		})
	}
}

func TestWrongSecretIsNamed(t *testing.T) {
	f := newFake(t)
	p := f.explicit(t, func(c *ExplicitConfig) { c.ClientSecret = "wrong" })
	_, err := p.Exchange(t.Context(), "code", "", f.nonce, "https://rp.example.com/cb")
	se := checkStep(t, err, StepToken, ErrRefused, "The client secret was refused (invalid_client). Check config.client_id and config.client_secret.")
	if se.Status != 401 || se.Code != "invalid_client" || se.Description != "unknown client" {
		t.Errorf("got status %d, code %q, description %q; want 401, invalid_client and the words without control characters", se.Status, se.Code, se.Description)
	}
}

func TestExplicitNeedsEmail(t *testing.T) {
	f := newFake(t)
	f.claims["email"] = nil
	_, err := f.explicit(t, nil).Exchange(t.Context(), "code", "", f.nonce, "")
	checkStep(t, err, StepEmail, ErrNoEmail, "config.email_claim_name")

	f.claims["upn"] = "ann@corp.example.com"
	r, err := f.explicit(t, func(c *ExplicitConfig) { c.EmailClaimName = "upn" }).Exchange(t.Context(), "code", "", f.nonce, "")
	if err != nil || r.Email != "ann@corp.example.com" {
		t.Errorf("got %+v, %v; want the address of the claim upn", r, err)
	}
}

func TestUnknownKeysAreNotAskedForAgainAtOnce(t *testing.T) {
	f := newFake(t)
	f.sign = func(p []byte) string { return signWith(jose.ES256, f.key, "made-up", p) }
	p := f.discovered(t)
	for range 5 {
		if _, err := p.Exchange(t.Context(), "code", "", f.nonce, ""); !errors.Is(err, ErrUntrusted) {
			t.Fatalf("got %v, want %v", err, ErrUntrusted)
		}
	}
	if f.calls["keys"] != 1 {
		t.Errorf("got %d calls for keys, want 1", f.calls["keys"])
	}
	f.now = f.now.Add(keysInterval)
	p.Exchange(t.Context(), "code", "", f.nonce, "")
	if f.calls["keys"] != 2 {
		t.Errorf("got %d calls for keys after the interval, want 2", f.calls["keys"])
	}
}
