package gatetest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var (
	smsRole  = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sms"), ExternalId: aws.String("x"), SnsRegion: aws.String("eu-west-1")}
	appMFA   = &types.SoftwareTokenMfaConfigType{Enabled: true}
	emailMFA = &types.EmailMfaConfigType{Subject: aws.String("Code"), Message: aws.String("It is {####}")}
	smsMFA   = &types.SmsMfaConfigType{SmsAuthenticationMessage: aws.String("Code {####}"), SmsConfiguration: smsRole}
)

// mfa sets up and uses every second factor.
func (r *tour) mfa() {
	t := r.t
	want := &idp.SetUserPoolMfaConfigInput{UserPoolId: &r.Pool, MfaConfiguration: types.UserPoolMfaTypeOptional, SoftwareTokenMfaConfiguration: appMFA, EmailMfaConfiguration: emailMFA, SmsMfaConfiguration: smsMFA}
	must[idp.SetUserPoolMfaConfigOutput](t)(r.signed.SetUserPoolMfaConfig(r.ctx, want))
	got := must[idp.GetUserPoolMfaConfigOutput](t)(r.signed.GetUserPoolMfaConfig(r.ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: &r.Pool}))
	if got.MfaConfiguration != want.MfaConfiguration || !got.SoftwareTokenMfaConfiguration.Enabled || *got.EmailMfaConfiguration.Message != "It is {####}" || *got.EmailMfaConfiguration.Subject != "Code" || *got.SmsMfaConfiguration.SmsAuthenticationMessage != "Code {####}" || *got.SmsMfaConfiguration.SmsConfiguration.SnsRegion != "eu-west-1" || got.WebAuthnConfiguration != nil {
		t.Errorf("MFA of the pool: %+v, want what was set", got)
	}
	r.mfaPreferences()
	r.appOfASignedInUser()
	r.appInSignIn()
	r.sentCodes()
	must[idp.SetUserPoolMfaConfigOutput](t)(r.signed.SetUserPoolMfaConfig(r.ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &r.Pool}))
	if got := must[idp.GetUserPoolMfaConfigOutput](t)(r.signed.GetUserPoolMfaConfig(r.ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: &r.Pool})); got.MfaConfiguration != types.UserPoolMfaTypeOff || got.SoftwareTokenMfaConfiguration != nil || got.EmailMfaConfiguration != nil || got.SmsMfaConfiguration != nil {
		t.Errorf("MFA after a reset: %+v, want OFF alone", got)
	}
}

// givePhone gives a user a phone number.
func (r *tour) givePhone(name string) {
	r.t.Helper()
	must[idp.AdminUpdateUserAttributesOutput](r.t)(r.signed.AdminUpdateUserAttributes(r.ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &r.Pool, Username: &name, UserAttributes: gatetest.Attributes("phone_number", "+15550001234")}))
}

