package token_test

import (
	"strings"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// The ID token names the identities of the user, with texts for all values, also
// to a client that may read no attribute. The access token does not name them.
func TestTheClaimIdentities(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	c := d.AddClient("app", func(c *userpool.Client) { c.Settings.ReadAttributes = []string{"name"} })
	u := d.AddUser("alice", nil)
	corp := &userpool.Provider{Pool: d.Pool.ID, Name: "corp", Type: userpool.ProviderOIDC, Sealed: []byte("x")}
	if err := d.Store.CreateProvider(t.Context(), corp, 1); err != nil {
		t.Fatal(err)
	}
	if err := d.Users.LinkIdentity(t.Context(), d.Pool, u, corp, user.SubjectAttribute, "1122"); err != nil {
		t.Fatal(err)
	}
	issue := func() *token.Tokens {
		t.Helper()
		fresh := must[*user.User](t)(d.Users.User(t.Context(), d.Pool.ID, u.Sub))
		return must[*token.Tokens](t)(d.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: c, User: fresh}))
	}
	tokens := issue()
	const want = `"identities":[{"dateCreated":"1772600767000","userId":"1122","providerName":"corp","providerType":"OIDC","issuer":null,"primary":"false"}]`
	if got := strings.ReplaceAll(shape(t, tokens.ID), ",\n", ","); !strings.Contains(got, want) {
		t.Errorf("ID token %s\nwant %s", got, want)
	}
	if got := shape(t, tokens.Access); strings.Contains(got, "identities") {
		t.Errorf("access token %s", got)
	}
	if err := d.Users.UnlinkIdentity(t.Context(), d.Pool, "corp", user.SubjectAttribute, "1122"); err != nil {
		t.Fatal(err)
	}
	if got := shape(t, issue().ID); strings.Contains(got, "identities") {
		t.Errorf("after the link was taken away: %s", got)
	}
}

func TestTheIssuerOfAWSHasTwoHosts(t *testing.T) {
	p := &userpool.Pool{ID: "us-east-1_Test00001", Settings: userpool.Settings{AWSIssuer: true}}
	for kind, want := range map[string]string{
		"": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Test00001", "ORIGINAL": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Test00001",
		"UPDATED": "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Test00001",
	} {
		p.Settings.Issuer = kind
		if got := token.IssuerOf("https://id.example.com", p); got != want {
			t.Errorf("%q: issuer %s, want %s", kind, got, want)
		}
	}
	p.Settings.AWSIssuer = false
	if got := token.IssuerOf("https://id.example.com", p); got != "https://id.example.com/us-east-1_Test00001" {
		t.Errorf("issuer %s: without aws_issuer it is the directory's own", got)
	}
}
