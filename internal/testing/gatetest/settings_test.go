package gatetest_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/internal/testing/gatetest"
)

// callJSON makes a signed call and returns the members of the JSON answer. The
// SDK's types do not tell which members are absent.
func callJSON(t *testing.T, gt *gatetest.Server, operation, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, gatetest.URL+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	key := aws.Credentials{AccessKeyID: gt.Key.ID, SecretAccessKey: gt.Secret.Reveal()}
	if err := v4.NewSigner().SignHTTP(t.Context(), key, r, sha256Hex(body), "cognito-idp", gatetest.Region, gt.Now()); err != nil {
		t.Fatal(err)
	}
	w, err := gt.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.NewDecoder(bytes.NewReader(answer)).Decode(&out); err != nil || w.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s, %v", operation, w.StatusCode, answer, err)
	}
	return out
}

// Cognito: CreateUserPool with only a name, and DescribeUserPool after it.
func TestDefaultsOfAPool(t *testing.T) {
	gt := gatetest.New(t)
	made := callJSON(t, gt, "CreateUserPool", `{"PoolName":"plain"}`)["UserPool"].(map[string]any)
	id := made["Id"].(string)
	described := callJSON(t, gt, "DescribeUserPool", `{"UserPoolId":"`+id+`"}`)["UserPool"].(map[string]any)
	if diff := cmp.Diff(made, described); diff != "" {
		t.Errorf("DescribeUserPool differs from CreateUserPool (-create +describe):\n%s", diff)
	}
	schema := described["SchemaAttributes"].([]any)
	if len(schema) != 20 {
		t.Errorf("the schema has %d attributes, want 20", len(schema))
	}
	delete(described, "SchemaAttributes")
	now := float64(gt.Now().UnixMilli()) / 1000
	want := map[string]any{
		"Id": id, "Arn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + id, "Name": "plain", "CreationDate": now, "LastModifiedDate": now,
		"Policies": map[string]any{
			"PasswordPolicy": map[string]any{"MinimumLength": 8.0, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7.0},
			"SignInPolicy":   map[string]any{"AllowedFirstAuthFactors": []any{"PASSWORD"}},
		},
		"DeletionProtection": "INACTIVE", "LambdaConfig": map[string]any{}, "MfaConfiguration": "OFF", "EstimatedNumberOfUsers": 0.0,
		"VerificationMessageTemplate": map[string]any{"DefaultEmailOption": "CONFIRM_WITH_CODE"},
		"UserAttributeUpdateSettings": map[string]any{"AttributesRequireVerificationBeforeUpdate": []any{}},
		"EmailConfiguration":          map[string]any{"EmailSendingAccount": "COGNITO_DEFAULT"},
		"UserPoolTags":                map[string]any{},
		"AdminCreateUserConfig":       map[string]any{"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7.0},
		"AccountRecoverySetting":      map[string]any{"RecoveryMechanisms": []any{map[string]any{"Name": "verified_email", "Priority": 1.0}, map[string]any{"Name": "verified_phone_number", "Priority": 2.0}}},
		"UserPoolTier":                "ESSENTIALS",
	}
	if diff := cmp.Diff(want, described); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	first := map[string]any{
		"Name": "sub", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false, "Required": true,
		"StringAttributeConstraints": map[string]any{"MinLength": "1", "MaxLength": "2048"},
	}
	if diff := cmp.Diff(any(first), schema[0]); diff != "" {
		t.Errorf("first attribute (-want +got):\n%s", diff)
	}
	last := map[string]any{
		"Name": "updated_at", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true, "Required": false,
		"NumberAttributeConstraints": map[string]any{"MinValue": "0"},
	}
	if diff := cmp.Diff(any(last), schema[19]); diff != "" {
		t.Errorf("last attribute (-want +got):\n%s", diff)
	}
}

// Cognito: CreateUserPoolClient with only a name.
func TestDefaultsOfAClient(t *testing.T) {
	gt := gatetest.New(t)
	got := callJSON(t, gt, "CreateUserPoolClient", `{"UserPoolId":"`+gt.Pool+`","ClientName":"plain"}`)["UserPoolClient"].(map[string]any)
	now := float64(gt.Now().UnixMilli()) / 1000
	want := map[string]any{
		"ClientId": got["ClientId"], "ClientName": "plain", "ClientType": "REGULAR", "UserPoolId": gt.Pool, "CreationDate": now, "LastModifiedDate": now,
		"RefreshTokenValidity": 30.0, "TokenValidityUnits": map[string]any{}, "AllowedOAuthFlowsUserPoolClient": false,
		"EnableTokenRevocation": true, "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	units := callJSON(t, gt, "UpdateUserPoolClient", `{"UserPoolId":"`+gt.Pool+`","ClientId":"`+got["ClientId"].(string)+`","AccessTokenValidity":30,"TokenValidityUnits":{"AccessToken":"minutes"},"PreventUserExistenceErrors":"LEGACY"}`)["UserPoolClient"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"AccessToken": "minutes", "IdToken": "hours", "RefreshToken": "days"}, units["TokenValidityUnits"]); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
	if units["PreventUserExistenceErrors"] != "LEGACY" || units["AccessTokenValidity"] != 30.0 {
		t.Errorf("client %v, want PreventUserExistenceErrors LEGACY and AccessTokenValidity 30", units)
	}
}

// Cognito: UpdateUserPool resets the members that the request leaves out.
func TestUpdateUserPoolResetsWhatIsLeftOut(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	in := &idp.CreateUserPoolInput{
		AliasAttributes: []types.AliasAttributeType{"email"}, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		UsernameConfiguration:  &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)},
		Policies:               &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(12), RequireNumbers: true}},
		DeletionProtection:     types.DeletionProtectionTypeActive,
		AdminCreateUserConfig:  &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true, InviteMessageTemplate: &types.MessageTemplateType{SMSMessage: aws.String("{username} {####}")}},
		AccountRecoverySetting: &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{{Name: "admin_only", Priority: aws.Int32(1)}}},
		UserPoolTags:           map[string]string{"a": "1"}, UserPoolTier: types.UserPoolTierTypePlus,
		EmailVerificationMessage: aws.String("Code {####}"), EmailVerificationSubject: aws.String("Hello"),
		Schema: []types.SchemaAttributeType{{Name: aws.String("badge"), AttributeDataType: types.AttributeDataTypeString}, {Name: aws.String("email"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true)}},
	}
	id := gt.MustPool(in)
	describe := func() *types.UserPoolType {
		t.Helper()
		return must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &id})).UserPool
	}
	before := describe()
	if p := before.Policies.PasswordPolicy; *p.MinimumLength != 12 || p.RequireSymbols || !p.RequireNumbers || p.TemporaryPasswordValidityDays != 7 {
		t.Errorf("policy %+v, want the one that was set", p)
	}
	if v := before.VerificationMessageTemplate; aws.ToString(v.EmailMessage) != "Code {####}" || aws.ToString(v.EmailSubject) != "Hello" || aws.ToString(before.EmailVerificationMessage) != "Code {####}" {
		t.Errorf("message template %+v, want the texts in both members", v)
	}
	gt.Advance(time.Minute)
	must[idp.UpdateUserPoolOutput](t)(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &id}))
	after := describe()
	if after.DeletionProtection != types.DeletionProtectionTypeInactive || after.AutoVerifiedAttributes != nil || after.AdminCreateUserConfig.AllowAdminCreateUserOnly ||
		after.AdminCreateUserConfig.InviteMessageTemplate != nil || len(after.AccountRecoverySetting.RecoveryMechanisms) != 2 || after.EmailVerificationMessage != nil {
		t.Errorf("%+v: want the members that the update left out reset", after)
	}
	if p := after.Policies.PasswordPolicy; *p.MinimumLength != 12 || p.RequireSymbols || after.UserPoolTags["a"] != "1" {
		t.Errorf("policy %+v, tags %v: want those from before", p, after.UserPoolTags)
	}
	if after.UserPoolTier != types.UserPoolTierTypePlus || *after.Name != "test" || !slices.Equal(after.AliasAttributes, before.AliasAttributes) ||
		after.UsernameConfiguration == nil || *after.UsernameConfiguration.CaseSensitive || len(after.SchemaAttributes) != 21 || !after.LastModifiedDate.After(*before.LastModifiedDate) {
		t.Errorf("%+v: want the members that cannot change kept", after)
	}
}

