package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest/enginetest"
)

// recoveryPool is a pool of the file with recovery codes.
const recoveryPool = `
  pools:
    - id: us-east-1_Declared1
      name: declared
      domain: declared
      recovery_codes: 3
      users:
        - {username: alice, email: alice@example.com, password: "Alice-2026!"}
`

var recoveryCode = regexp.MustCompile(`\b[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\b`)

// TestRecoveryCodeAtAStepUp gives Chromium recovery codes when an app is set up. Another
// browser was signed in with the password alone before the pool demanded a second
// factor: it is asked for that, and uses a code.
func TestRecoveryCodeAtAStepUp(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, sqlite, recoveryPool)
	sdk, callback := newSDK(t, d.url, d.accessKey(t)), d.url+"/"
	client, err := sdk.CreateUserPoolClient(bounded(t), &cognito.CreateUserPoolClientInput{
		UserPoolId: aws.String(declaredID), ClientName: aws.String("app"), SupportedIdentityProviders: []string{"COGNITO"}, CallbackURLs: []string{callback},
		AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: []types.OAuthFlowType{types.OAuthFlowTypeCode}, AllowedOAuthScopes: []string{"openid"},
	})
	if err != nil {
		t.Fatal(err)
	}
	page := d.domainURL("declared") + "/login?response_type=code&client_id=" + *client.UserPoolClient.ClientId + "&redirect_uri=" + callback
	signIn := func(b *window) {
		b.open(page)
		b.fill("username", "alice")
		b.fill("password", "Alice-2026!")
		b.press("Sign in")
	}
	early := newWindow(t)
	signIn(early)
	early.at(callback + "?code=")
	_, err = sdk.SetUserPoolMfaConfig(bounded(t), &cognito.SetUserPoolMfaConfigInput{
		UserPoolId: aws.String(declaredID), MfaConfiguration: types.UserPoolMfaTypeOn,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	})
	if err != nil {
		t.Fatal(err)
	}

	b := newWindow(t)
	signIn(b)
	b.see("Connect an authenticator app")
	secret, err := evaluate[string](b, `document.querySelector("input[name=secret]").value`)
	if err != nil {
		t.Fatal(err)
	}
	b.fill("code", enginetest.TOTP(t, secret, time.Now()).Reveal())
	b.press("Connect the app")
	b.see("Your recovery codes", "Print this page, or copy the codes")
	codes := recoveryCode.FindAllString(b.text(), -1)
	if len(codes) != 3 {
		t.Fatalf("the page shows %d codes, want 3", len(codes))
	}
	b.press("I have kept them")
	b.at(callback + "?code=")

	early.open(page)
	early.see("Confirm that it is you", "asks for another proof")
	early.press("Continue as alice")
	early.see("Enter your code")
	early.press("Use a recovery code")
	early.fill("code", strings.ToUpper(codes[0]))
	early.press("Sign in")
	early.see("You have 2 recovery codes left.")
	early.press("Go on")
	early.at(callback + "?code=")
}