func (r *tour) mfaPreferences() {
	t, name := r.t, aws.String("mia")
	r.MustUser("mia")
	r.givePhone("mia")
	token := r.MustSignIn(*r.MustClient().ClientId, "mia").AccessToken
	seen := func() (list []string, preferred string, options []types.MFAOptionType) {
		own := must[idp.GetUserOutput](t)(r.public.GetUser(r.ctx, &idp.GetUserInput{AccessToken: token}))
		admin := must[idp.AdminGetUserOutput](t)(r.signed.AdminGetUser(r.ctx, &idp.AdminGetUserInput{UserPoolId: &r.Pool, Username: name}))
		factors := must[idp.GetUserAuthFactorsOutput](t)(r.public.GetUserAuthFactors(r.ctx, &idp.GetUserAuthFactorsInput{AccessToken: token}))
		adminFactors := r.raw("AdminGetUserAuthFactors", object{"UserPoolId": r.Pool, "Username": "mia"})
		if !slices.Equal(own.UserMFASettingList, admin.UserMFASettingList) || !slices.Equal(own.UserMFASettingList, factors.UserMFASettingList) || fmt.Sprint(factors.ConfiguredUserAuthFactors) != fmt.Sprint(adminFactors["ConfiguredUserAuthFactors"]) || *factors.Username != "mia" || adminFactors["Username"] != "mia" {
			t.Errorf("%+v, %+v, %+v, %+v: want the same factors", own, admin, factors, adminFactors)
		}
		return own.UserMFASettingList, aws.ToString(own.PreferredMfaSetting), admin.MFAOptions
	}
	if list, preferred, options := seen(); list != nil || preferred != "" || options != nil {
		t.Errorf("without factors: %v, %q, %v, want nothing", list, preferred, options)
	}
	must[idp.SetUserMFAPreferenceOutput](t)(r.public.SetUserMFAPreference(r.ctx, &idp.SetUserMFAPreferenceInput{AccessToken: token, SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true}, EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: true, PreferredMfa: true}}))
	if list, preferred, options := seen(); !slices.Equal(list, []string{"SMS_MFA", "EMAIL_OTP"}) || preferred != "EMAIL_OTP" || options != nil {
		t.Errorf("after SetUserMFAPreference: %v, %q, %v", list, preferred, options)
	}
	must[idp.AdminSetUserMFAPreferenceOutput](t)(r.signed.AdminSetUserMFAPreference(r.ctx, &idp.AdminSetUserMFAPreferenceInput{UserPoolId: &r.Pool, Username: name, EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: false}}))
	if list, preferred, _ := seen(); !slices.Equal(list, []string{"SMS_MFA"}) || preferred != "" {
		t.Errorf("after AdminSetUserMFAPreference: %v, %q", list, preferred)
	}
	must[idp.SetUserSettingsOutput](t)(r.public.SetUserSettings(r.ctx, &idp.SetUserSettingsInput{AccessToken: token, MFAOptions: []types.MFAOptionType{}}))
	if list, _, _ := seen(); list != nil {
		t.Errorf("after SetUserSettings without options: %v, want nothing", list)
	}
	must[idp.AdminSetUserSettingsOutput](t)(r.signed.AdminSetUserSettings(r.ctx, &idp.AdminSetUserSettingsInput{UserPoolId: &r.Pool, Username: name, MFAOptions: []types.MFAOptionType{{AttributeName: aws.String("phone_number"), DeliveryMedium: "SMS"}}}))
	if list, _, options := seen(); !slices.Equal(list, []string{"SMS_MFA"}) || len(options) != 1 || *options[0].AttributeName != "phone_number" || options[0].DeliveryMedium != "SMS" {
		t.Errorf("after AdminSetUserSettings: %v, %v", list, options)
	}
}