// Cognito: UpdateUserPoolClient resets the members that the request leaves out.
// It keeps the secret.
func TestUpdateUserPoolClientResetsWhatIsLeftOut(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	c := gt.MustClient(gatetest.Confidential, gatetest.Hiding, func(in *idp.CreateUserPoolClientInput) {
		in.CallbackURLs, in.EnableTokenRevocation, in.AccessTokenValidity = []string{"https://app.example.com/"}, aws.Bool(false), aws.Int32(2)
		in.ReadAttributes = []string{"email"}
	})
	got := must[idp.UpdateUserPoolClientOutput](t)(gt.API.UpdateUserPoolClient(ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &gt.Pool, ClientId: c.ClientId})).UserPoolClient
	if *got.ClientSecret != *c.ClientSecret || *got.ClientName != *c.ClientName {
		t.Errorf("the update changed the secret or the name")
	}
	if got.CallbackURLs != nil || !*got.EnableTokenRevocation || got.AccessTokenValidity != nil || got.ReadAttributes != nil || got.PreventUserExistenceErrors != "" || got.ExplicitAuthFlows != nil {
		t.Errorf("%+v: want the members that the update left out reset", got)
	}
}

// A pool that confirms with a link sends one that leads to its own pages, and says
// so when it is described.
func TestConfirmingWithALink(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	want := &types.VerificationMessageTemplateType{
		DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink, EmailMessage: aws.String("Code {####}"), EmailSubject: aws.String("Code"),
		EmailMessageByLink: aws.String("{##Click #1##}"), EmailSubjectByLink: aws.String("Link"), SmsMessage: aws.String("SMS {####}"),
	}
	gt.Pool = gt.MustPool(&idp.CreateUserPoolInput{AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}, VerificationMessageTemplate: want})
	got := must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool})).UserPool
	if diff := cmp.Diff(want, got.VerificationMessageTemplate, cmpopts.IgnoreUnexported(types.VerificationMessageTemplateType{})); diff != "" {
		t.Errorf("VerificationMessageTemplate (-want +got):\n%s", diff)
	}
	c, name := gt.MustClient().ClientId, aws.String("lia")
	must[idp.SignUpOutput](t)(gt.Public.SignUp(ctx, &idp.SignUpInput{ClientId: c, Username: name, Password: aws.String(gatetest.Password), UserAttributes: gatetest.Attributes("email", "lia@example.com")}))
	message := gt.Sent("lia@example.com")[0]
	_, rest, _ := strings.Cut(html.UnescapeString(message.Body.Reveal()), `href="`)
	link, text, _ := strings.Cut(rest, `"`)
	if !strings.HasPrefix(link, gatetest.URL+"/"+gt.Pool+"/confirmUser?client_id="+*c+"&confirmation_code=") || text != ">Click #1</a>" || message.Subject != "Link" {
		t.Fatalf("message %q: %s", message.Subject, message.Body.Reveal())
	}
	gt.Browser().Step().Open(link).Want(200, "Confirm my account").Submit().Want(200, "Your account is confirmed")
	gt.MustSignIn(*c, "lia")
	must[idp.UpdateUserPoolOutput](t)(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool}))
	reset := must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool})).UserPool.VerificationMessageTemplate
	if reset.DefaultEmailOption != types.DefaultEmailOptionTypeConfirmWithCode || reset.EmailMessageByLink != nil || reset.EmailSubjectByLink != nil || reset.SmsMessage != nil {
		t.Errorf("after an update without it: %+v, want the default", reset)
	}
}

