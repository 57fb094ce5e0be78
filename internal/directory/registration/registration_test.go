package registration_test

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/registration"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const address = "https://notes.example.net/callback"

const here = "203.0.113.7"

// world is a pool in which applications may register themselves.
type world struct {
	*enginetest.Directory
	*registration.Engine
	t *testing.T
}

func newWorld(t *testing.T, change func(*userpool.Registration)) *world {
	t.Helper()
	r := &userpool.Registration{On: true, Open: true, Grants: userpool.DefaultGrants(), OpenGrants: userpool.DefaultOpenGrants(), Scopes: []string{"api/read", "gone/read"}}
	if change != nil {
		change(r)
	}
	d := enginetest.New(t, userpool.Settings{Registration: r})
	d.AddResourceServer("api", "read", "write")
	return &world{d, &registration.Engine{Pools: d.Pools, Tokens: d.Tokens, Credentials: d.Credentials}, t}
}

// token returns a token of a machine with the scopes.
func (w *world) token(scopes ...string) *seal.Secret {
	w.t.Helper()
	c := w.MustNewClient(userpool.NewClient{GenerateSecret: true, Settings: userpool.ClientSettings{
		OAuth: true, Grants: []string{userpool.GrantClientCredentials}, Scopes: scopes,
	}})
	got, err := w.Directory.Tokens.ClientCredentials(w.t.Context(), w.Pool, c, token.MachineRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	return &got.Access
}

// clients returns how many clients the pool has.
func (w *world) clients() int {
	w.t.Helper()
	all, _, err := w.Directory.Pools.ListClients(w.t.Context(), w.Pool.ID, "", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(all)
}

func TestWhatAnApplicationGets(t *testing.T) {
	w := newWorld(t, nil)
	registrar := w.token(userpool.ScopeRegister)
	type m = registration.Metadata
	there := []string{address}
	tests := []struct {
		name   string
		bearer *seal.Secret
		in     m
		want   userpool.ClientSettings
		secret bool
		called string
		origin userpool.Origin
	}{
		{"the least", nil, m{RedirectURIs: there}, userpool.ClientSettings{Grants: []string{"code"}, Scopes: []string{"api/read", "email", "openid", "phone", "profile"}}, true, "Registered application", userpool.Untried},
		{"a public one", nil, m{Name: "MCP Inspector (local)", Method: "none", RedirectURIs: there, Scope: "openid openid"}, userpool.ClientSettings{Grants: []string{"code"}, Scopes: []string{"openid"}}, false, "MCP Inspector local", userpool.Untried},
		{"grants that it can do without", nil, m{RedirectURIs: there, Grants: []string{"authorization_code", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:device_code"}, Responses: []string{"code", "token"}, Scope: "openid"}, userpool.ClientSettings{Grants: []string{"code"}, Scopes: []string{"openid"}}, true, "Registered application", userpool.Untried},
		{"an address for signing out", nil, m{RedirectURIs: there, LogoutURIs: []string{"https://notes.example.net/bye"}, Scope: "openid"}, userpool.ClientSettings{Grants: []string{"code"}, Scopes: []string{"openid"}}, true, "Registered application", userpool.Untried},
		{"an address for signing out, with a token", registrar, m{RedirectURIs: there, LogoutURIs: []string{"https://notes.example.net/bye"}, Scope: "openid"}, userpool.ClientSettings{Grants: []string{"code"}, Scopes: []string{"openid"}, LogoutURLs: []string{"https://notes.example.net/bye"}}, true, "Registered application", userpool.ByToken},
		{"with a token", registrar, m{RedirectURIs: there, Method: "client_secret_post", Scope: "openid"}, userpool.ClientSettings{Grants: []string{"code"}, Scopes: []string{"openid"}}, true, "Registered application", userpool.ByToken},
		{"a machine, with a token", registrar, m{Name: "job", Grants: []string{"client_credentials"}}, userpool.ClientSettings{Grants: []string{"client_credentials"}, Scopes: []string{"api/read"}}, true, "job", userpool.ByToken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.Register(t.Context(), w.Pool, registration.Caller{Bearer: tt.bearer, Network: here}, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.OAuth, tt.want.AuthFlows, tt.want.Providers = true, []string{userpool.FlowRefreshToken}, []string{"COGNITO"}
			tt.want.HideUserExistence, tt.want.ExistenceChosen = true, true
			if tt.want.Grants[0] == "code" {
				tt.want.CallbackURLs = there
			}
			if tt.origin == userpool.Untried { // no attribute of the pool's own
				for _, a := range userpool.StandardAttributes() {
					tt.want.ReadAttributes = append(tt.want.ReadAttributes, a.Name)
				}
			}
			kept, err := w.Directory.Pools.Client(t.Context(), got.Client.ID)
			if err != nil || !reflect.DeepEqual(kept.Settings, tt.want) || kept.Name != tt.called || kept.Origin != tt.origin {
				t.Errorf("kept %+v, %v; want %+v, %q, %q", kept, err, tt.want, tt.called, tt.origin)
			}
			if tt.secret != (got.Secret != "") || w.Directory.Pools.CheckSecret(kept, got.Secret) != nil {
				t.Errorf("secret %t, want %t, and a right one", got.Secret != "", tt.secret)
			}
		})
	}
}

// Nothing is written for a request that is refused.
func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	registrar, other := w.token(userpool.ScopeRegister), w.token("api/read")
	type m = registration.Metadata
	there := []string{address}
	tests := map[string]struct {
		bearer *seal.Secret
		in     m
		want   error
	}{
		"no address":                           {nil, m{}, registration.ErrRedirect},
		"a script":                             {nil, m{RedirectURIs: []string{"javascript:alert(1)//https://x.example"}}, registration.ErrRedirect},
		"a script in other letters":            {nil, m{RedirectURIs: []string{"JavaScript:alert(1)"}}, registration.ErrRedirect},
		"data":                                 {nil, m{RedirectURIs: []string{"data:text/html,x"}}, registration.ErrRedirect},
		"no TLS":                               {nil, m{RedirectURIs: []string{"http://notes.example.net/"}}, registration.ErrRedirect},
		"no TLS at a host like this machine":   {nil, m{RedirectURIs: []string{"http://localhost.example.net/"}}, registration.ErrRedirect},
		"a wildcard":                           {nil, m{RedirectURIs: []string{"https://*.example.net/"}}, registration.ErrRedirect},
		"a wildcard in the path":               {nil, m{RedirectURIs: []string{"https://notes.example.net/*"}}, registration.ErrRedirect},
		"a host that hides behind a user":      {nil, m{RedirectURIs: []string{"https://bank.example.com@notes.example.net/"}}, registration.ErrRedirect},
		"letters that look like others":        {nil, m{RedirectURIs: []string{"https://bаnk.example.com/"}}, registration.ErrRedirect},
		"a backslash":                          {nil, m{RedirectURIs: []string{`https://notes.example.net\@bank.example.com/`}}, registration.ErrRedirect},
		"a fragment":                           {nil, m{RedirectURIs: []string{address + "#x"}}, registration.ErrRedirect},
		"a line break":                         {nil, m{RedirectURIs: []string{"https://notes.example.net/\r\nX: y"}}, registration.ErrRedirect},
		"a relative address":                   {nil, m{RedirectURIs: []string{"/callback"}}, registration.ErrRedirect},
		"a long address":                       {nil, m{RedirectURIs: []string{address + strings.Repeat("a", 1024)}}, registration.ErrRedirect},
		"many addresses":                       {nil, m{RedirectURIs: make([]string, 101)}, registration.ErrRedirect},
		"one bad address of two":               {nil, m{RedirectURIs: []string{address, "file:///etc/passwd"}}, registration.ErrRedirect},
		"a script after signing out":           {nil, m{RedirectURIs: there, LogoutURIs: []string{"javascript:alert(1)"}}, registration.ErrRedirect},
		"another way to authenticate":          {nil, m{RedirectURIs: there, Method: "private_key_jwt"}, registration.ErrMetadata},
		"the implicit grant alone":             {nil, m{RedirectURIs: there, Grants: []string{"implicit"}}, registration.ErrMetadata},
		"no code in the response types":        {nil, m{RedirectURIs: there, Responses: []string{"token"}}, registration.ErrMetadata},
		"a machine without a token":            {nil, m{Grants: []string{"client_credentials"}}, registration.ErrMetadata},
		"a person and a machine":               {registrar, m{RedirectURIs: there, Grants: []string{"authorization_code", "client_credentials"}}, registration.ErrMetadata},
		"a machine without a secret":           {registrar, m{Grants: []string{"client_credentials"}, Method: "none"}, registration.ErrMetadata},
		"a machine with a scope of people":     {registrar, m{Grants: []string{"client_credentials"}, Scope: "openid"}, registration.ErrMetadata},
		"a scope that the pool does not allow": {nil, m{RedirectURIs: there, Scope: "openid api/write"}, registration.ErrMetadata},
		"a scope that is gone":                 {nil, m{RedirectURIs: there, Scope: "gone/read"}, registration.ErrMetadata},
		"managing the user":                    {nil, m{RedirectURIs: there, Scope: userpool.ScopeUserAdmin}, registration.ErrMetadata},
		"registering others":                   {nil, m{RedirectURIs: there, Scope: userpool.ScopeRegister}, registration.ErrMetadata},
		"registering others, with a token":     {registrar, m{RedirectURIs: there, Scope: userpool.ScopeRegister}, registration.ErrMetadata},
		"a token without the scope":            {other, m{RedirectURIs: there}, token.ErrAccessScope},
		"no token at all in the header":        {new(seal.Secret), m{RedirectURIs: there}, token.ErrAccessInvalid},
	}
	before := w.clients()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.Register(t.Context(), w.Pool, registration.Caller{Bearer: tt.bearer, Network: here}, tt.in)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got := w.clients(); got != before {
				t.Errorf("the pool has %d clients, want %d as before", got, before)
			}
		})
	}
}

func TestWhoMayRegister(t *testing.T) {
	tests := map[string]struct {
		change           func(*userpool.Registration)
		open, with, name error
	}{
		"off":             {change: func(r *userpool.Registration) { r.On = false }, open: registration.ErrOff, with: registration.ErrOff},
		"with a token":    {change: func(r *userpool.Registration) { r.Open = false }, open: registration.ErrNoToken},
		"nobody with one": {change: func(r *userpool.Registration) { r.Grants = nil }, with: registration.ErrMetadata},
		"nobody without":  {change: func(r *userpool.Registration) { r.OpenGrants = nil }, open: registration.ErrMetadata},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.change)
			in := registration.Metadata{RedirectURIs: []string{address}}
			if _, err := w.Register(t.Context(), w.Pool, registration.Caller{Network: here}, in); !errors.Is(err, tt.open) {
				t.Errorf("without a token: %v, want %v", err, tt.open)
			}
			if _, err := w.Register(t.Context(), w.Pool, registration.Caller{Bearer: w.token(userpool.ScopeRegister), Network: here}, in); !errors.Is(err, tt.with) {
				t.Errorf("with a token: %v, want %v", err, tt.with)
			}
		})
	}
	w := newWorld(t, nil)
	if w.Pool.Settings.Registration = nil; w.Pool.RegistrationOn() {
		t.Error("a pool without the setting lets applications register")
	}
}

