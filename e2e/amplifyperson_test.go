package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestAmplifyPerson has a person sign up, forget the password, remember a device, add a
// passkey and leave, all with Amplify.
func TestAmplifyPerson(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, strings.Replace(declaredPool, "[ALLOW_USER_PASSWORD_AUTH,", "[ALLOW_USER_SRP_AUTH, ALLOW_USER_AUTH,", 1))
		preparePerson(t, newSDK(t, d.url, d.accessKey(t)))
		mailbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.FormValue("n"))
			io.WriteString(w, d.mail.code("erin@example.com", n))
		}))
		defer mailbox.Close()
		got := decode[personSaw](t, runNode(t, "amplifyperson.mjs", "ENDPOINT="+d.url+"/", "POOL="+declaredID, "CLIENT="+declaredClient, "ORIGIN=https://app.example.com", "MAILBOX="+mailbox.URL))
		want := personSaw{
			Steps: map[string]string{
				"signUp": "CONFIRM_SIGN_UP", "confirmSignUp": "DONE", "resetPassword": "CONFIRM_RESET_PASSWORD_WITH_CODE", "signIn": "DONE",
				"onTheDevice": "DONE", "onAForgottenDevice": "CONFIRM_SIGN_IN_WITH_TOTP_CODE", "withTheApp": "DONE", "withThePasskey": "DONE",
			},
			Taken: "UsernameExistsException", Unconfirmed: "CONFIRM_SIGN_UP", OldPassword: "NotAuthorizedException",
			Devices: 1, Passkeys: 1, Subject: "erin", Deleted: "NotAuthorizedException",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Amplify saw\n%+v, want\n%+v", got, want)
		}
	})
}

type personSaw struct {
	Steps                                             map[string]string
	Taken, Unconfirmed, OldPassword, Subject, Deleted string
	Devices, Passkeys, PasskeysLeft                   int
}

// preparePerson has the pool remember devices on request, and take apps and passkeys.
func preparePerson(t *testing.T, sdk *cognito.Client) {
	t.Helper()
	_, err := sdk.UpdateUserPool(bounded(t), &cognito.UpdateUserPoolInput{
		UserPoolId: aws.String(declaredID), AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
		Policies:            &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn}}},
	})
	if err == nil {
		_, err = sdk.SetUserPoolMfaConfig(bounded(t), &cognito.SetUserPoolMfaConfigInput{
			UserPoolId: aws.String(declaredID), MfaConfiguration: types.UserPoolMfaTypeOptional,
			SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
			WebAuthnConfiguration:         &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example.com"), UserVerification: types.UserVerificationTypePreferred},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}
