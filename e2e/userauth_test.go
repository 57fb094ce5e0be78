package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestUserAuth lets Amplify choose the first factor.
func TestUserAuth(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, strings.Replace(declaredPool, "[ALLOW_USER_PASSWORD_AUTH,", "[ALLOW_USER_AUTH,", 1))
		sdk := newSDK(t, d.url, d.accessKey(t))
		_, err := sdk.UpdateUserPool(bounded(t), &cognito.UpdateUserPoolInput{
			UserPoolId: aws.String(declaredID),
			Policies:   &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		mailbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, d.mail.code("alice@example.com", 1))
		}))
		defer mailbox.Close()
		seen := decode[struct {
			Steps []struct {
				IsSignedIn bool
				Step       string
				Choice     []string
			}
			WrongCode, Subject string
		}](t, runNode(t, "userauth.mjs", "ENDPOINT="+d.url+"/", "POOL="+declaredID, "CLIENT="+declaredClient, "USERNAME=alice", "PASSWORD=Alice-2026!", "MAILBOX="+mailbox.URL))
		var steps []string
		for _, s := range seen.Steps {
			steps = append(steps, s.Step)
		}
		want := []string{"CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION", "CONFIRM_SIGN_IN_WITH_EMAIL_CODE", "DONE", "DONE"}
		if !slices.Equal(steps, want) || !seen.Steps[3].IsSignedIn || seen.WrongCode != "CodeMismatchException" || seen.Subject != "alice" {
			t.Fatalf("Amplify saw %+v, want the steps %v", seen, want)
		}
		if got := seen.Steps[0].Choice; !slices.Equal(got, []string{"PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"}) {
			t.Errorf("Amplify offers %v", got)
		}
	})
}

// TestRememberedDevice lets amazon-cognito-identity-js sign in on a device that takes
// the place of the second factor.
func TestRememberedDevice(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, strings.Replace(declaredPool, "[ALLOW_USER_PASSWORD_AUTH,", "[ALLOW_USER_SRP_AUTH,", 1))
		sdk := newSDK(t, d.url, d.accessKey(t))
		_, err := sdk.UpdateUserPool(bounded(t), &cognito.UpdateUserPoolInput{
			UserPoolId: aws.String(declaredID), DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true},
		})
		if err == nil {
			_, err = sdk.SetUserPoolMfaConfig(bounded(t), &cognito.SetUserPoolMfaConfigInput{
				UserPoolId: aws.String(declaredID), MfaConfiguration: types.UserPoolMfaTypeOptional,
				SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		type saw struct {
			First, Remembered, Forgotten string
			Devices                      int
		}
		got := decode[saw](t, runNode(t, "devices.mjs", "ENDPOINT="+d.url+"/", "POOL="+declaredID, "CLIENT="+declaredClient, "USERNAME=alice", "PASSWORD=Alice-2026!"))
		if want := (saw{"onSuccess", "onSuccess", "totpRequired", 1}); got != want {
			t.Errorf("the library saw %+v, want %+v", got, want)
		}
	})
}
