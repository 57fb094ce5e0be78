package access_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

func good() access.OIDC {
	return access.OIDC{
		ClientID: "client", ClientSecret: "the-secret", AuthURL: "https://idp.example.com/auth", TokenURL: "https://idp.example.com/token",
		CertsURL: "https://keys.example.com/jwks", Scopes: []string{"openid", "email"}, Claims: []string{"cognito:groups", "cognito:username", "address"},
	}
}

func TestLifeOfAProvider(t *testing.T) {
	world := newWorld(t)
	e := world.node(t).Providers
	p := must[*access.IdentityProvider](t)(e.Create(t.Context(), &access.IdentityProvider{Name: "Cognito", Config: good()}))
	stored := must[*access.IdentityProvider](t)(world.store.IdentityProvider(t.Context(), p.ID))
	if config, _ := json.Marshal(stored.Config); strings.Contains(string(config), "the-secret") || stored.Config.ClientSecret != "" {
		t.Errorf("the store has the secret in clear text: %s", config)
	}
	w := must[*access.Working](t)(e.Working(t.Context(), p.ID))
	if again := must[*access.Working](t)(e.Working(t.Context(), p.ID)); again.Provider != w.Provider {
		t.Error("Working made the provider again, want the same one: it has the fetched keys")
	}

	// Replace without a secret keeps the stored one. With a secret it changes.
	next := good()
	next.ClientSecret, next.Claims = "", []string{"cognito:groups"}
	world.Time = world.Add(time.Second)
	before := stored.Config.SealedSecret
	changed := must[*access.IdentityProvider](t)(e.Replace(t.Context(), p.ID, &access.IdentityProvider{Name: "New name", Config: next}))
	if string(changed.Config.SealedSecret) != string(before) || changed.Name != "New name" || changed.Revision != 2 {
		t.Errorf("got %+v, want the new name, revision 2 and the old secret", changed)
	}
	if again := must[*access.Working](t)(e.Working(t.Context(), p.ID)); again.Provider == w.Provider {
		t.Error("the changed provider works with its old settings")
	}
	next.ClientSecret = "another"
	changed = must[*access.IdentityProvider](t)(e.Replace(t.Context(), p.ID, &access.IdentityProvider{Name: "New name", Config: next}))
	if string(changed.Config.SealedSecret) == string(before) {
		t.Error("the secret did not change")
	}

	if err := e.Delete(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Get": errorOf(e.Get(t.Context(), p.ID)), "Working": errorOf(e.Working(t.Context(), p.ID)),
		"Replace": errorOf(e.Replace(t.Context(), p.ID, &access.IdentityProvider{Name: "x", Config: good()})), "Delete": e.Delete(t.Context(), p.ID),
	} {
		if !errors.Is(err, access.ErrProviderNotFound) {
			t.Errorf("%s: got %v, want ErrProviderNotFound", name, err)
		}
	}
	if e.Known(p.ID) != nil {
		t.Error("Known returns a deleted provider")
	}
}

// A stored secret never goes to another address: a change of any endpoint needs
// the secret again, and a refused change leaves the store as it was.
func TestAStoredSecretStaysWithItsAddresses(t *testing.T) {
	world := newWorld(t)
	e := world.node(t).Providers
	p := must[*access.IdentityProvider](t)(e.Create(t.Context(), &access.IdentityProvider{Name: "Cognito", Config: good()}))
	before := must[*access.IdentityProvider](t)(world.store.IdentityProvider(t.Context(), p.ID))
	for key, move := range map[string]func(*access.OIDC){
		"config.token_url": func(o *access.OIDC) { o.TokenURL = "https://evil.example.net/token" },
		"config.auth_url":  func(o *access.OIDC) { o.AuthURL = "https://evil.example.net/auth" },
		"config.certs_url": func(o *access.OIDC) { o.CertsURL = "https://evil.example.net/jwks" },
	} {
		next := good()
		next.ClientSecret = ""
		move(&next)
		draft := &access.IdentityProvider{Name: "Cognito", Config: next}
		if problems := e.Check(draft, before); len(problems) != 1 || problems[0].Key != "config.client_secret" || !strings.Contains(problems[0].Text, key) {
			t.Errorf("%s: Check: got %v, want config.client_secret required", key, problems)
		}
		if err := errorOf(e.Replace(t.Context(), p.ID, draft)); !errors.Is(err, access.ErrProviderInvalid) {
			t.Errorf("%s: Replace: got %v, want ErrProviderInvalid", key, err)
		}
		after := must[*access.IdentityProvider](t)(world.store.IdentityProvider(t.Context(), p.ID))
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s: the refused change is in the store: %s", key, diff)
		}
		next.ClientSecret = "the-secret"
		if problems := e.Check(&access.IdentityProvider{Name: "Cognito", Config: next}, before); len(problems) > 0 {
			t.Errorf("%s, with the secret: got %v, want no problem", key, problems)
		}
	}
}