// appOfASignedInUser sets up an app with an access token, signs in with it, and
// lets an administrator remove it.
func (r *tour) appOfASignedInUser() {
	t := r.t
	r.MustUser("max")
	c := r.MustClient().ClientId
	token := r.MustSignIn(*c, "max").AccessToken
	made := must[idp.AssociateSoftwareTokenOutput](t)(r.public.AssociateSoftwareToken(r.ctx, &idp.AssociateSoftwareTokenInput{AccessToken: token}))
	if len(*made.SecretCode) != 52 || made.Session != nil {
		t.Errorf("AssociateSoftwareToken: %d characters, session %v; want 52 and none", len(*made.SecretCode), made.Session)
	}
	code := func() *string { return aws.String(enginetest.TOTP(t, *made.SecretCode, r.Now()).Reveal()) }
	verified := must[idp.VerifySoftwareTokenOutput](t)(r.public.VerifySoftwareToken(r.ctx, &idp.VerifySoftwareTokenInput{AccessToken: token, UserCode: code(), FriendlyDeviceName: aws.String("tablet")}))
	if verified.Status != types.VerifySoftwareTokenResponseTypeSuccess || verified.Session != nil {
		t.Errorf("VerifySoftwareToken: %+v, want SUCCESS without a session", verified)
	}
	r.MustSignIn(*c, "max") // a verified app is not turned on
	must[idp.SetUserMFAPreferenceOutput](t)(r.public.SetUserMFAPreference(r.ctx, &idp.SetUserMFAPreferenceInput{AccessToken: token, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true}}))
	r.Advance(time.Minute)
	asked := must[idp.InitiateAuthOutput](t)(r.SignIn(*c, "max", gatetest.Password))
	if asked.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa || asked.ChallengeParameters["FRIENDLY_DEVICE_NAME"] != "tablet" {
		t.Errorf("challenge %s %v, want SOFTWARE_TOKEN_MFA with the name of the app", asked.ChallengeName, asked.ChallengeParameters)
	}
	answer := &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: map[string]string{"USERNAME": "max", "SOFTWARE_TOKEN_MFA_CODE": *code()}}
	r.wantResult(must[idp.RespondToAuthChallengeOutput](t)(r.public.RespondToAuthChallenge(r.ctx, answer)).AuthenticationResult)
	for range 2 {
		r.raw("AdminDeleteSoftwareToken", object{"UserPoolId": r.Pool, "Username": "max"})
	}
	if got := r.raw("AdminGetUserAuthFactors", object{"UserPoolId": r.Pool, "Username": "max"}); len(got) != 2 || fmt.Sprint(got["ConfiguredUserAuthFactors"]) != "[PASSWORD]" {
		t.Errorf("after the app is removed: %v, want the password alone", got)
	}
	r.MustSignIn(*c, "max")
}

// appInSignIn sets up an app in the sign-in of a pool that demands one.
func (r *tour) appInSignIn() {
	t := r.t
	must[idp.SetUserPoolMfaConfigOutput](t)(r.signed.SetUserPoolMfaConfig(r.ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &r.Pool, MfaConfiguration: types.UserPoolMfaTypeOn, SoftwareTokenMfaConfiguration: appMFA}))
	r.MustUser("moe")
	c := r.MustClient().ClientId
	asked := must[idp.InitiateAuthOutput](t)(r.SignIn(*c, "moe", gatetest.Password))
	if asked.ChallengeName != types.ChallengeNameTypeMfaSetup || asked.ChallengeParameters["MFAS_CAN_SETUP"] != `["SOFTWARE_TOKEN_MFA"]` || asked.ChallengeParameters["USER_ID_FOR_SRP"] != "moe" {
		t.Fatalf("challenge %s %v, want MFA_SETUP of an app", asked.ChallengeName, asked.ChallengeParameters)
	}
	made := must[idp.AssociateSoftwareTokenOutput](t)(r.public.AssociateSoftwareToken(r.ctx, &idp.AssociateSoftwareTokenInput{Session: asked.Session}))
	code := enginetest.TOTP(t, *made.SecretCode, r.Now()).Reveal()
	verified := must[idp.VerifySoftwareTokenOutput](t)(r.public.VerifySoftwareToken(r.ctx, &idp.VerifySoftwareTokenInput{Session: made.Session, UserCode: &code}))
	done := must[idp.RespondToAuthChallengeOutput](t)(r.public.RespondToAuthChallenge(r.ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: "MFA_SETUP", Session: verified.Session, ChallengeResponses: map[string]string{"USERNAME": "moe"}}))
	r.wantResult(done.AuthenticationResult)
	if len(done.ChallengeParameters) != 0 {
		t.Errorf("parameters %v, want none", done.ChallengeParameters)
	}
}

