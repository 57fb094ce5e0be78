package userpool_test

import (
	"errors"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// with returns a request for an ordinary client, changed.
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
	rotates := func(list ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) {
			n.Settings.AuthFlows, n.Settings.RefreshRotation = list, &userpool.RefreshRotation{On: true}
		}
	}
	oauth := func(secret bool, scopes []string, grants ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) {
			n.GenerateSecret, n.Settings.OAuth, n.Settings.Scopes, n.Settings.Grants = secret, true, scopes, grants
			n.Settings.CallbackURLs = []string{"https://app.example.com/cb"}
		}
	}
	nowhere := func(grants ...string) func(*userpool.NewClient) {
		return func(n *userpool.NewClient) {
			oauth(false, []string{"openid"}, grants...)(n)
			n.Settings.CallbackURLs = nil
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
		want *fault.Error // nil: accepted
	}{
		{"no settings", func(*userpool.NewClient) {}, nil},
		{"secret given and generated", func(n *userpool.NewClient) { n.GenerateSecret, n.Secret = true, "x" }, says("GenerateSecret cannot be true when ClientSecret is given.")},
		{"old and new names of flows", flows("ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"), says("Cannot specify explicit auth flows with and without the ALLOW_ prefix together.")},
		{"old names", flows("ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"), nil},
		{"client tokens", func(n *userpool.NewClient) {
			n.GenerateSecret, n.Settings.AuthFlows = true, []string{"ALLOW_CLIENT_TOKEN_AUTH"}
		}, nil},
		{"client tokens without a secret", flows("ALLOW_CLIENT_TOKEN_AUTH"), says("ALLOW_CLIENT_TOKEN_AUTH cannot be in ExplicitAuthFlows if the client does not have a client secret.")},
		{"client tokens and users", func(n *userpool.NewClient) {
			n.GenerateSecret, n.Settings.AuthFlows = true, []string{"ALLOW_CUSTOM_AUTH", "ALLOW_CLIENT_TOKEN_AUTH"}
		}, says("ALLOW_CLIENT_TOKEN_AUTH cannot be in ExplicitAuthFlows together with other flows.")},
		{"client tokens and an old name", func(n *userpool.NewClient) {
			n.GenerateSecret, n.Settings.AuthFlows = true, []string{"ALLOW_CLIENT_TOKEN_AUTH", "ADMIN_NO_SRP_AUTH"}
		}, says("Cannot specify explicit auth flows with and without the ALLOW_ prefix together.")},
		{"rotation", rotates("ALLOW_USER_SRP_AUTH"), nil},
		{"rotation without a list of flows", rotates(), nil},
		{"rotation beside the refresh flow", rotates("ALLOW_REFRESH_TOKEN_AUTH"), says("ALLOW_REFRESH_TOKEN_AUTH cannot be in ExplicitAuthFlows while refresh token rotation is enabled.")},
		{"code", oauth(false, scopes("openid"), "code"), nil},
		{"code and implicit", oauth(false, scopes("openid"), "code", "implicit"), nil},
		{"code without callback URLs", nowhere("code"), flow("CallbackUrls can not be empty when code flow or implicit flow is selected")},
		{"implicit without callback URLs", nowhere("implicit"), flow("CallbackUrls can not be empty when code flow or implicit flow is selected")},
		{"OAuth without scopes", oauth(false, nil, "code"), flow("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")},
		{"OAuth without flows", oauth(false, scopes("openid")), flow("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")},
		{"client_credentials", oauth(true, scopes("https://api/v1/read"), "client_credentials"), nil},
		{"client_credentials without a secret", oauth(false, scopes("https://api/v1/read"), "client_credentials"), flow("client_credentials flow can not be selected if client does not have a client secret.")},
		{"client_credentials and code", oauth(true, scopes("openid"), "client_credentials", "code"), flow("client_credentials flow can not be selected along with code flow or implicit flow.")},
		{"client_credentials with a system scope", oauth(true, scopes("openid"), "client_credentials"), flow("client_credentials flow can not be used with the scope openid.")},
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
		{"refresh far too long", lives(0, 0, 315_360_000), outOfRange},
		{"refresh that would overflow", lives(0, 0, 213_503_983), outOfRange},
		{"access longer than refresh", lives(2, 0, 1, "RefreshToken", "hours"), outOfRange},
		{"ID longer than refresh", lives(0, 2, 1, "RefreshToken", "hours"), outOfRange},
		{"provider", func(n *userpool.NewClient) { n.Settings.Providers = []string{"COGNITO"} }, nil},
		{"unknown provider", func(n *userpool.NewClient) { n.Settings.Providers = []string{"Goggle"} }, says("The provider Goggle does not exist for User Pool us-east-1_Test00001.")},
		{"writes the required attributes", writes("given_name", "custom:is_verified"), nil},
		{"does not write a required attribute", writes("email"), write},
		{"writes a verified flag", writes("given_name", "email_verified"), write},
		{"writes the sub", writes("given_name", "sub"), write},
		{"writes an unknown attribute", writes("given_name", "custom:x"), write},
		{"writes a developer's attribute", writes("given_name", "dev:custom:note"), write},
		{"reads an unknown attribute", func(n *userpool.NewClient) { n.Settings.ReadAttributes = []string{"custom:x"} }, says("Invalid read attributes specified while creating a client")},
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
				t.Errorf("%q: %v, want it accepted: %t", u, err, want)
			}
		}
	}
}
