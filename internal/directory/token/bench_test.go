package token_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// BenchmarkSignature is the limit: one RS256 signature and nothing else.
func BenchmarkSignature(b *testing.B) {
	key := must[*rsa.PrivateKey](b)(rsa.GenerateKey(rand.Reader, 2048))
	digest := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		must[[]byte](b)(rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest))
	}
}

func BenchmarkIssueForSignIn(b *testing.B) {
	d, u := office(b)
	app := client(b, d, "app")
	b.ReportAllocs()
	for b.Loop() {
		signIn(b, d, app, u)
	}
}

func BenchmarkRefresh(b *testing.B) {
	d, u := office(b)
	app := client(b, d, "app")
	refresh := signIn(b, d, app, u).Refresh
	b.ReportAllocs()
	for b.Loop() {
		must[*token.Tokens](b)(d.Tokens.Refresh(b.Context(), app, token.RefreshInput{Token: refresh}))
	}
}

func BenchmarkVerifyAccess(b *testing.B) {
	d, u := office(b)
	access := signIn(b, d, client(b, d, "app"), u).Access
	b.ReportAllocs()
	for b.Loop() {
		must[*token.Access](b)(d.Tokens.VerifyAccess(b.Context(), access, userpool.ScopeUserAdmin))
	}
}

func BenchmarkClientCredentials(b *testing.B) {
	d := enginetest.New(b, userpool.Settings{})
	d.AddResourceServer("api", "read")
	c := d.AddClient("machine", func(c *userpool.Client) {
		d.Confidential(c)
		c.Settings.Grants, c.Settings.Scopes = []string{userpool.GrantClientCredentials}, []string{"api/read"}
	})
	b.ReportAllocs()
	for b.Loop() {
		must[*token.Tokens](b)(d.Tokens.ClientCredentials(b.Context(), d.Pool, c, token.MachineRequest{Scope: "api/read"}))
	}
}