// sentCodes signs in with codes by SMS and by e-mail, chosen from both.
func (r *tour) sentCodes() {
	t := r.t
	must[idp.SetUserPoolMfaConfigOutput](t)(r.signed.SetUserPoolMfaConfig(r.ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &r.Pool, MfaConfiguration: types.UserPoolMfaTypeOn, EmailMfaConfiguration: emailMFA, SmsMfaConfiguration: smsMFA}))
	r.MustUser("mona")
	r.givePhone("mona")
	c := r.MustClient().ClientId
	for _, way := range []struct{ name, key, to string }{{"SMS_MFA", "SMS_MFA_CODE", "+15550001234"}, {"EMAIL_OTP", "EMAIL_OTP_CODE", "mona@example.com"}} {
		asked := must[idp.InitiateAuthOutput](t)(r.SignIn(*c, "mona", gatetest.Password))
		if asked.ChallengeName != types.ChallengeNameTypeSelectMfaType || asked.ChallengeParameters["MFAS_CAN_CHOOSE"] != `["SMS_MFA","EMAIL_OTP"]` {
			t.Fatalf("challenge %s %v, want a choice", asked.ChallengeName, asked.ChallengeParameters)
		}
		respond := func(name types.ChallengeNameType, session *string, key, value string) *idp.RespondToAuthChallengeOutput {
			return must[idp.RespondToAuthChallengeOutput](t)(r.public.RespondToAuthChallenge(r.ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: name, Session: session, ChallengeResponses: map[string]string{"USERNAME": "mona", key: value}}))
		}
		chosen := respond(asked.ChallengeName, asked.Session, "ANSWER", way.name)
		if string(chosen.ChallengeName) != way.name {
			t.Fatalf("challenge %s after the choice, want %s", chosen.ChallengeName, way.name)
		}
		r.wantResult(respond(chosen.ChallengeName, chosen.Session, way.key, r.MustCode(way.to)).AuthenticationResult)
	}
}

