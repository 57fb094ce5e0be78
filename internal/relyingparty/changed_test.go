package relyingparty

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"
	"time"
)

// Each fact that we keep of a provider changes while it is not old.
func TestAProviderChanges(t *testing.T) {
	newKey := func(f *fakeProvider) {
		f.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // under the same key id
	}
	nothing := func(f *fakeProvider) { f.meta = nil }
	tests := []struct {
		name string
		old  map[string]any // of the discovery document
		then func(*fakeProvider)
	}{
		{"the token endpoint moves", map[string]any{"token_endpoint": "/gone"}, nothing},
		{"the UserInfo endpoint moves", map[string]any{"userinfo_endpoint": "/gone"}, nothing},
		{"the keys move", map[string]any{"jwks_uri": "/gone"}, nothing},
		{"another algorithm signs", map[string]any{"id_token_signing_alg_values_supported": []string{"RS256"}}, nothing},
		{"another key has the id", nil, newKey},
		{"the secret goes into the body", nil, func(f *fakeProvider) { f.post = true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.claims["nonce"] = nil
			f.meta = map[string]any{}
			for name, value := range tt.old {
				if path, ok := value.(string); ok {
					value = f.URL + path
				}
				f.meta[name] = value
			}
			p := f.discovered(t)
			_, before := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "ann"})
			if gone := tt.old != nil; (before != nil) != gone {
				t.Fatalf("before the change: got %v", before)
			}
			f.mu.Lock()
			tt.then(f)
			f.now = f.now.Add(time.Minute)
			f.mu.Unlock()
			if r, err := p.Refresh(t.Context(), Held{Tokens: Tokens{Refresh: "rt"}, UserID: "ann"}); err != nil || r.Email != "ann@example.com" {
				t.Errorf("refresh after the change: got %v, %v; want ann", r, err)
			}
			f.claims["nonce"] = f.nonce
			if _, err := p.Exchange(t.Context(), "code", "v", f.nonce, ""); err != nil {
				t.Errorf("sign-in after the change: %v", err)
			}
		})
	}
}

// An explicit provider has no discovery document, but keys and a client.
func TestAnExplicitProviderChanges(t *testing.T) {
	f := newFake(t)
	p := f.explicit(t, nil)
	if _, err := p.Exchange(t.Context(), "code", "", f.nonce, ""); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	f.post = true
	f.now = f.now.Add(time.Minute)
	f.mu.Unlock()
	if _, err := p.Exchange(t.Context(), "code", "", f.nonce, ""); err != nil {
		t.Errorf("after the change: %v", err)
	}
}

// Whoever sends tokens with wrong signatures makes us fetch no more often than the
// limit says.
func TestWrongSignaturesDoNotFloodTheProvider(t *testing.T) {
	f := newFake(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f.sign = func(payload []byte) string { return signWith("ES256", other, "k1", payload) }
	p := f.discovered(t)
	for range 20 {
		if _, err := p.Exchange(t.Context(), "code", "v", f.nonce, ""); !errors.Is(err, ErrUntrusted) {
			t.Fatalf("got %v, want %v", err, ErrUntrusted)
		}
	}
	if f.calls["keys"] != 1 || f.calls["discovery"] != 1 {
		t.Errorf("in one moment: got %d fetches of the keys and %d of the document, want 1 and 1", f.calls["keys"], f.calls["discovery"])
	}
	f.mu.Lock()
	f.now = f.now.Add(time.Minute)
	f.mu.Unlock()
	for range 20 {
		p.Exchange(t.Context(), "code", "v", f.nonce, "")
	}
	if f.calls["keys"] != 2 || f.calls["discovery"] != 2 {
		t.Errorf("a minute later: got %d fetches of the keys and %d of the document, want 2 and 2", f.calls["keys"], f.calls["discovery"])
	}
}
