package token_test

import (
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Each row is a token with which somebody tries to register an application.
func TestTokensThatRegisterApplications(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddResourceServer("api", "read")
	d.AddResourceServer("aws.cognito/dcr", "register") // changes nothing
	u, elsewhere := d.AddUser("alice", alice), d.AddPool("us-east-1_Other0001")
	registrar := func(id userpool.ClientID, change func(*userpool.Client)) *userpool.Client {
		return d.AddClient(id, func(c *userpool.Client) {
			d.Confidential(c)
			c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{userpool.ScopeRegister, "api/read"}
			change(c)
		})
	}
	machine := registrar("machine", func(*userpool.Client) {})
	people := d.AddClient("app", func(c *userpool.Client) { c.Settings.Scopes = []string{"openid", "email", userpool.ScopeRegister} })
	issue := func(c *userpool.Client, scope string) seal.Secret {
		return must[*token.Tokens](t)(d.Tokens.ClientCredentials(t.Context(), d.Pool, c, token.MachineRequest{Scope: scope})).Access
	}
	ofUser := func(scope string) *token.Tokens {
		return must[*token.Tokens](t)(exchange(d, people, code(t, d, u, "scope", scope)))
	}
	good := issue(machine, "")
	robbed := registrar("robbed", func(*userpool.Client) {})
	lost := issue(robbed, "")
	must[*userpool.Client](t)(d.Pools.UpdateClient(t.Context(), d.Pool, robbed.ID, func(c *userpool.Client) error {
		c.Settings.Scopes = []string{"api/read"}
		return nil
	}))
	orphan := issue(registrar("gone", func(*userpool.Client) {}), "")
	d.DeleteClient("gone")
	signedOut := ofUser("openid " + userpool.ScopeRegister)
	wants(t, d.Tokens.Revoke(t.Context(), people, signedOut.Refresh, false), nil)
	foreign := func() seal.Secret {
		c := d.AddClient("foreign", func(c *userpool.Client) {
			d.Confidential(c)
			c.Pool, c.Settings.Grants, c.Settings.Scopes = elsewhere.ID, []string{userpool.GrantClientCredentials}, []string{userpool.ScopeRegister}
		})
		return must[*token.Tokens](t)(d.Tokens.ClientCredentials(t.Context(), elsewhere, c, token.MachineRequest{})).Access
	}()
	tests := map[string]struct {
		access seal.Secret
		want   error
	}{
		"a machine's":                   {good, nil},
		"a user's":                      {ofUser("openid " + userpool.ScopeRegister).Access, nil},
		"a machine's without the scope": {issue(machine, "api/read"), token.ErrAccessScope},
		"a user's without the scope":    {ofUser("openid").Access, token.ErrAccessScope},
		"an ID token":                   {ofUser("openid " + userpool.ScopeRegister).ID, token.ErrAccessInvalid},
		"of a client that lost it":      {lost, token.ErrAccessScope},
		"of a client that is gone":      {orphan, token.ErrAccessRevoked},
		"of a user who signed out":      {signedOut.Access, token.ErrAccessRevoked},
		"of another pool":               {foreign, token.ErrAccessInvalid},
		"with another signature":        {good[:len(good)-8] + "AAAAAAAA", token.ErrAccessSignature},
		"no token":                      {"x", token.ErrAccessInvalid},
		"nothing":                       {"", token.ErrAccessInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wants(t, d.Tokens.VerifyRegistrar(t.Context(), d.Pool, tt.access), tt.want) })
	}
	d.Advance(2 * time.Hour)
	wants(t, d.Tokens.VerifyRegistrar(t.Context(), d.Pool, good), token.ErrAccessExpired)
}

// A public client that registered itself must use PKCE.
func TestARegisteredPublicClientUsesPKCE(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddClient("app", func(c *userpool.Client) { c.Origin = userpool.ByToken })
	_, err := d.Tokens.CheckAuthorization(t.Context(), d.Pool, request())
	wants(t, err, token.ErrChallenge)
	_, err = d.Tokens.CheckAuthorization(t.Context(), d.Pool, request("code_challenge", challenge, "code_challenge_method", "S256"))
	wants(t, err, nil)
}

// Signing in makes a client stay.
func TestASignInTriesAClient(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c := d.AddClient("app", func(c *userpool.Client) { d.Confidential(c); c.Origin = userpool.Untried })
	u := d.AddUser("alice", alice)
	_, err := exchange(d, c, "guessed")
	wants(t, err, token.ErrCodeUnknown)
	if c = must[*userpool.Client](t)(d.Pools.Client(t.Context(), "app")); c.Origin != userpool.Untried {
		t.Errorf("origin %q after a wrong code", c.Origin)
	}
	must[*token.Tokens](t)(exchange(d, c, code(t, d, u)))
	if c = must[*userpool.Client](t)(d.Pools.Client(t.Context(), "app")); c.Origin != userpool.ByAnyone {
		t.Errorf("origin %q after a sign-in, want %q", c.Origin, userpool.ByAnyone)
	}
}
