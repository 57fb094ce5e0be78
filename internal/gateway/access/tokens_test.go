package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/testing/forge"
)

// maxTokenLength fits into a cookie.
const maxTokenLength = 3800

func newTokens(t testing.TB) (*access.Tokens, *world) {
	w := newWorld(t)
	return w.node(t).Tokens, w
}

func claimsAt(now time.Time, ts *access.Tokens) access.Claims {
	return access.Claims{
		Type: access.TypeApp, Audience: []string{ts.Audience("app.example.com")}, IssuedAt: now.Unix(), NotBefore: now.Unix(), Expiry: now.Add(time.Hour).Unix(),
		Email: "alice@example.com", Subject: "uuid", Nonce: "nonce", Session: "session", Custom: map[string]any{"cognito:groups": []any{"admins"}},
	}
}

func TestTokens(t *testing.T) {
	ts, c := newTokens(t)
	token := must[string](t)(ts.Issue(t.Context(), claimsAt(c.Time, ts)))
	app := ts.Audience("app.example.com")
	got := must[*access.Claims](t)(ts.Verify(t.Context(), token, app, access.TypeApp))
	if got.Session != "session" || got.Issuer != "https://team.example.com" || got.Custom["cognito:groups"] == nil {
		t.Errorf("got %+v, want what was issued", got)
	}
	must[*access.Claims](t)(ts.Verify(t.Context(), token, "", access.TypeOrg, access.TypeApp))
	// Another node has the same key.
	must[*access.Claims](t)(c.node(t).Tokens.Verify(t.Context(), token, app, access.TypeApp))

	parts := strings.Split(token, ".")
	for name, try := range map[string]struct{ token, audience, kind string }{
		"another audience": {token, ts.Audience("other.example.com"), access.TypeApp},
		"another type":     {token, app, access.TypeOrg},
		"empty":            {"", app, access.TypeApp},
		"cut":              {token[:len(token)-4], app, access.TypeApp},
		"no signature":     {parts[0] + "." + parts[1] + ".", app, access.TypeApp},
		"changed":          {forge.Claims(token), app, access.TypeApp},
		"other signature":  {forge.Signature(token), app, access.TypeApp},
		"huge":             {token + strings.Repeat("A", 8000), app, access.TypeApp},
	} {
		if _, err := ts.Verify(t.Context(), try.token, try.audience, try.kind); !errors.Is(err, access.ErrToken) {
			t.Errorf("%s: got %v, want ErrToken", name, err)
		}
	}
	c.Time = c.Add(time.Hour)
	if _, err := ts.Verify(t.Context(), token, app, access.TypeApp); !errors.Is(err, access.ErrToken) {
		t.Errorf("expired, and known as good: got %v, want ErrToken", err)
	}
	early := claimsAt(c.Add(10*time.Minute), ts)
	if _, err := ts.Verify(t.Context(), must[string](t)(ts.Issue(t.Context(), early)), app, access.TypeApp); !errors.Is(err, access.ErrToken) {
		t.Errorf("not valid yet: got %v, want ErrToken", err)
	}
}

// A token that would not fit into a cookie goes without the custom claims.
func TestLargeToken(t *testing.T) {
	ts, c := newTokens(t)
	claims := claimsAt(c.Time, ts)
	claims.Custom = map[string]any{"groups": strings.Repeat("x", 5000)}
	token := must[string](t)(ts.Issue(t.Context(), claims))
	if len(token) > maxTokenLength {
		t.Errorf("the token has %d characters, want at most %d", len(token), maxTokenLength)
	}
	if got := must[*access.Claims](t)(ts.Verify(t.Context(), token, "", access.TypeApp)); got.Custom != nil {
		t.Errorf("custom = %v, want none", got.Custom)
	}
	claims.Custom = map[string]any{"groups": strings.Repeat("x", 1500)}
	token = must[string](t)(ts.Issue(t.Context(), claims))
	if got := must[*access.Claims](t)(ts.Verify(t.Context(), token, "", access.TypeApp)); got.Custom == nil || len(token) > maxTokenLength {
		t.Errorf("custom is missing from a token of %d characters", len(token))
	}
}

func TestAudience(t *testing.T) {
	ts, w := newTokens(t)
	other := access.New(access.Config{Store: w.store, Account: "other"})
	t.Cleanup(other.Close)
	a := ts.Audience("app.example.com")
	if len(a) != 64 || a == ts.Audience("b.example.com") || a == other.Tokens.Audience("app.example.com") || a != ts.Audience("app.example.com") {
		t.Errorf("Audience = %q, want 64 digits for each host and account", a)
	}
}

func TestLostTeamKey(t *testing.T) {
	ts, w := newTokens(t)
	must[string](t)(ts.Issue(t.Context(), access.Claims{}))
	if err := w.nodeWith(t, newSealer(t)).Keys.Prepare(t.Context()); err == nil {
		t.Error("Prepare replaced a team key that it could not open, want an error")
	}
}

func BenchmarkVerifyKnown(b *testing.B) {
	ts, c := newTokens(b)
	token, err := ts.Issue(b.Context(), claimsAt(c.Time, ts))
	if err != nil {
		b.Fatal(err)
	}
	audience := ts.Audience("app.example.com")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ts.Verify(b.Context(), token, audience, access.TypeApp); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	ts, c := newTokens(b)
	claims := claimsAt(c.Time, ts)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ts.Issue(b.Context(), claims); err != nil {
			b.Fatal(err)
		}
	}
}