func TestDeclaredProviders(t *testing.T) {
	e := newWorld(t).node(t).Providers
	made := must[*access.IdentityProvider](t)(e.Create(t.Context(), &access.IdentityProvider{Name: "Made", Config: good()}))
	if err := e.SetDeclared([]*access.IdentityProvider{{ID: "d", Name: "Declared", Config: good()}}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range must[[]*access.IdentityProvider](t)(e.List(t.Context())) {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"Declared", "Made"}, names); diff != "" {
		t.Error(diff)
	}
	if len(must[[]*access.Working](t)(e.AllWorking(t.Context()))) != 2 {
		t.Error("AllWorking: want both providers")
	}
	if err := errorOf(e.Replace(t.Context(), "d", &access.IdentityProvider{Name: "x", Config: good()})); !errors.Is(err, access.ErrProviderDeclared) {
		t.Errorf("Replace: got %v, want ErrProviderDeclared", err)
	}
	if err := e.Delete(t.Context(), "d"); !errors.Is(err, access.ErrProviderDeclared) {
		t.Errorf("Delete: got %v, want ErrProviderDeclared", err)
	}
	// A reload removes a declared provider, and declares one from the store.
	if err := e.SetDeclared([]*access.IdentityProvider{{ID: made.ID, Name: "Now declared", Config: good()}}); err != nil {
		t.Fatal(err)
	}
	list := must[[]*access.IdentityProvider](t)(e.List(t.Context()))
	if len(list) != 1 || list[0].Name != "Now declared" {
		t.Errorf("got %d providers, want the declared one alone", len(list))
	}
	bad := good()
	bad.AuthURL = ""
	if err := e.SetDeclared([]*access.IdentityProvider{{ID: "d", Name: "x", Config: bad}}); !errors.Is(err, access.ErrProviderInvalid) {
		t.Errorf("SetDeclared: got %v, want ErrProviderInvalid", err)
	}
}