func refuseMFA(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	set := func(mode types.UserPoolMfaType, change func(*idp.SetUserPoolMfaConfigInput)) func() error {
		in := &idp.SetUserPoolMfaConfigInput{UserPoolId: &gt.Pool, MfaConfiguration: mode}
		change(in)
		return func() error { return errorOf(gt.API.SetUserPoolMfaConfig(ctx, in)) }
	}
	app := func(in *idp.SetUserPoolMfaConfigInput) { in.SoftwareTokenMfaConfiguration = appMFA }
	offAndOn := "Invalid MFA configuration given, can't turn off MFA and configure an MFA together"
	noSMS := "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
	gt.MustUser("mads")
	c := gt.MustClient().ClientId
	token := gt.MustSignIn(*c, "mads").AccessToken
	associate := func(in *idp.AssociateSoftwareTokenInput) func() error {
		return func() error { return errorOf(gt.Public.AssociateSoftwareToken(ctx, in)) }
	}
	verify := func(in *idp.VerifySoftwareTokenInput) func() error {
		in.UserCode = aws.String("123456")
		return func() error { return errorOf(gt.Public.VerifySoftwareToken(ctx, in)) }
	}
	prefer := func(in *idp.SetUserMFAPreferenceInput) func() error {
		in.AccessToken = token
		return func() error { return errorOf(gt.Public.SetUserMFAPreference(ctx, in)) }
	}
	options := func(list ...types.MFAOptionType) func() error {
		return func() error {
			return errorOf(gt.Public.SetUserSettings(ctx, &idp.SetUserSettingsInput{AccessToken: token, MFAOptions: list}))
		}
	}
	garbage := aws.String("AYABeGarbageThatIsNoSessionOfOurs")
	checkRefusals(t, []refusal{
		{"an app of an unknown pool's config", func() error {
			return errorOf(gt.API.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: aws.String("us-east-1_none00000")}))
		}, notFound, "User pool us-east-1_none00000 does not exist."},
		{"no mode and an app", set("", app), invalid, offAndOn},
		{"OFF and an app that is off", set("OFF", func(in *idp.SetUserPoolMfaConfigInput) {
			in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{}
		}), invalid, offAndOn},
		{"OFF and e-mail", set("OFF", func(in *idp.SetUserPoolMfaConfigInput) { in.EmailMfaConfiguration = emailMFA }), invalid, offAndOn},
		{"OFF and SMS", set("OFF", func(in *idp.SetUserPoolMfaConfigInput) { in.SmsMfaConfiguration = smsMFA }), invalid, offAndOn},
		{"ON without a factor", set("ON", func(*idp.SetUserPoolMfaConfigInput) {}), invalid, "Invalid MFA configuration given, at least one of SMS MFA, Email MFA, or Software Token MFA must be enabled."},
		{"SMS without its configuration", set("ON", func(in *idp.SetUserPoolMfaConfigInput) { in.SmsMfaConfiguration = &types.SmsMfaConfigType{} }), invalid, noSMS},
		{"a message without the code", set("ON", func(in *idp.SetUserPoolMfaConfigInput) {
			in.EmailMfaConfiguration = &types.EmailMfaConfigType{Message: aws.String("none")}
		}), invalid, ""},
		{"a new pool with MFA and without SMS", func() error {
			return errorOf(gt.API.CreateUserPool(ctx, &idp.CreateUserPoolInput{PoolName: aws.String("p"), MfaConfiguration: "ON"}))
		}, invalid, noSMS},
		{"ON in an update", func() error {
			return errorOf(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool, MfaConfiguration: "ON"}))
		}, invalid, "Cannot turn MFA functionality ON, once the user pool has been created"},
		{"an app while the pool accepts none", associate(&idp.AssociateSoftwareTokenInput{AccessToken: token}), "SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool"},
		{"an app of nobody", associate(&idp.AssociateSoftwareTokenInput{}), invalid, "One of AccessToken and Session is required."},
		{"an app of a session that is none", associate(&idp.AssociateSoftwareTokenInput{Session: garbage}), unauthorized, "Invalid session for the user."},
		{"a code of a session that is none", verify(&idp.VerifySoftwareTokenInput{Session: garbage}), unauthorized, "Invalid session for the user."},
		{"a code of nobody", verify(&idp.VerifySoftwareTokenInput{}), invalid, "One of AccessToken and Session is required."},
		{"a code without an app", verify(&idp.VerifySoftwareTokenInput{AccessToken: token}), "SoftwareTokenMFANotFoundException", "The user has no software token."},
		{"prefer an app before it is verified", prefer(&idp.SetUserMFAPreferenceInput{SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true}}), invalid, "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA"},
		{"prefer SMS without a phone", prefer(&idp.SetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true}}), invalid, "User does not have delivery config set to turn on SMS_MFA"},
		{"passkeys as two factors where they are one", func() error {
			_, err := raw(gt, t, "SetUserMFAPreference", object{"AccessToken": *token, "WebAuthnMfaSettings": object{"Enabled": true}})
			return err
		}, invalid, "The user pool does not allow passkeys as multi-factor authentication."},
		{"old options without a phone", options(types.MFAOptionType{AttributeName: aws.String("phone_number"), DeliveryMedium: "SMS"}), invalid, "User does not have delivery config set to turn on SMS_MFA"},
		{"old options for e-mail", options(types.MFAOptionType{AttributeName: aws.String("email"), DeliveryMedium: "EMAIL"}), invalid, ""},
		{"the preference of an unknown user", func() error {
			return errorOf(gt.API.AdminSetUserMFAPreference(ctx, &idp.AdminSetUserMFAPreferenceInput{UserPoolId: &gt.Pool, Username: aws.String("nobody")}))
		}, "UserNotFoundException", "User does not exist."},
		{"the old options of an unknown user", func() error {
			return errorOf(gt.API.AdminSetUserSettings(ctx, &idp.AdminSetUserSettingsInput{UserPoolId: &gt.Pool, Username: aws.String("nobody"), MFAOptions: []types.MFAOptionType{}}))
		}, "UserNotFoundException", "User does not exist."},
		{"the app of an unknown user", func() error {
			_, err := raw(gt, t, "AdminDeleteSoftwareToken", object{"UserPoolId": gt.Pool, "Username": "nobody"})
			return err
		}, "UserNotFoundException", "User does not exist."},
		{"the factors of an unknown user", func() error {
			_, err := raw(gt, t, "AdminGetUserAuthFactors", object{"UserPoolId": gt.Pool, "Username": "nobody"})
			return err
		}, "UserNotFoundException", "User does not exist."},
	})
	refuseMFACodes(t, gt, c)
}

