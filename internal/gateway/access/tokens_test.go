package access

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/testing/forge"
)

var sealer = sync.OnceValue(func() *seal.Sealer {
	s, err := seal.New()
	if err != nil {
		panic(err)
	}
	return s
})

var teamKeys = sync.OnceValue(func() *MemoryStore { return &MemoryStore{} })

func newTokens(t testing.TB, c *clock) *Tokens {
	ts := &Tokens{Store: teamKeys(), Sealer: sealer(), Issuer: "https://team.example.com", Account: "account", Now: c.now}
	t.Cleanup(ts.Close)
	return ts
}

func claimsAt(now time.Time, ts *Tokens) Claims {
	return Claims{
		Type: TypeApp, Audience: []string{ts.Audience("app.example.com")}, IssuedAt: now.Unix(), NotBefore: now.Unix(), Expiry: now.Add(time.Hour).Unix(),
		Email: "alice@example.com", Subject: "uuid", Nonce: "nonce", Session: "session", Custom: map[string]any{"cognito:groups": []any{"admins"}},
	}
}

func TestTokens(t *testing.T) {
	c := &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	ts := newTokens(t, c)
	token := must[string](t)(ts.Issue(t.Context(), claimsAt(c.Time, ts)))
	app := ts.Audience("app.example.com")
	got := must[*Claims](t)(ts.Verify(t.Context(), token, app, TypeApp))
	if got.Session != "session" || got.Issuer != "https://team.example.com" || got.Custom["cognito:groups"] == nil {
		t.Errorf("got %+v, want what was issued", got)
	}
	must[*Claims](t)(ts.Verify(t.Context(), token, "", TypeOrg, TypeApp))
	// Another node has the same key.
	must[*Claims](t)(newTokens(t, c).Verify(t.Context(), token, app, TypeApp))

	parts := strings.Split(token, ".")
	for name, try := range map[string]struct{ token, audience, kind string }{
		"another audience": {token, ts.Audience("other.example.com"), TypeApp},
		"another type":     {token, app, TypeOrg},
		"empty":            {"", app, TypeApp},
		"cut":              {token[:len(token)-4], app, TypeApp},
		"no signature":     {parts[0] + "." + parts[1] + ".", app, TypeApp},
		"changed":          {forge.Claims(token), app, TypeApp},
		"other signature":  {forge.Signature(token), app, TypeApp},
		"huge":             {token + strings.Repeat("A", 8000), app, TypeApp},
	} {
		if _, err := ts.Verify(t.Context(), try.token, try.audience, try.kind); !errors.Is(err, ErrToken) {
			t.Errorf("%s: got %v, want ErrToken", name, err)
		}
	}
	c.Time = c.Add(time.Hour)
	if _, err := ts.Verify(t.Context(), token, app, TypeApp); !errors.Is(err, ErrToken) {
		t.Errorf("expired, and known as good: got %v, want ErrToken", err)
	}
	early := claimsAt(c.Add(10*time.Minute), ts)
	if _, err := ts.Verify(t.Context(), must[string](t)(ts.Issue(t.Context(), early)), app, TypeApp); !errors.Is(err, ErrToken) {
		t.Errorf("not valid yet: got %v, want ErrToken", err)
	}
}

// A token that would not fit into a cookie goes without the custom claims.
func TestLargeToken(t *testing.T) {
	c := &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	ts := newTokens(t, c)
	claims := claimsAt(c.Time, ts)
	claims.Custom = map[string]any{"groups": strings.Repeat("x", 5000)}
	token := must[string](t)(ts.Issue(t.Context(), claims))
	if len(token) > maxTokenLength {
		t.Errorf("the token has %d characters, want at most %d", len(token), maxTokenLength)
	}
	if got := must[*Claims](t)(ts.Verify(t.Context(), token, "", TypeApp)); got.Custom != nil {
		t.Errorf("custom = %v, want none", got.Custom)
	}
	claims.Custom = map[string]any{"groups": strings.Repeat("x", 1500)}
	token = must[string](t)(ts.Issue(t.Context(), claims))
	if got := must[*Claims](t)(ts.Verify(t.Context(), token, "", TypeApp)); got.Custom == nil || len(token) > maxTokenLength {
		t.Errorf("custom is missing from a token of %d characters", len(token))
	}
}

func TestAudience(t *testing.T) {
	ts := &Tokens{Account: "account"}
	a := ts.Audience("app.example.com")
	if len(a) != 64 || a == ts.Audience("b.example.com") || a == (&Tokens{Account: "other"}).Audience("app.example.com") || a != ts.Audience("app.example.com") {
		t.Errorf("Audience = %q, want 64 digits for each host and account", a)
	}
}

func TestLostTeamKey(t *testing.T) {
	c := &clock{time.Now()}
	must[string](t)(newTokens(t, c).Issue(t.Context(), Claims{}))
	other, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	ts := &Tokens{Store: teamKeys(), Sealer: other, Issuer: "https://team.example.com", Now: c.now}
	t.Cleanup(ts.Close)
	if err := ts.Prepare(t.Context()); err == nil {
		t.Error("a key that does not open was replaced in silence, want an error")
	}
}

func BenchmarkVerifyKnown(b *testing.B) {
	c := &clock{time.Now()}
	ts := newTokens(b, c)
	token, err := ts.Issue(b.Context(), claimsAt(c.Time, ts))
	if err != nil {
		b.Fatal(err)
	}
	audience := ts.Audience("app.example.com")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ts.Verify(b.Context(), token, audience, TypeApp); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	c := &clock{time.Now()}
	ts := newTokens(b, c)
	claims := claimsAt(c.Time, ts)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ts.Issue(b.Context(), claims); err != nil {
			b.Fatal(err)
		}
	}
}