// A pool's e-mail has the sender and the reply address that its owner chose.
func TestWhoSendsAPoolsEmail(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	want := &types.EmailConfigurationType{
		EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:us-east-1:000000000000:identity/shop.example.com"),
		From: aws.String("Shop <hello@shop.example.com>"), ReplyToEmailAddress: aws.String("help@shop.example.com"), ConfigurationSet: aws.String("set"),
	}
	id := gt.MustPool(&idp.CreateUserPoolInput{EmailConfiguration: want})
	describe := func() *types.EmailConfigurationType {
		t.Helper()
		return must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &id})).UserPool.EmailConfiguration
	}
	ignore := cmpopts.IgnoreUnexported(types.EmailConfigurationType{})
	if diff := cmp.Diff(want, describe(), ignore); diff != "" {
		t.Errorf("EmailConfiguration (-want +got):\n%s", diff)
	}
	must[idp.UpdateUserPoolOutput](t)(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &id}))
	if diff := cmp.Diff(&types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeCognitoDefault}, describe(), ignore); diff != "" {
		t.Errorf("after an update without it (-want +got):\n%s", diff)
	}
}

// A password that a user had lately is refused at every place where one is set.
func TestPasswordsThatWereUsedBefore(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	gt.Pool = gt.MustPool(&idp.CreateUserPoolInput{AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}, Policies: &types.UserPoolPolicyType{
		PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(8), PasswordHistorySize: aws.Int32(2)},
	}})
	if size := gt.MustDescribe().Policies.PasswordPolicy.PasswordHistorySize; aws.ToInt32(size) != 2 {
		t.Errorf("PasswordHistorySize %v, want 2", size)
	}
	c, name := gt.MustClient().ClientId, aws.String("hana")
	gt.MustInvite("hana")
	asked, err := gt.SignIn(*c, "hana", gatetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	const text = "Password has previously been used"
	choose := func(password string) error {
		return errorOf(gt.Public.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: map[string]string{"USERNAME": "hana", "NEW_PASSWORD": password}}))
	}
	change := func(from, to string) error {
		in, err := gt.SignIn(*c, "hana", from)
		if err != nil {
			t.Fatal(err)
		}
		return errorOf(gt.Public.ChangePassword(ctx, &idp.ChangePasswordInput{AccessToken: in.AuthenticationResult.AccessToken, PreviousPassword: &from, ProposedPassword: &to}))
	}
	reset := func(password string) error {
		must[idp.ForgotPasswordOutput](t)(gt.Public.ForgotPassword(ctx, &idp.ForgotPasswordInput{ClientId: c, Username: name}))
		return errorOf(gt.Public.ConfirmForgotPassword(ctx, &idp.ConfirmForgotPasswordInput{ClientId: c, Username: name, ConfirmationCode: aws.String(gt.MustCode("hana@example.com")), Password: &password}))
	}
	set := func(password string) error {
		return errorOf(gt.API.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &gt.Pool, Username: name, Password: &password, Permanent: true}))
	}
	const violation = "PasswordHistoryPolicyViolationException"
	wantException(t, "NEW_PASSWORD_REQUIRED with the temporary one", choose(gatetest.Password), violation, text)
	works := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	works("NEW_PASSWORD_REQUIRED", choose("Horse-No-1"))
	wantException(t, "ChangePassword to the present one", change("Horse-No-1", "Horse-No-1"), violation, text)
	wantException(t, "ChangePassword to the one before", change("Horse-No-1", gatetest.Password), violation, text)
	works("ChangePassword", change("Horse-No-1", "Horse-No-2"))
	wantException(t, "ConfirmForgotPassword", reset("Horse-No-1"), violation, text)
	works("ConfirmForgotPassword", reset("Horse-No-3"))
	wantException(t, "AdminSetUserPassword", set("Horse-No-2"), violation, text)
	wantException(t, "AdminSetUserPassword, the present one", set("Horse-No-3"), violation, text)
	works("AdminSetUserPassword of one that is old enough", set("Horse-No-1"))
	if _, err := gt.SignIn(*c, "hana", "Horse-No-1"); err != nil {
		t.Errorf("sign-in with the last one: %v", err)
	}
}
