package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestOtherProvider edits the file of a running gateway. The gateway changes from
// one provider, which is another Gatehouse process, to a provider that is not
// Gatehouse.
func TestOtherProvider(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		g := newGateway(t, db)
		own := newDirectory(t, db, gatewayPool(g))
		g.serveFile(t, &pool{issuer: own.url + "/us-east-1_Gateway01", clientID: gatewayClient, clientSecret: gatewaySecret})
		b := newWindow(t)
		b.open(g.app + "/")
		b.at(own.domainURL("corp") + "/login?")
		b.signIn("alice", "Alice-2026!")
		b.see("The application")

		foreign := newForeignProvider(t, g)
		g.edit(t, own.url+"/us-east-1_Gateway01", foreign, "cognito:groups:", "groups:")
		b = g.untilAt(t, foreign)
		b.signInForeign("alice")
		b.at(g.app + "/")
		b.see("The application")
		checkAssertion(t, g, b.received().Header.Get("X-Pomerium-Jwt-Assertion"))
		b.open(g.app + "/.pomerium/sign_out")
		b.press("Yes, sign me out")
		b.at(g.signedOut())

		bob := newWindow(t)
		bob.open(g.app + "/")
		bob.signInForeign("bob")
		bob.see("You don’t have access", "bob@example.com", "groups must contain what this rule names", "staff")
	})
}

const gatewayClient, gatewaySecret = "gatewayclient0000000000000", "only_for_tests_0123456789abcdefghijkl"

// gatewayPool returns the configuration of a pool with a client for a gateway.
func gatewayPool(g *gateway) string {
	return fmt.Sprintf(`
  pools:
    - id: us-east-1_Gateway01
      name: corp
      domain: corp
      groups: [admins, staff]
      clients:
        - id: %s
          secret: %s
          callback_urls: [%q]
          logout_urls: [%q]
      users:
        - {username: alice, email: alice@example.com, password: "Alice-2026!", groups: [admins]}
        - {username: bob, email: bob@example.com, password: "Bob-2026!", groups: [staff]}
`, gatewayClient, gatewaySecret, g.callback(), g.signedOut())
}

// edit replaces texts in the gateway's file. oldnew holds pairs of old and new.
func (g *gateway) edit(t *testing.T, oldnew ...string) {
	t.Helper()
	text, err := os.ReadFile(g.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(g.config, []byte(strings.NewReplacer(oldnew...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// untilAt waits until the gateway redirects to an issuer. It returns a browser
// that is at the issuer.
func (g *gateway) untilAt(t *testing.T, issuer string) *window {
	t.Helper()
	var b *window
	eventually(t, "the gateway to follow its file", func() bool {
		b = newWindow(t)
		b.open(g.app + "/")
		return strings.HasPrefix(b.url(), issuer)
	})
	return b
}

// signInForeign fills in the pages of the provider that is not Gatehouse.
func (b *window) signInForeign(name string) {
	b.t.Helper()
	b.fill("login", name)
	b.fill("password", "any")
	b.press("Sign-in")
	b.press("Continue")
}

// newForeignProvider starts the provider in testdata, and returns its issuer.
func newForeignProvider(t *testing.T, g *gateway) string {
	t.Helper()
	port := freePort(t)
	issuer := fmt.Sprintf("https://op.localhost:%d", port)
	startNode(t, "provider.mjs", "ISSUER="+issuer, "CERT="+suite.authority.cert, "KEY="+suite.authority.key,
		"CLIENT_ID="+gatewayClient, "CLIENT_SECRET="+gatewaySecret, "CALLBACK="+g.callback(), "SIGNED_OUT="+g.signedOut(), "BACKCHANNEL="+g.authenticate+"/.pomerium/backchannel-logout")
	listening(t, port)
	return issuer
}
