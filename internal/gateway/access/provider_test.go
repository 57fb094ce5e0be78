package access

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/relyingparty"
)

type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newEngine(t *testing.T) (*Engine, *MemoryStore, *clock) {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	store := &MemoryStore{}
	return &Engine{Store: store, Sealer: sealer, Now: c.now}, store, c
}

func good() OIDC {
	return OIDC{
		ClientID: "client", ClientSecret: "the-secret", AuthURL: "https://idp.example.com/auth", TokenURL: "https://idp.example.com/token",
		CertsURL: "https://keys.example.com/jwks", Scopes: []string{"openid", "email"}, Claims: []string{"cognito:groups", "cognito:username", "address"},
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestLifeOfAProvider(t *testing.T) {
	e, store, c := newEngine(t)
	p := must[*IdentityProvider](t)(e.Create(t.Context(), "Cognito", good()))
	stored, _ := json.Marshal(store.providers[p.ID])
	if strings.Contains(string(stored), "the-secret") || store.providers[p.ID].Config.ClientSecret != "" {
		t.Errorf("the store holds the secret in clear: %s", stored)
	}
	w := must[*Working](t)(e.Working(t.Context(), p.ID))
	if again := must[*Working](t)(e.Working(t.Context(), p.ID)); again.Provider != w.Provider {
		t.Error("the provider was made twice, want it kept: its keys are in it")
	}

	// Without a secret the stored one stays; with one it changes.
	next := good()
	next.ClientSecret, next.AuthURL = "", "https://other.example.com/auth"
	c.Time = c.Add(time.Second)
	before := store.providers[p.ID].Config.SealedSecret
	changed := must[*IdentityProvider](t)(e.Replace(t.Context(), p.ID, "New name", next))
	if string(changed.Config.SealedSecret) != string(before) || changed.Name != "New name" || changed.Revision != 2 {
		t.Errorf("got %+v, want the new name, revision 2 and the old secret", changed)
	}
	if again := must[*Working](t)(e.Working(t.Context(), p.ID)); again.Provider == w.Provider {
		t.Error("the changed provider works with its old settings")
	}
	next.ClientSecret = "another"
	changed = must[*IdentityProvider](t)(e.Replace(t.Context(), p.ID, "New name", next))
	if string(changed.Config.SealedSecret) == string(before) {
		t.Error("the secret did not change")
	}

	if err := e.Delete(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Get": second(e.Get(t.Context(), p.ID)), "Working": second(e.Working(t.Context(), p.ID)),
		"Replace": second(e.Replace(t.Context(), p.ID, "x", good())), "Delete": e.Delete(t.Context(), p.ID),
	} {
		if !errors.Is(err, ErrProviderNotFound) {
			t.Errorf("%s: got %v, want ErrProviderNotFound", name, err)
		}
	}
	if e.Known(p.ID) != nil {
		t.Error("Known returns a deleted provider")
	}
}

func second[T any](_ T, err error) error { return err }

func TestDeclared(t *testing.T) {
	e, _, _ := newEngine(t)
	made := must[*IdentityProvider](t)(e.Create(t.Context(), "Made", good()))
	if err := e.SetDeclared([]*IdentityProvider{{ID: "d", Name: "Declared", Config: good()}}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range must[[]*IdentityProvider](t)(e.List(t.Context())) {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"Declared", "Made"}, names); diff != "" {
		t.Error(diff)
	}
	if len(must[[]*Working](t)(e.AllWorking(t.Context()))) != 2 {
		t.Error("want both to work")
	}
	if err := second(e.Replace(t.Context(), "d", "x", good())); !errors.Is(err, ErrProviderDeclared) {
		t.Errorf("Replace: got %v, want ErrProviderDeclared", err)
	}
	if err := e.Delete(t.Context(), "d"); !errors.Is(err, ErrProviderDeclared) {
		t.Errorf("Delete: got %v, want ErrProviderDeclared", err)
	}
	// A reload takes one away, and declares what was made by the API before.
	if err := e.SetDeclared([]*IdentityProvider{{ID: made.ID, Name: "Now declared", Config: good()}}); err != nil {
		t.Fatal(err)
	}
	list := must[[]*IdentityProvider](t)(e.List(t.Context()))
	if len(list) != 1 || list[0].Name != "Now declared" {
		t.Errorf("got %d providers, want the declared one alone", len(list))
	}
	bad := good()
	bad.AuthURL = ""
	if err := e.SetDeclared([]*IdentityProvider{{ID: "d", Name: "x", Config: bad}}); !errors.Is(err, ErrProviderInvalid) {
		t.Errorf("SetDeclared: got %v, want ErrProviderInvalid", err)
	}
}

// What another node changes holds here after Freshness at the latest.
func TestFreshness(t *testing.T) {
	e, store, c := newEngine(t)
	other := &Engine{Store: store, Sealer: e.Sealer, Now: c.now}
	p := must[*IdentityProvider](t)(e.Create(t.Context(), "Cognito", good()))
	must[*Working](t)(e.Working(t.Context(), p.ID))
	if err := other.Delete(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	c.Time = c.Add(Freshness)
	if err := second(e.Working(t.Context(), p.ID)); !errors.Is(err, ErrProviderNotFound) {
		t.Errorf("got %v, want ErrProviderNotFound", err)
	}
}

// A provider whose secret does not open says so and leaves the others alone.
func TestLostMasterKeys(t *testing.T) {
	e, store, c := newEngine(t)
	lost := must[*IdentityProvider](t)(e.Create(t.Context(), "Lost", good()))
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	next := &Engine{Store: store, Sealer: sealer, Now: c.now}
	fine := must[*IdentityProvider](t)(next.Create(t.Context(), "Fine", good()))
	if err := second(next.Working(t.Context(), lost.ID)); !errors.Is(err, ErrProviderInvalid) {
		t.Errorf("got %v, want ErrProviderInvalid", err)
	}
	must[*Working](t)(next.Working(t.Context(), fine.ID))
	if list := must[[]*Working](t)(next.AllWorking(t.Context())); len(list) != 1 {
		t.Errorf("%d providers work, want 1", len(list))
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*OIDC)
		want   string // the key of the one problem; "": none
	}{
		{"right", func(*OIDC) {}, ""},
		{"no scopes", func(o *OIDC) { o.Scopes = nil }, ""},
		{"loopback", func(o *OIDC) { o.TokenURL = "http://localhost:9229/token" }, ""},
		{"a pool's host", func(o *OIDC) { o.TokenURL = "http://staff.auth.localhost:9229/token" }, ""},
		{"own query", func(o *OIDC) { o.AuthURL = "https://idp.example.com/auth?p=policy" }, ""},
		{"no client", func(o *OIDC) { o.ClientID = " " }, "config.client_id"},
		{"no secret", func(o *OIDC) { o.ClientSecret = "" }, "config.client_secret"},
		{"plain http", func(o *OIDC) { o.CertsURL = "http://keys.example.com/" }, "config.certs_url"},
		{"no host", func(o *OIDC) { o.AuthURL = "https:///auth" }, "config.auth_url"},
		{"script", func(o *OIDC) { o.AuthURL = "javascript:alert(1)" }, "config.auth_url"},
		{"password", func(o *OIDC) { o.TokenURL = "https://a:b@idp.example.com/" }, "config.token_url"},
		{"fragment", func(o *OIDC) { o.TokenURL = "https://idp.example.com/#x" }, "config.token_url"},
		{"long", func(o *OIDC) { o.TokenURL = "https://idp.example.com/" + strings.Repeat("x", maxURL) }, "config.token_url"},
		{"no openid", func(o *OIDC) { o.Scopes = []string{"email"} }, "config.scopes"},
		{"two scopes in one", func(o *OIDC) { o.Scopes = []string{"openid", "email profile"} }, "config.scopes"},
		{"empty claim", func(o *OIDC) { o.Claims = []string{""} }, "config.claims[0]"},
		{"claim twice", func(o *OIDC) { o.Claims = []string{"a", "a"} }, "config.claims[1]"},
		{"line break", func(o *OIDC) { o.EmailClaimName = "a\nb" }, "config.email_claim_name"},
		{"many", func(o *OIDC) { o.Claims = make([]string, maxList+1) }, "config.claims"},
	} {
		o := good()
		c.change(&o)
		var got string
		for _, p := range Problems("name", o, false) {
			got += p.Key
			if !strings.HasPrefix(p.Text, p.Key+" ") {
				t.Errorf("%s: text %q does not begin with its key", c.name, p.Text)
			}
		}
		if got != c.want {
			t.Errorf("%s: problems with %q, want %q", c.name, got, c.want)
		}
	}
	if p := Problems("", good(), false); len(p) != 1 || p[0].Key != "name" {
		t.Errorf("got %v, want one problem with the name", p)
	}
	e, _, _ := newEngine(t)
	if err := second(e.Create(context.Background(), "", OIDC{})); !errors.Is(err, ErrProviderInvalid) || strings.Count(err.Error(), "required") != 6 {
		t.Errorf("got %v, want everything that is wrong at once", err)
	}
}

func TestIdentity(t *testing.T) {
	p := &IdentityProvider{ID: "p", Config: good()}
	r := &relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Name: "Alice", Claims: map[string]any{
		"sub": "u-1", "email": "other@example.com", "email_verified": true, "name": "Alice", "iss": "https://idp.example.com", "aud": "client", "exp": 1.0,
		"cognito:groups": []any{"admins"}, "cognito:username": "alice", "GROUPS": []any{"staff"}, "address": map[string]any{"country": "DE"},
		"role": "root", "cognito": map[string]any{"groups": "forged"}, "amr": []any{"mfa"},
	}}
	if diff := cmp.Diff(policy.Identity{UserID: "u-1", Email: "alice@example.com", Name: "Alice", Provider: "p", Groups: []string{"staff"}, Claims: map[string][]any{
		"sub": {"u-1"}, "email": {"alice@example.com"}, "email_verified": {true}, "name": {"Alice"}, "cognito:groups": {"admins"}, "cognito:username": {"alice"},
		"GROUPS": {"staff"}, "address.country": {"DE"}, "amr": {"mfa"},
	}}, p.Identity(r)); diff != "" {
		t.Errorf("Identity (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"cognito:groups": []any{"admins"}, "cognito:username": "alice", "address": map[string]any{"country": "DE"}}, p.Fields(r)); diff != "" {
		t.Errorf("Fields (-want +got):\n%s", diff)
	}
	p.Config.Claims = []string{"groups", "Groups"}
	if got := p.Fields(r); len(got) != 0 {
		t.Errorf("Fields = %v, want none: groups have a place of their own", got)
	}
}

func TestUserUUID(t *testing.T) {
	a := UserUUID("account", "alice@example.com")
	if a != UserUUID("account", "Alice@Example.com") || a == UserUUID("account", "bob@example.com") || a == UserUUID("other", "alice@example.com") || len(a) != 36 {
		t.Errorf("UserUUID = %q, want one for each address and account", a)
	}
}
