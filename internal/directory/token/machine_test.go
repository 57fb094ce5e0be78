package token_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestClientCredentials(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddResourceServer("api", "read", "write", "admin")
	d.AddResourceServer("https://x.example.com/v1", "all")
	d.AddPool("us-east-1_Other0001")
	made := 0
	machine := func(change func(*userpool.Client)) *userpool.Client {
		made++
		return d.AddClient(userpool.ClientID(fmt.Sprint("machine", made)), func(c *userpool.Client) {
			d.Confidential(c)
			c.Settings.Grants = []string{userpool.GrantClientCredentials}
			c.Settings.Scopes = []string{"api/read", "api/write", "https://x.example.com/v1/all", "gone/read"}
			change(c)
		})
	}
	tests := []struct {
		name, scope string
		change      func(*userpool.Client)
		want        error
		granted     string
	}{
		{name: "all", granted: "api/read api/write https://x.example.com/v1/all"},
		{name: "one", scope: "api/write", granted: "api/write"},
		{name: "an identifier with slashes", scope: "https://x.example.com/v1/all", granted: "https://x.example.com/v1/all"},
		{name: "not enabled", scope: "api/admin", want: token.ErrScopeNotAllowed},
		{name: "one of two not enabled", scope: "api/read api/admin", want: token.ErrScopeNotAllowed},
		{name: "no such scope", scope: "api/nothing", want: token.ErrScopeUnknown},
		{name: "no such server", scope: "nowhere/read", want: token.ErrScopeUnknown},
		{name: "server gone", scope: "gone/read", want: token.ErrScopeUnknown},
		{name: "one of two gone", scope: "api/read gone/read", want: token.ErrScopeUnknown},
		{name: "openid", scope: "openid", want: token.ErrScopeUnknown},
		{name: "malformed", scope: "api/read\tapi/write", want: token.ErrScopeMalformed},
		{name: "no scope left", change: func(c *userpool.Client) { c.Settings.Scopes = []string{"gone/read"} }, want: token.ErrScopeUnknown},
		{name: "no scope at all", change: func(c *userpool.Client) { c.Settings.Scopes = nil }, want: token.ErrScopeUnknown},
		{name: "grant not allowed", change: func(c *userpool.Client) { c.Settings.Grants = []string{userpool.GrantCode} }, want: token.ErrGrantNotAllowed},
		{name: "OAuth off", change: func(c *userpool.Client) { c.Settings.OAuth = false }, want: token.ErrGrantNotAllowed},
		{name: "public client", change: func(c *userpool.Client) { c.Secrets = nil }, want: token.ErrGrantNotAllowed},
		{name: "another pool", change: func(c *userpool.Client) { c.Pool = "us-east-1_Other0001" }, want: token.ErrGrantNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change == nil {
				tt.change = func(*userpool.Client) {}
			}
			got, err := d.Tokens.ClientCredentials(t.Context(), d.Pool, machine(tt.change), token.MachineRequest{Scope: tt.scope})
			wants(t, err, tt.want)
			if err != nil {
				return
			}
			if scope := payload(t, got.Access)["scope"]; scope != tt.granted {
				t.Errorf("scope %q, want %q", scope, tt.granted)
			}
			if got.ID != "" || got.Refresh != "" {
				t.Error("a machine got an ID or refresh token")
			}
		})
	}
}

func TestClientToken(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	d.AddResourceServer("api", "read", "write", "admin")
	d.AddClient("machine", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings = userpool.ClientSettings{AuthFlows: []string{userpool.FlowClientToken}, Scopes: []string{"api/read", "api/write"}}
	})
	d.AddClient("server", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings.Grants = []string{userpool.GrantClientCredentials}
	})
	d.AddClient("public", func(c *userpool.Client) { c.Settings.AuthFlows = []string{userpool.FlowClientToken} })
	scopes := func(list ...string) []string { return list }
	tests := []struct {
		name    string
		client  userpool.ClientID
		secret  seal.Secret
		scopes  []string
		want    error
		granted string
	}{
		{name: "all", client: "machine", secret: enginetest.Secret, granted: "api/read api/write"},
		{name: "one", client: "machine", secret: enginetest.Secret, scopes: scopes("api/write"), granted: "api/write"},
		{name: "not enabled", client: "machine", secret: enginetest.Secret, scopes: scopes("api/read", "api/admin"), want: token.ErrScopeNotAllowed},
		{name: "no such scope", client: "machine", secret: enginetest.Secret, scopes: scopes("api/nothing"), want: token.ErrScopeUnknown},
		{name: "a scope of users", client: "machine", secret: enginetest.Secret, scopes: scopes("openid"), want: token.ErrScopeUnknown},
		{name: "wrong secret", client: "machine", secret: enginetest.Secret + "x", want: token.ErrClientRefused},
		{name: "no secret", client: "machine", want: token.ErrClientRefused},
		{name: "unknown client", client: "nobody", secret: enginetest.Secret, want: token.ErrClientRefused},
		{name: "public client", client: "public", want: token.ErrClientRefused},
		{name: "flow not allowed", client: "server", secret: enginetest.Secret, want: token.ErrGrantNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := d.Tokens.ClientToken(t.Context(), tt.client, tt.secret, tt.scopes, nil)
			wants(t, err, tt.want)
			if err != nil {
				return
			}
			claims := payload(t, got.Access)
			if claims["scope"] != tt.granted || claims["sub"] != "machine" || claims["client_id"] != "machine" {
				t.Errorf("claims %v, want those of the client, with the scopes %q", claims, tt.granted)
			}
			if got.ID != "" || got.Refresh != "" {
				t.Error("a machine got an ID or refresh token")
			}
		})
	}
}
