package userpool_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// with is a row's client: an ordinary one with a change.
func with(change func(*userpool.NewClient)) userpool.NewClient {
	n := userpool.NewClient{Name: "app"}
	change(&n)
	return n
}

func TestClientRules(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{Schema: []userpool.Attribute{
		{Name: "given_name", Type: userpool.TypeString, Mutable: true, Required: true},
		{Name: "custom:is_verified", Type: userpool.TypeString, Mutable: true},
		{Name: "dev:custom:note", Type: userpool.TypeString, Mutable: true, DeveloperOnly: true},
	}})
	if _, err := d.Pools.CreateResourceServer(t.Context(), userpool.ResourceServer{Pool: d.Pool.ID, Identifier: "https://api/v1", Name: "api", Scopes: []userpool.Scope{{Name: "read"}}}); err != nil {
		t.Fatal(err)
	}
	says := userpool.ErrClientSettings.Saying
	flow := userpool.ErrOAuthFlow.Saying
	outOfRange := says("Invalid range for token validity.")
	write := says("Invalid write attributes specified while creating a client")
	flows := func(list ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) { n.Settings.AuthFlows = list }
	}
	oauth := func(secret bool, scopes []string, grants ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) {
			n.GenerateSecret, n.Settings.OAuth, n.Settings.Scopes, n.Settings.Grants = secret, true, scopes, grants
		}
	}
	lives := func(access, id, refresh int, units ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) {
			n.Settings.AccessTokenValidity, n.Settings.IDTokenValidity, n.Settings.RefreshTokenValidity = access, id, refresh
			n.Settings.Units = enginetest.Pairs(units...)
		}
	}
	writes := func(list ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) { n.Settings.WriteAttributes = list }
	}
	scopes := func(list ...string) []string { return list }
	tests := []struct {
		name string
		ask  func(*userpool.NewClient)
		want *fault.Error // nil: taken
	}{
		{"nothing", func(*userpool.NewClient) {}, nil},
		{"secret given and generated", func(n *userpool.NewClient) { n.GenerateSecret, n.Secret = true, "x" }, says("GenerateSecret cannot be true when ClientSecret is given.")},
		{"old and new names of flows", flows("ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"), says("Cannot specify explicit auth flows with and without the ALLOW_ prefix together.")},
		{"old names", flows("ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"), nil},
		{"code", oauth(false, scopes("openid"), "code"), nil},
		{"code and implicit", oauth(false, scopes("openid"), "code", "implicit"), nil},
		{"OAuth without scopes", oauth(false, nil, "code"), flow("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")},
		{"OAuth without flows", oauth(false, scopes("openid")), flow("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")},
		{"machine", oauth(true, scopes("https://api/v1/read"), "client_credentials"), nil},
		{"machine without secret", oauth(false, scopes("https://api/v1/read"), "client_credentials"), flow("client_credentials flow can not be selected if client does not have a client secret.")},
		{"machine and person", oauth(true, scopes("openid"), "client_credentials", "code"), flow("client_credentials flow can not be selected along with code flow or implicit flow.")},
		{"machine with a person's scope", oauth(true, scopes("openid"), "client_credentials"), flow("client_credentials flow can not be used with the scope openid.")},
		{"unknown scope", oauth(false, scopes("openid", "https://api/v1/write"), "code"), userpool.ErrScopeNotFound.Saying("Invalid scope requested: https://api/v1/write")},
		{"unknown server", oauth(false, scopes("other/read"), "code"), userpool.ErrScopeNotFound.Saying("Invalid scope requested: other/read")},
		{"scope without server", oauth(false, scopes("magic"), "code"), userpool.ErrScopeNotFound.Saying("Invalid scope requested: magic")},
		{"shortest lives", lives(5, 300, 60, "AccessToken", "minutes", "IdToken", "seconds", "RefreshToken", "minutes"), nil},
		{"longest lives", lives(24, 1, 3650, "AccessToken", "hours", "IdToken", "days", "RefreshToken", "days"), nil},
		{"access too short", lives(299, 0, 0, "AccessToken", "seconds"), outOfRange},
		{"access too long", lives(25, 0, 0), outOfRange},
		{"ID too short", lives(0, 4, 0, "IdToken", "minutes"), outOfRange},
		{"ID too long", lives(0, 2, 0, "IdToken", "days"), outOfRange},
		{"refresh too short", lives(0, 0, 59, "RefreshToken", "minutes"), outOfRange},
		{"refresh too long", lives(0, 0, 3651), outOfRange},
		{"refresh beyond any number", lives(0, 0, 315_360_000), outOfRange},
		{"refresh that would wrap around", lives(0, 0, 213_503_983), outOfRange},
		{"access longer than refresh", lives(2, 0, 1, "RefreshToken", "hours"), outOfRange},
		{"ID longer than refresh", lives(0, 2, 1, "RefreshToken", "hours"), outOfRange},
		{"provider", func(n *userpool.NewClient) { n.Settings.Providers = []string{"COGNITO"} }, nil},
		{"unknown provider", func(n *userpool.NewClient) { n.Settings.Providers = []string{"Goggle"} }, says("The provider Goggle does not exist for User Pool us-east-1_Test00001.")},
		{"writes what is required", writes("given_name", "custom:is_verified"), nil},
		{"does not write what is required", writes("email"), write},
		{"writes a verified flag", writes("given_name", "email_verified"), write},
		{"writes the sub", writes("given_name", "sub"), write},
		{"writes what is not there", writes("given_name", "custom:x"), write},
		{"writes a developer's attribute", writes("given_name", "dev:custom:note"), write},
		{"reads what is not there", func(n *userpool.NewClient) { n.Settings.ReadAttributes = []string{"custom:x"} }, says("Invalid read attributes specified while creating a client")},
		{"default redirect not in the list", func(n *userpool.NewClient) { n.Settings.DefaultRedirectURI = "https://a.example.com/" }, says("DefaultRedirectURI must be in the list of CallbackURLs.")},
	}
	for _, test := range tests {
		_, err := d.Pools.CreateClient(t.Context(), d.Pool, with(test.ask))
		switch {
		case test.want == nil && err != nil:
			t.Errorf("%s: %v, want no error", test.name, err)
		case test.want == nil:
		case !errors.Is(err, test.want):
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		case fault.As(err).Message != test.want.Message:
			t.Errorf("%s: %q, want %q", test.name, fault.As(err).Message, test.want.Message)
		}
	}
}

