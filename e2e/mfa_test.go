package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestSecondFactor sets up an authenticator app in the sign-in, and signs in with
// it, through both of AWS's libraries for front ends.
func TestSecondFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, strings.Replace(declaredPool, "[ALLOW_USER_PASSWORD_AUTH,", "[ALLOW_USER_SRP_AUTH,", 1))
		sdk := newSDK(t, d.url, d.accessKey(t))
		demand := func(email *types.EmailMfaConfigType) {
			_, err := sdk.SetUserPoolMfaConfig(bounded(t), &cognito.SetUserPoolMfaConfigInput{
				UserPoolId: aws.String(declaredID), MfaConfiguration: types.UserPoolMfaTypeOn,
				SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true}, EmailMfaConfiguration: email,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		demand(nil)
		run := func(script, name string, env ...string) string {
			return runNode(t, script, append(env, "ENDPOINT="+d.url+"/", "POOL="+declaredID, "CLIENT="+declaredClient, "USERNAME="+name, "PASSWORD=Alice-2026!")...)
		}
		addUser(t, sdk, "bob")
		checkIdentityJS(t, decode[identityJSSaw](t, run("mfa.mjs", "bob")))
		first := decode[amplifyMFASaw](t, run("amplifymfa.mjs", "alice"))
		first.want(t, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP", "DONE")
		demand(&types.EmailMfaConfigType{})
		second := decode[amplifyMFASaw](t, run("amplifymfa.mjs", "alice", "SECRET="+first.Secret, "USED="+strconv.Itoa(first.Used)))
		second.want(t, "CONTINUE_SIGN_IN_WITH_MFA_SELECTION", "CONFIRM_SIGN_IN_WITH_TOTP_CODE", "DONE")
		if got := second.Steps[0].Choice; !slices.Equal(got, []string{"TOTP", "EMAIL"}) {
			t.Errorf("Amplify offers %v, want TOTP and EMAIL", got)
		}
	})
}

// addUser makes a user with alice's password.
func addUser(t *testing.T, sdk *cognito.Client, name string) {
	t.Helper()
	_, err := sdk.AdminCreateUser(bounded(t), &cognito.AdminCreateUserInput{UserPoolId: aws.String(declaredID), Username: &name, MessageAction: types.MessageActionTypeSuppress})
	if err == nil {
		_, err = sdk.AdminSetUserPassword(bounded(t), &cognito.AdminSetUserPasswordInput{UserPoolId: aws.String(declaredID), Username: &name, Password: aws.String("Alice-2026!"), Permanent: true})
	}
	if err != nil {
		t.Fatal(err)
	}
}

type identityJSSaw struct {
	First, WrongSetUp, Second, WrongCode, UsedCode string
	SetUp, SignedIn                                bool
	List                                           []string
}

func checkIdentityJS(t *testing.T, seen identityJSSaw) {
	t.Helper()
	want := identityJSSaw{
		First: "mfaSetup", WrongSetUp: "EnableSoftwareTokenMFAException", SetUp: true,
		Second: "totpRequired", WrongCode: "CodeMismatchException", UsedCode: "ExpiredCodeException", SignedIn: true,
	}
	list := seen.List
	if seen.List = nil; !slices.Equal(list, []string{"SOFTWARE_TOKEN_MFA"}) {
		t.Errorf("amazon-cognito-identity-js: factors %v, want the app alone", list)
	}
	if seen.First != want.First || seen.WrongSetUp != want.WrongSetUp || seen.Second != want.Second || seen.WrongCode != want.WrongCode ||
		seen.UsedCode != want.UsedCode || !seen.SetUp || !seen.SignedIn {
		t.Errorf("amazon-cognito-identity-js saw %+v, want %+v", seen, want)
	}
}

type amplifyMFASaw struct {
	Steps []struct {
		IsSignedIn bool
		Step       string
		Choice     []string
	}
	Secret string
	Used   int
}

// want fails the test unless Amplify saw these steps, and signed in with the last.
func (s amplifyMFASaw) want(t *testing.T, steps ...string) {
	t.Helper()
	var got []string
	for _, step := range s.Steps {
		got = append(got, step.Step)
	}
	if !slices.Equal(got, steps) || !s.Steps[len(s.Steps)-1].IsSignedIn {
		t.Fatalf("Amplify saw %+v, want the steps %v and a sign-in", s.Steps, steps)
	}
}
