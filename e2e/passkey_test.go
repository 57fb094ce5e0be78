package e2e

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// TestPasskey adds a passkey at the pages with Chromium, whose authenticator is
// virtual, and signs in with it. Chromium gives passkeys to hosts with a certificate
// that it trusts, or to the machine itself: so the server is that of dev, which has
// its own database.
func TestPasskey(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	gatehouse(t, nil, "dev", "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--data", t.TempDir()).listening(port)
	p := newPasskeyPool(t, fmt.Sprintf("http://localhost:%d", port), fmt.Sprintf("http://keys.auth.localhost:%d", port))
	b := newWindow(t)
	b.addAuthenticator()

	b.open(p.pages + "/login?" + p.query)
	b.fill("username", "alice")
	b.press("Next")
	b.see("Password")
	b.fill("password", "Alice-2026!")
	b.press("Sign in")
	b.at(p.callback + "?code=")

	b.open(p.pages + "/passkeys/add?" + p.short)
	b.see("With a passkey, alice signs in")
	b.press("Add a passkey")
	b.at(p.callback + "?result=success")
	b.open(p.pages + "/passkeys/add?" + p.short)
	b.press("Add a passkey")
	b.see("This device has a passkey for you already.")

	toPasskey := func() {
		t.Helper()
		b.open(p.pages + "/login?" + p.query + "&prompt=login")
		b.fill("username", "alice")
		b.press("Next")
		b.press("Passkey")
	}
	for name, test := range map[string]struct{ script, want string }{
		"the relying party is another": {`o.rpId = "evil.example"`, "Passkeys do not work at this address."},
		"the challenge is another":     {`o.challenge = "AAAA"`, "The passkey was not accepted."},
	} {
		toPasskey()
		script := "(f => { const o = JSON.parse(f.value); " + test.script + "; f.value = JSON.stringify(o); return true })(document.forms.passkey.elements.options)"
		if _, err := evaluate[bool](b, script); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.press("Use your passkey")
		b.see(test.want, "Sign in another way")
	}
	toPasskey()
	b.press("Use your passkey")
	b.at(p.callback + "?code=")
}

// passkeyPool is a pool of the development server, whose users can choose passkeys.
type passkeyPool struct {
	pages, callback string
	query, short    string // a whole authorization request; client and address alone
}

func newPasskeyPool(t *testing.T, base, pages string) passkeyPool {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sdk := newSDK(t, base, "export AWS_ACCESS_KEY_ID=whoever\nexport AWS_SECRET_ACCESS_KEY=whatever\n")
	made, err := sdk.CreateUserPool(bounded(t), &cognito.CreateUserPoolInput{
		PoolName: aws.String("keys"),
		Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn}}},
	})
	check(err)
	pool, callback := made.UserPool.Id, base+"/"
	client, err := sdk.CreateUserPoolClient(bounded(t), &cognito.CreateUserPoolClientInput{
		UserPoolId: pool, ClientName: aws.String("app"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserAuth},
		AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: []types.OAuthFlowType{types.OAuthFlowTypeCode}, AllowedOAuthScopes: []string{"openid"},
		CallbackURLs: []string{callback}, SupportedIdentityProviders: []string{"COGNITO"},
	})
	check(err)
	_, err = sdk.CreateUserPoolDomain(bounded(t), &cognito.CreateUserPoolDomainInput{UserPoolId: pool, Domain: aws.String("keys")})
	check(err)
	_, err = sdk.AdminCreateUser(bounded(t), &cognito.AdminCreateUserInput{UserPoolId: pool, Username: aws.String("alice"), MessageAction: types.MessageActionTypeSuppress})
	check(err)
	_, err = sdk.AdminSetUserPassword(bounded(t), &cognito.AdminSetUserPasswordInput{UserPoolId: pool, Username: aws.String("alice"), Password: aws.String("Alice-2026!"), Permanent: true})
	check(err)
	q := url.Values{"client_id": {*client.UserPoolClient.ClientId}, "redirect_uri": {callback}}
	short := q.Encode()
	q.Set("response_type", "code")
	return passkeyPool{pages: pages, callback: callback, query: q.Encode(), short: short}
}

// addAuthenticator gives the window an authenticator like that of a telephone: it
// keeps passkeys, and its owner always agrees.
func (b *window) addAuthenticator() {
	b.t.Helper()
	err := b.within(func(ctx context.Context) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	})
	if err != nil {
		b.t.Fatalf("add an authenticator: %v", err)
	}
}