// A network that registers many applications has to wait; others need not, and
// whoever has a token is not counted.
func TestAFloodOfRegistrations(t *testing.T) {
	w := newWorld(t, nil)
	in := registration.Metadata{RedirectURIs: []string{address}}
	register := func(from string, bearer *seal.Secret) error {
		_, err := w.Register(t.Context(), w.Pool, registration.Caller{Bearer: bearer, Network: web.Network(netip.MustParseAddr(from))}, in)
		return err
	}
	for i := range 20 {
		if err := register(fmt.Sprintf("2001:db8::%x", i+1), nil); err != nil {
			t.Fatalf("registration %d: %v", i+1, err)
		}
	}
	before := w.clients()
	if err := register("2001:db8::ffff", nil); !errors.Is(err, credential.ErrAttemptLimit) || w.clients() != before {
		t.Errorf("the 21st of a network: %v and %d clients, want ErrAttemptLimit and %d", err, w.clients(), before)
	}
	for from, bearer := range map[string]*seal.Secret{"2001:db8:0:1::1": nil, "203.0.113.8": nil, "2001:db8::1": w.token(userpool.ScopeRegister)} {
		if err := register(from, bearer); err != nil {
			t.Errorf("from %s: %v", from, err)
		}
	}
	if w.Advance(time.Hour); register("2001:db8::1", nil) != nil {
		t.Error("the network cannot register after an hour")
	}
}