// A change on another node takes effect within Freshness.
func TestFreshness(t *testing.T) {
	world := newWorld(t)
	e, other := world.node(t).Providers, world.node(t).Providers
	p := must[*access.IdentityProvider](t)(e.Create(t.Context(), &access.IdentityProvider{Name: "Cognito", Config: good()}))
	must[*access.Working](t)(e.Working(t.Context(), p.ID))
	if err := other.Delete(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	world.Time = world.Add(access.Freshness)
	if err := errorOf(e.Working(t.Context(), p.ID)); !errors.Is(err, access.ErrProviderNotFound) {
		t.Errorf("got %v, want ErrProviderNotFound", err)
	}
}

// With a clock that stepped back, a provider that another node deleted signed people
// in until the clock had caught up.
func TestFreshnessAfterTheClockSteppedBack(t *testing.T) {
	world := newWorld(t)
	e, other := world.node(t).Providers, world.node(t).Providers
	p := must[*access.IdentityProvider](t)(e.Create(t.Context(), &access.IdentityProvider{Name: "Cognito", Config: good()}))
	must[*access.Working](t)(e.Working(t.Context(), p.ID))
	if err := other.Delete(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	world.Time = world.Add(-time.Hour)
	if err := errorOf(e.Working(t.Context(), p.ID)); !errors.Is(err, access.ErrProviderNotFound) {
		t.Errorf("got %v, want ErrProviderNotFound", err)
	}
}

// A provider whose client secret can't be opened says so. The others still work.
func TestLostMasterKeys(t *testing.T) {
	world := newWorld(t)
	e, next := world.node(t).Providers, world.nodeWith(t, newSealer(t)).Providers
	lost := must[*access.IdentityProvider](t)(e.Create(t.Context(), &access.IdentityProvider{Name: "Lost", Config: good()}))
	fine := must[*access.IdentityProvider](t)(next.Create(t.Context(), &access.IdentityProvider{Name: "Fine", Config: good()}))
	if err := errorOf(next.Working(t.Context(), lost.ID)); !errors.Is(err, access.ErrProviderInvalid) {
		t.Errorf("got %v, want ErrProviderInvalid", err)
	}
	must[*access.Working](t)(next.Working(t.Context(), fine.ID))
	if list := must[[]*access.Working](t)(next.AllWorking(t.Context())); len(list) != 1 {
		t.Errorf("%d providers work, want 1", len(list))
	}
}

func TestProblems(t *testing.T) {
	e := newWorld(t).node(t).Providers
	for _, c := range []struct {
		name   string
		change func(*access.OIDC)
		want   string // the key of the one problem; "": none
	}{
		{"right", func(*access.OIDC) {}, ""},
		{"no scopes", func(o *access.OIDC) { o.Scopes = nil }, ""},
		{"loopback", func(o *access.OIDC) { o.TokenURL = "http://localhost:9229/token" }, ""},
		{"a pool's host", func(o *access.OIDC) { o.TokenURL = "http://staff.auth.localhost:9229/token" }, ""},
		{"own query", func(o *access.OIDC) { o.AuthURL = "https://idp.example.com/auth?p=policy" }, ""},
		{"no client", func(o *access.OIDC) { o.ClientID = " " }, "config.client_id"},
		{"no secret", func(o *access.OIDC) { o.ClientSecret = "" }, "config.client_secret"},
		{"plain http", func(o *access.OIDC) { o.CertsURL = "http://keys.example.com/" }, "config.certs_url"},
		{"no host", func(o *access.OIDC) { o.AuthURL = "https:///auth" }, "config.auth_url"},
		{"script", func(o *access.OIDC) { o.AuthURL = "javascript:alert(1)" }, "config.auth_url"},
		{"password", func(o *access.OIDC) { o.TokenURL = "https://a:b@idp.example.com/" }, "config.token_url"},
		{"fragment", func(o *access.OIDC) { o.TokenURL = "https://idp.example.com/#x" }, "config.token_url"},
		{"long", func(o *access.OIDC) { o.TokenURL = "https://idp.example.com/" + strings.Repeat("x", 2048) }, "config.token_url"},
		{"no openid", func(o *access.OIDC) { o.Scopes = []string{"email"} }, "config.scopes"},
		{"two scopes in one", func(o *access.OIDC) { o.Scopes = []string{"openid", "email profile"} }, "config.scopes"},
		{"empty claim", func(o *access.OIDC) { o.Claims = []string{""} }, "config.claims[0]"},
		{"claim twice", func(o *access.OIDC) { o.Claims = []string{"a", "a"} }, "config.claims[1]"},
		{"line break", func(o *access.OIDC) { o.EmailClaimName = "a\nb" }, "config.email_claim_name"},
		{"many", func(o *access.OIDC) { o.Claims = make([]string, 101) }, "config.claims"},
	} {
		o := good()
		c.change(&o)
		var got string
		for _, p := range e.Check(&access.IdentityProvider{Name: "name", Config: o}, nil) {
			got += p.Key
			if !strings.HasPrefix(p.Text, p.Key+" ") {
				t.Errorf("%s: text %q does not begin with its key", c.name, p.Text)
			}
		}
		if got != c.want {
			t.Errorf("%s: problems with %q, want %q", c.name, got, c.want)
		}
	}
	if p := e.Check(&access.IdentityProvider{Config: good()}, nil); len(p) != 1 || p[0].Key != "name" {
		t.Errorf("got %v, want one problem with the name", p)
	}
	if err := errorOf(e.Create(t.Context(), &access.IdentityProvider{})); !errors.Is(err, access.ErrProviderInvalid) || strings.Count(err.Error(), "required") != 6 {
		t.Errorf("got %v, want everything that is wrong at once", err)
	}
}

func TestIdentity(t *testing.T) {
	p := &access.IdentityProvider{ID: "p", Config: good()}
	r := &relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Name: "Alice", Claims: map[string]any{
		"sub": "u-1", "email": "other@example.com", "email_verified": true, "name": "Alice", "iss": "https://idp.example.com", "aud": "client", "exp": 1.0,
		"cognito:groups": []any{"admins"}, "cognito:username": "alice", "GROUPS": []any{"staff"}, "address": map[string]any{"country": "DE"},
		"role": "root", "cognito": map[string]any{"groups": "forged"}, "amr": []any{"mfa"},
	}}
	if diff := cmp.Diff(identity.Identity{UserID: "u-1", Email: "alice@example.com", Name: "Alice", Provider: "p", Groups: []string{"staff"}, Claims: identity.NewClaims(map[string][]any{
		"sub": {"u-1"}, "email": {"alice@example.com"}, "email_verified": {true}, "name": {"Alice"}, "cognito:groups": {"admins"}, "cognito:username": {"alice"},
		"GROUPS": {"staff"}, "address.country": {"DE"}, "amr": {"mfa"},
	})}, p.Identity(r)); diff != "" {
		t.Errorf("Identity (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"cognito:groups": []any{"admins"}, "cognito:username": "alice", "address": map[string]any{"country": "DE"}}, p.Fields(r)); diff != "" {
		t.Errorf("Fields (-want +got):\n%s", diff)
	}
	p.Config.Claims = []string{"groups", "Groups"}
	if got := p.Fields(r); len(got) != 0 {
		t.Errorf("Fields = %v, want none: get-identity has a key of its own for groups", got)
	}
}

func TestUserUUID(t *testing.T) {
	of := func(account, provider, user, email string) string {
		return access.UserUUID(account, identity.Identity{Provider: provider, UserID: user, Email: email})
	}
	a := of("account", "p", "u-1", "alice@example.com")
	if a != of("account", "p", "u-1", "new@example.com") || len(a) != 36 {
		t.Errorf("UserUUID = %q and changes with the address", a)
	}
	for _, b := range []string{of("account", "p", "u-2", "alice@example.com"), of("account", "q", "u-1", "alice@example.com"), of("other", "p", "u-1", "alice@example.com")} {
		if a == b {
			t.Errorf("UserUUID = %q for two people", a)
		}
	}
}