func TestCallbackURLs(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	tests := map[string]bool{
		"https://app.example.com/callback":     true,
		"https://app.example.com/callback?a=b": true,
		"http://localhost:3000/callback":       true,
		"http://app.localhost:3000/callback":   true,
		"http://127.0.0.1/callback":            true,
		"http://[::1]:8080/callback":           true,
		"myapp://callback":                     true,
		"com.example.app:/callback":            true,
		"http://app.example.com/callback":      false,
		"http://localhost.example.com/":        false,
		"http://127.0.0.1.example.com/":        false,
		"http:///callback":                     false,
		"https:///callback":                    false,
		"https:app.example.com":                false,
		"https://app.example.com/#part":        false,
		"https://app.example.com/#":            false,
		"/callback":                            false,
		"app.example.com/callback":             false,
		"javascript:alert(1)":                  false,
		"JavaScript:alert(1)":                  false,
		"data:text/html,x":                     false,
		"vbscript:x":                           false,
		"file:///etc/passwd":                   false,
		"https://app.example.com\\@evil/":      false,
		"https://app example.com/":             false,
		"https://app.example.com/\n":           false,
		"":                                     false,
	}
	for u, want := range tests {
		for _, where := range []func(*userpool.NewClient){
			func(n *userpool.NewClient) { n.Settings.CallbackURLs = []string{u} },
			func(n *userpool.NewClient) { n.Settings.LogoutURLs = []string{u} },
		} {
			if _, err := d.Pools.CreateClient(t.Context(), d.Pool, with(where)); (err == nil) != want {
				t.Errorf("%q: %v, want it taken: %t", u, err, want)
			}
		}
	}
}

func TestTokenLives(t *testing.T) {
	tests := []struct {
		s                   userpool.ClientSettings
		access, id, refresh time.Duration
		session             time.Duration
	}{
		{userpool.ClientSettings{}, time.Hour, time.Hour, 30 * 24 * time.Hour, 3 * time.Minute},
		{userpool.ClientSettings{AccessTokenValidity: 2, IDTokenValidity: 3, RefreshTokenValidity: 4, AuthSessionMinutes: 15}, 2 * time.Hour, 3 * time.Hour, 4 * 24 * time.Hour, 15 * time.Minute},
		{userpool.ClientSettings{AccessTokenValidity: 10, Units: map[string]string{"AccessToken": "minutes"}}, 10 * time.Minute, time.Hour, 30 * 24 * time.Hour, 3 * time.Minute},
		{userpool.ClientSettings{RefreshTokenValidity: 3600, Units: map[string]string{"RefreshToken": "seconds"}}, time.Hour, time.Hour, time.Hour, 3 * time.Minute},
	}
	for _, test := range tests {
		c := &userpool.Client{Settings: test.s}
		if c.AccessTokenLife() != test.access || c.IDTokenLife() != test.id || c.RefreshTokenLife() != test.refresh || c.AuthSession() != test.session {
			t.Errorf("%+v: %s, %s, %s, %s; want %s, %s, %s, %s", test.s, c.AccessTokenLife(), c.IDTokenLife(), c.RefreshTokenLife(), c.AuthSession(), test.access, test.id, test.refresh, test.session)
		}
	}
}