// Only somebody who signs in makes a client stay that anybody may have registered.
func TestAnUntriedClientGoes(t *testing.T) {
	w := newWorld(t, nil)
	made := map[string]*userpool.Client{}
	for name, bearer := range map[string]*seal.Secret{"untried": nil, "tried": nil, "changed": nil, "vouched": w.token(userpool.ScopeRegister)} {
		got, err := w.Register(t.Context(), w.Pool, registration.Caller{Bearer: bearer, Network: here}, registration.Metadata{RedirectURIs: []string{address}})
		if err != nil {
			t.Fatal(err)
		}
		made[name] = got.Client
	}
	if err := w.Directory.Pools.NoteSignIn(t.Context(), made["tried"]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Directory.Pools.UpdateClient(t.Context(), w.Pool, made["changed"].ID, func(c *userpool.Client) error { c.Name = "kept"; return nil }); err != nil {
		t.Fatal(err)
	}
	gone := func() (names []string) {
		if err := w.Store.Sweep(t.Context(), w.Now()); err != nil {
			t.Fatal(err)
		}
		for name, c := range made {
			if _, err := w.Directory.Pools.Client(t.Context(), c.ID); errors.Is(err, userpool.ErrClientNotFound) {
				names = append(names, name)
			} else if err != nil {
				t.Fatal(err)
			}
		}
		return names
	}
	w.Advance(userpool.UntriedLife - time.Second)
	if got := gone(); got != nil {
		t.Errorf("%v went before a day", got)
	}
	w.Advance(2 * time.Second)
	if got := gone(); len(got) != 1 || got[0] != "untried" {
		t.Errorf("%v went after a day, want untried alone", got)
	}
	kept, err := w.Directory.Pools.Client(t.Context(), made["tried"].ID)
	if err != nil || !kept.Unvouched() {
		t.Errorf("the client that somebody signed in to: %+v, %v; want one that is still unvouched", kept, err)
	}
}

// What the owner and others cannot make of a client that registered itself.
func TestAClientStaysRegistered(t *testing.T) {
	w := newWorld(t, nil)
	got, err := w.Register(t.Context(), w.Pool, registration.Caller{Bearer: w.token(userpool.ScopeRegister)}, registration.Metadata{RedirectURIs: []string{"https://notes.example.net/"}})
	if err != nil {
		t.Fatal(err)
	}
	pools, id := w.Directory.Pools, got.Client.ID
	if _, _, err := pools.AddSecret(t.Context(), w.Pool.ID, id, ""); !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("AddSecret: %v", err)
	}
	if err := pools.DeleteSecret(t.Context(), w.Pool.ID, id, got.Client.Secrets[0].ID); !errors.Is(err, userpool.ErrClientSettings) || !strings.Contains(err.Error(), "registration") {
		t.Errorf("DeleteSecret: %v", err)
	}
	_, err = pools.UpdateClient(t.Context(), w.Pool, id, func(c *userpool.Client) error {
		c.Settings.Scopes = append(c.Settings.Scopes, userpool.ScopeRegister)
		return nil
	})
	if !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("UpdateClient with the scope to register others: %v", err)
	}
	kept, err := pools.Client(t.Context(), id)
	if err != nil || !reflect.DeepEqual(kept, got.Client) {
		t.Errorf("kept %+v, %v; want it as it was: %+v", kept, err, got.Client)
	}
	if known, err := pools.HasCallbackAt(t.Context(), "https://notes.example.net"); !known || err != nil {
		t.Errorf("HasCallbackAt of one with a token: %t, %v", known, err)
	}
	if _, err := w.Register(t.Context(), w.Pool, registration.Caller{Network: here}, registration.Metadata{RedirectURIs: []string{"https://evil.example.net/"}}); err != nil {
		t.Fatal(err)
	}
	if known, err := pools.HasCallbackAt(t.Context(), "https://evil.example.net"); known || err != nil {
		t.Errorf("HasCallbackAt of one without: %t, %v; want false", known, err)
	}
}

// What a client is called names no other letters than it seems to.
func FuzzName(f *testing.F) {
	for _, s := range []string{"", "Notes", "a\u202egnp.exe", "<script>", "Gооgle", strings.Repeat("ü", 300), "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := registration.NameOf(given)
		if name == "" || len(name) > 128 || name != registration.NameOf(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`<>&"'`, r) }) {
			t.Errorf("%q is called %q", given, name)
		}
	})
}