// refuseMFACodes answers challenges wrongly.
func refuseMFACodes(t *testing.T, gt *gatetest.Server, c *string) {
	ctx := t.Context()
	must[idp.SetUserPoolMfaConfigOutput](t)(gt.API.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &gt.Pool, MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: appMFA}))
	defer gt.API.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &gt.Pool})
	gt.MustUser("mila")
	asked := must[idp.InitiateAuthOutput](t)(gt.SignIn(*c, "mila", gatetest.Password))
	made := must[idp.AssociateSoftwareTokenOutput](t)(gt.Public.AssociateSoftwareToken(ctx, &idp.AssociateSoftwareTokenInput{Session: asked.Session}))
	code := enginetest.TOTP(t, *made.SecretCode, gt.Now())
	wrong := enginetest.WrongCode(code).Reveal()
	verify := func(code string) error {
		out, err := gt.Public.VerifySoftwareToken(ctx, &idp.VerifySoftwareTokenInput{Session: made.Session, UserCode: &code})
		if err == nil {
			made.Session = out.Session
		}
		return err
	}
	wantException(t, "first code of an app", verify(wrong), "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
	wantException(t, "a session that was used", errorOf(gt.Public.AssociateSoftwareToken(ctx, &idp.AssociateSoftwareTokenInput{Session: asked.Session})), unauthorized, "Invalid session for the user, session can only be used once.")
	if err := verify(code.Reveal()); err != nil {
		t.Fatal(err)
	}
	respond := func(name types.ChallengeNameType, session *string, code string) (*idp.RespondToAuthChallengeOutput, error) {
		return gt.Public.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: name, Session: session, ChallengeResponses: map[string]string{"USERNAME": "mila", "SOFTWARE_TOKEN_MFA_CODE": code}})
	}
	tokens := must[idp.RespondToAuthChallengeOutput](t)(respond("MFA_SETUP", made.Session, "")).AuthenticationResult
	again := must[idp.InitiateAuthOutput](t)(gt.SignIn(*c, "mila", gatetest.Password))
	wantException(t, "a wrong code", errorOf(respond(again.ChallengeName, again.Session, wrong)), "CodeMismatchException", "Invalid code received for user")
	wantException(t, "a code that was used", errorOf(respond(again.ChallengeName, again.Session, code.Reveal())), "ExpiredCodeException", "Your software token has already been used once.")
	wantException(t, "no code", errorOf(respond(again.ChallengeName, again.Session, "")), invalid, "Missing required parameter SOFTWARE_TOKEN_MFA_CODE")
	wantException(t, "the used code for the app again", errorOf(gt.Public.VerifySoftwareToken(ctx, &idp.VerifySoftwareTokenInput{AccessToken: tokens.AccessToken, UserCode: aws.String(code.Reveal())})), "EnableSoftwareTokenMFAException", "Your software token has already been used once.")
	wantException(t, "a wrong code for the app", errorOf(gt.Public.VerifySoftwareToken(ctx, &idp.VerifySoftwareTokenInput{AccessToken: tokens.AccessToken, UserCode: &wrong})), "EnableSoftwareTokenMFAException", "Code mismatch")
	must[idp.SetUserPoolMfaConfigOutput](t)(gt.API.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &gt.Pool, MfaConfiguration: "ON", EmailMfaConfiguration: emailMFA}))
	sent := must[idp.InitiateAuthOutput](t)(gt.SignIn(*c, "mila", gatetest.Password))
	wantException(t, "a wrong e-mail code", errorOf(gt.Public.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: "EMAIL_OTP", Session: sent.Session, ChallengeResponses: map[string]string{"USERNAME": "mila", "EMAIL_OTP_CODE": "x"}})), "CodeMismatchException", "Invalid code or auth state for the user.")
}