func TestWhatAClientMayReadAndWrite(t *testing.T) {
	all, some := &userpool.Client{}, &userpool.Client{Settings: userpool.ClientSettings{
		ReadAttributes: []string{"email", "dev:custom:note"}, WriteAttributes: []string{"name", "custom:badge", "email_verified", "dev:custom:note"},
	}}
	tests := []struct {
		attribute                                  string
		allReads, allWrites, someReads, someWrites bool
	}{
		{"sub", true, false, true, false},
		{"name", true, true, false, true},
		{"email", true, true, true, false},
		{"email_verified", true, false, false, false},
		{"phone_number_verified", true, false, false, false},
		{"custom:badge", true, false, false, true},
		{"dev:custom:note", false, false, false, false},
	}
	for _, test := range tests {
		got := [4]bool{all.MayRead(test.attribute), all.MayWrite(test.attribute), some.MayRead(test.attribute), some.MayWrite(test.attribute)}
		if want := [4]bool{test.allReads, test.allWrites, test.someReads, test.someWrites}; got != want {
			t.Errorf("%s: %v, want %v", test.attribute, got, want)
		}
	}
}

func TestWhichFlowsAClientAllows(t *testing.T) {
	tests := []struct {
		flows []string
		want  string
	}{
		{nil, "ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH ALLOW_CUSTOM_AUTH"},
		{[]string{}, "ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH ALLOW_CUSTOM_AUTH"},
		{[]string{"ALLOW_USER_PASSWORD_AUTH"}, "ALLOW_USER_PASSWORD_AUTH"},
		{[]string{"USER_PASSWORD_AUTH"}, "USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH"},
		{[]string{"CUSTOM_AUTH_FLOW_ONLY"}, "CUSTOM_AUTH_FLOW_ONLY ALLOW_REFRESH_TOKEN_AUTH"},
	}
	for _, test := range tests {
		c := &userpool.Client{Settings: userpool.ClientSettings{AuthFlows: test.flows}}
		for _, flow := range []string{"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH_FLOW_ONLY"} {
			want := strings.Contains(" "+test.want+" ", " "+flow+" ")
			if got := c.AllowsFlow(flow); got != want {
				t.Errorf("%q: %s allowed %t, want %t", test.flows, flow, got, want)
			}
		}
	}
}

// Cognito: "Computing secret hash values"; the vector was computed apart.
func TestSecretHashVector(t *testing.T) {
	got := userpool.SecretHash("secret", "alice", "1example23456789")
	if want := "SRSokfDPYgNH3Tm3eRbqKCsFZg9Ia07+tqRIgXhLH5s="; got.Reveal() != want {
		t.Errorf("%s, want %s", got.Reveal(), want)
	}
}

func TestSecrets(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	public := d.MustClient(userpool.ClientSettings{})
	own := d.MustNewClient(userpool.NewClient{Name: "own", Secret: "anownsecretof24characters"})
	made := d.MustNewClient(userpool.NewClient{Name: "made", GenerateSecret: true})
	secret, err := d.Pools.Reveal(made)
	if err != nil || len(secret) != 52 {
		t.Errorf("generated secret of %d characters, %v; want 52", len(secret), err)
	}
	if strings.Contains(string(made.Secrets[0].Sealed), secret.Reveal()) {
		t.Error("the secret is kept in clear")
	}
	tests := []struct {
		name   string
		client *userpool.Client
		given  string
		want   error
	}{
		{"own", own, "anownsecretof24characters", nil},
		{"made", made, secret.Reveal(), nil},
		{"public, none", public, "", nil},
		{"public, any", public, "x", userpool.ErrSecretMismatch},
		{"missing", own, "", userpool.ErrSecretMissing},
		{"another's", own, secret.Reveal(), userpool.ErrSecretMismatch},
		{"cut", made, secret.Reveal()[:51], userpool.ErrSecretMismatch},
	}
	for _, test := range tests {
		if err := d.Pools.CheckSecret(test.client, seal.Secret(test.given)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	moved := *own
	moved.ID = made.ID
	if err := d.Pools.CheckSecret(&moved, "anownsecretof24characters"); err == nil {
		t.Error("a sealed secret that was moved to another client opens it")
	}
	if _, err := d.Pools.Reveal(public); !errors.Is(err, userpool.ErrSecretMissing) {
		t.Errorf("reveal of none: %v", err)
	}
}

func TestUpdateClient(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c := d.MustClient(userpool.ClientSettings{})
	d.Advance(time.Minute)
	got, err := d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error { c.Name = "new"; return nil })
	if err != nil || got.Name != "new" || !got.Modified.Equal(d.Now()) || !got.Created.Equal(c.Created) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error { c.Settings.RefreshTokenValidity = 4000; return nil })
	if !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("a change that breaks a rule: %v", err)
	}
	_, err = d.Pools.UpdateClient(t.Context(), d.Pool, c.ID, func(c *userpool.Client) error {
		c.Settings.WriteAttributes = []string{"custom:x"}
		return nil
	})
	if got := fault.As(err).Message; got != "Invalid write attributes specified while updating a client" {
		t.Errorf("text %q", got)
	}
	other := &userpool.Pool{ID: "us-east-1_Other"}
	if _, err := d.Pools.UpdateClient(t.Context(), other, c.ID, func(*userpool.Client) error { return nil }); !errors.Is(err, userpool.ErrClientNotFound) {
		t.Errorf("through another pool: %v", err)
	}
}
