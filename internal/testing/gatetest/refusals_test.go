package gatetest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatetest"
)

// refusal is a row: a call, and the exception that answers it.
type refusal struct {
	what string
	call func() error
	name string
	text string
}

func try(t *testing.T, rows []refusal) {
	t.Helper()
	for _, row := range rows {
		wantAPI(t, row.what, row.call(), row.name, row.text)
	}
}

// failed makes a call's error of its two results.
func failed[T any](_ *T, err error) error { return err }

func TestRefusals(t *testing.T) {
	databases(t, func(t *testing.T, gt *gatetest.Server) {
		t.Run("pools", func(t *testing.T) { refusePools(t, gt) })
		t.Run("clients", func(t *testing.T) { refuseClients(t, gt) })
		t.Run("users", func(t *testing.T) { refuseUsers(t, gt) })
		t.Run("sign-in", func(t *testing.T) { refuseSignIn(t, gt) })
		t.Run("sign-up and recovery", func(t *testing.T) { refuseSignUp(t, gt) })
		t.Run("tokens", func(t *testing.T) { refuseTokens(t, gt) })
	})
}

const (
	invalid      = "InvalidParameterException"
	notFound     = "ResourceNotFoundException"
	unauthorized = "NotAuthorizedException"
)

func refusePools(t *testing.T, gt *gatetest.Server) {
	ctx, none := t.Context(), aws.String("us-east-1_none00000")
	missing := "User pool us-east-1_none00000 does not exist."
	name := aws.String("pool")
	guarded := gt.MustPool(&idp.CreateUserPoolInput{DeletionProtection: types.DeletionProtectionTypeActive})
	housed := gt.MustPool(&idp.CreateUserPoolInput{})
	if _, err := gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &housed, Domain: aws.String("housed")}); err != nil {
		t.Fatal(err)
	}
	create := func(change func(*idp.CreateUserPoolInput)) func() error {
		in := &idp.CreateUserPoolInput{PoolName: name}
		change(in)
		return func() error { return failed(gt.API.CreateUserPool(ctx, in)) }
	}
	schema := func(a types.SchemaAttributeType) func() error {
		return create(func(in *idp.CreateUserPoolInput) { in.Schema = []types.SchemaAttributeType{a} })
	}
	server := func(identifier string) *idp.CreateResourceServerInput {
		return &idp.CreateResourceServerInput{UserPoolId: &housed, Identifier: &identifier, Name: name}
	}
	if _, err := gt.API.CreateResourceServer(ctx, server("api")); err != nil {
		t.Fatal(err)
	}
	try(t, []refusal{
		{"describe no pool", func() error {
			return failed(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: none}))
		}, notFound, missing},
		{"update no pool", func() error {
			return failed(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: none}))
		}, notFound, missing},
		{"delete no pool", func() error {
			return failed(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: none}))
		}, notFound, missing},
		{"list users of no pool", func() error { return failed(gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: none})) }, notFound, missing},
		{"a pool id that is none", func() error {
			return failed(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: aws.String("bad")}))
		}, invalid, `1 validation error detected: Value 'bad' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
		{"delete a protected pool", func() error {
			return failed(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: &guarded}))
		}, invalid, ""},
		{"delete a pool with a domain", func() error {
			return failed(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: &housed}))
		}, invalid, "User pool cannot be deleted. It has a domain configured that should be deleted first."},
		{"two domains", func() error {
			return failed(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &housed, Domain: aws.String("second")}))
		}, invalid, ""},
		{"a taken domain", func() error {
			return failed(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &guarded, Domain: aws.String("housed")}))
		}, invalid, ""},
		{"a domain with a reserved word", func() error {
			return failed(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &guarded, Domain: aws.String("my-cognito")}))
		}, invalid, "Domain cannot contain reserved word: cognito"},
		{"delete another pool's domain", func() error {
			return failed(gt.API.DeleteUserPoolDomain(ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: &guarded, Domain: aws.String("housed")}))
		}, invalid, "No such domain or user pool exists."},
		{"a resource server twice", func() error { return failed(gt.API.CreateResourceServer(ctx, server("api"))) }, invalid, "api already exists in user pool " + housed + "."},
		{"describe no resource server", func() error {
			return failed(gt.API.DescribeResourceServer(ctx, &idp.DescribeResourceServerInput{UserPoolId: &housed, Identifier: aws.String("none")}))
		}, notFound, "Resource server none does not exist."},
		{"tags of another account", func() error {
			return failed(gt.API.ListTagsForResource(ctx, &idp.ListTagsForResourceInput{ResourceArn: aws.String("arn:aws:cognito-idp:us-east-1:111111111111:userpool/" + housed)}))
		}, notFound, ""},
		{"alias and username attributes", create(func(in *idp.CreateUserPoolInput) {
			in.AliasAttributes, in.UsernameAttributes = []types.AliasAttributeType{"email"}, []types.UsernameAttributeType{"email"}
		}), invalid, "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."},
		{"required custom attribute", schema(types.SchemaAttributeType{Name: aws.String("x"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true)}), invalid, "Required custom attributes are not supported currently."},
		{"lengths the wrong way round", schema(types.SchemaAttributeType{Name: aws.String("email"), AttributeDataType: types.AttributeDataTypeString, StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("9"), MaxLength: aws.String("8")}}), invalid, "user.email: Max length cannot be less than min length."},
		{"days that disagree", create(func(in *idp.CreateUserPoolInput) {
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{UnusedAccountValidityDays: 3}
			in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(8), TemporaryPasswordValidityDays: 4}}
		}), invalid, ""},
		{"the same custom attribute again", func() error {
			add := &idp.AddCustomAttributesInput{UserPoolId: &guarded, CustomAttributes: []types.SchemaAttributeType{{Name: aws.String("x"), AttributeDataType: types.AttributeDataTypeString}}}
			if err := failed(gt.API.AddCustomAttributes(ctx, add)); err != nil {
				return err
			}
			return failed(gt.API.AddCustomAttributes(ctx, add))
		}, invalid, "custom:x: Existing attribute already has name custom:x."},
		{"no group", func() error {
			return failed(gt.API.GetGroup(ctx, &idp.GetGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"update no group", func() error {
			return failed(gt.API.UpdateGroup(ctx, &idp.UpdateGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"delete no group", func() error {
			return failed(gt.API.DeleteGroup(ctx, &idp.DeleteGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"members of no group", func() error {
			return failed(gt.API.ListUsersInGroup(ctx, &idp.ListUsersInGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"a group twice", func() error {
			in := &idp.CreateGroupInput{UserPoolId: &housed, GroupName: aws.String("twice")}
			if err := failed(gt.API.CreateGroup(ctx, in)); err != nil {
				return err
			}
			return failed(gt.API.CreateGroup(ctx, in))
		}, "GroupExistsException", "A group with the name already exists."},
	})
}

// What Gatehouse does not do is refused, and the refusal says what.
func TestWhatIsNotOfferedIsRefused(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	rows := map[string]idp.CreateUserPoolInput{
		"MfaConfiguration ON or OPTIONAL":                    {MfaConfiguration: types.UserPoolMfaTypeOptional},
		"LambdaConfig":                                       {LambdaConfig: &types.LambdaConfigType{PreSignUp: aws.String("arn:aws:lambda:us-east-1:000000000000:function:f")}},
		"DeviceConfiguration":                                {DeviceConfiguration: &types.DeviceConfigurationType{}},
		"SmsConfiguration":                                   {SmsConfiguration: &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sms")}},
		"EmailConfiguration other than COGNITO_DEFAULT":      {EmailConfiguration: &types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeDeveloper}},
		"UserPoolAddOns.AdvancedSecurityMode other than OFF": {UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit}},
		"VerificationMessageTemplate CONFIRM_WITH_LINK":      {VerificationMessageTemplate: &types.VerificationMessageTemplateType{DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink}},
		"SignInPolicy other than PASSWORD":                   {Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD", "EMAIL_OTP"}}}},
		"PasswordHistorySize":                                {Policies: &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{PasswordHistorySize: aws.Int32(3)}}},
		"UserAttributeUpdateSettings":                        {UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"email"}}},
	}
	for what, in := range rows {
		in.PoolName = aws.String("p")
		_, err := gt.API.CreateUserPool(ctx, &in)
		wantAPI(t, what, err, invalid, "This version of Gatehouse does not offer: "+what+". See docs/compatibility.md.")
	}
	taken := idp.CreateUserPoolInput{
		PoolName: aws.String("p"), MfaConfiguration: types.UserPoolMfaTypeOff, LambdaConfig: &types.LambdaConfigType{},
		EmailConfiguration:          &types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeCognitoDefault},
		UserPoolAddOns:              &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeOff},
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithCode},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{}},
	}
	if _, err := gt.API.CreateUserPool(ctx, &taken); err != nil {
		t.Errorf("what is off: %v, want it taken", err)
	}
	_, err := gt.API.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: &gt.Pool, ClientName: aws.String("c"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_AUTH"}, RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled}})
	wantAPI(t, "two at once", err, invalid, "This version of Gatehouse does not offer: ExplicitAuthFlows ALLOW_USER_AUTH, RefreshTokenRotation. See docs/compatibility.md.")
	_, err = gt.API.AdminListDevices(ctx, &idp.AdminListDevicesInput{UserPoolId: &gt.Pool, Username: aws.String("a")})
	wantAPI(t, "an operation", err, "NotImplementedException", "This version of Gatehouse does not offer the operation AdminListDevices. docs/compatibility.md lists those that it offers.")
}

func refuseClients(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	create := func(change func(*idp.CreateUserPoolClientInput)) func() error {
		in := &idp.CreateUserPoolClientInput{UserPoolId: &gt.Pool, ClientName: aws.String("c")}
		change(in)
		return func() error { return failed(gt.API.CreateUserPoolClient(ctx, in)) }
	}
	other := gt.MustPool(&idp.CreateUserPoolInput{})
	c := gt.MustClient().ClientId
	try(t, []refusal{
		{"no client", func() error {
			return failed(gt.API.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &gt.Pool, ClientId: aws.String("none")}))
		}, notFound, "User pool client none does not exist."},
		{"through another pool", func() error {
			return failed(gt.API.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &other, ClientId: c}))
		}, notFound, "User pool client " + *c + " does not exist."},
		{"delete through another pool", func() error {
			return failed(gt.API.DeleteUserPoolClient(ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &other, ClientId: c}))
		}, notFound, ""},
		{"OAuth flow", create(func(in *idp.CreateUserPoolClientInput) {
			in.AllowedOAuthFlows, in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthScopes = []types.OAuthFlowType{"client_credentials", "code"}, true, []string{"openid"}
		}), "InvalidOAuthFlowException", ""},
		{"scope", create(func(in *idp.CreateUserPoolClientInput) { in.AllowedOAuthScopes = []string{"none/read"} }), "ScopeDoesNotExistException", ""},
		{"provider", create(func(in *idp.CreateUserPoolClientInput) { in.SupportedIdentityProviders = []string{"Goggle"} }), invalid, "The provider Goggle does not exist for User Pool " + gt.Pool + "."},
		{"life", create(func(in *idp.CreateUserPoolClientInput) { in.AccessTokenValidity = aws.Int32(25) }), invalid, "Invalid range for token validity."},
		{"writes", create(func(in *idp.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email_verified"} }), invalid, "Invalid write attributes specified while creating a client"},
		{"writes, in an update", func() error {
			return failed(gt.API.UpdateUserPoolClient(ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &gt.Pool, ClientId: c, WriteAttributes: []string{"sub"}}))
		}, invalid, "Invalid write attributes specified while updating a client"},
		{"callback", create(func(in *idp.CreateUserPoolClientInput) { in.CallbackURLs = []string{"http://app.example.com/"} }), invalid, ""},
	})
}

func refuseUsers(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	gt.MustUser("ulla")
	gt.MustGroup("g")
	create := func(change func(*idp.AdminCreateUserInput)) func() error {
		in := &idp.AdminCreateUserInput{UserPoolId: &gt.Pool, Username: aws.String("new")}
		change(in)
		return func() error { return failed(gt.API.AdminCreateUser(ctx, in)) }
	}
	update := func(list ...string) func() error {
		return func() error {
			return failed(gt.API.AdminUpdateUserAttributes(ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("ulla"), UserAttributes: gatetest.Attributes(list...)}))
		}
	}
	filter := func(text string) func() error {
		return func() error {
			return failed(gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: &gt.Pool, Filter: &text}))
		}
	}
	none := aws.String("nobody")
	gone := "User does not exist."
	try(t, []refusal{
		{"name that is taken", create(func(in *idp.AdminCreateUserInput) { in.Username = aws.String("ulla") }), "UsernameExistsException", "User account already exists"},
		{"verified address that is taken", create(func(in *idp.AdminCreateUserInput) {
			in.UserAttributes = gatetest.Attributes("email", "ulla@example.com", "email_verified", "true")
		}), "UsernameExistsException", "An account with the given email already exists."},
		{"weak password", create(func(in *idp.AdminCreateUserInput) { in.TemporaryPassword = aws.String("Aaaaaa1a") }), "InvalidPasswordException", "Password did not conform with policy: Password must have symbol characters"},
		{"attribute", create(func(in *idp.AdminCreateUserInput) { in.UserAttributes = gatetest.Attributes("custom:x", "1") }), invalid, "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n"},
		{"resend", create(func(in *idp.AdminCreateUserInput) {
			in.Username, in.MessageAction = aws.String("ulla"), types.MessageActionTypeResend
		}), "UnsupportedUserStateException", "Resend not possible. ulla status is not FORCE_CHANGE_PASSWORD"},
		{"resend to nobody", create(func(in *idp.AdminCreateUserInput) {
			in.Username, in.MessageAction = none, types.MessageActionTypeResend
		}), "UserNotFoundException", gone},
		{"get nobody", func() error {
			return failed(gt.API.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"delete nobody", func() error {
			return failed(gt.API.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"disable nobody", func() error {
			return failed(gt.API.AdminDisableUser(ctx, &idp.AdminDisableUserInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"sign out nobody", func() error {
			return failed(gt.API.AdminUserGlobalSignOut(ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"unknown attribute", update("custom:x", "1"), invalid, "user.custom:x: Attribute does not exist in the schema.\n"},
		{"sub", update("sub", "1"), invalid, "user.sub: Attribute cannot be updated.\n"},
		{"address", update("email", "x"), invalid, "Invalid email address format."},
		{"delete sub", func() error {
			return failed(gt.API.AdminDeleteUserAttributes(ctx, &idp.AdminDeleteUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("ulla"), UserAttributeNames: []string{"custom:x"}}))
		}, invalid, "Invalid user attributes: user.custom:x: Attribute does not exist in the schema.\n"},
		{"password of nobody", func() error {
			return failed(gt.API.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &gt.Pool, Username: none, Password: aws.String("Other-Horse-8")}))
		}, "UserNotFoundException", gone},
		{"confirm who is confirmed", func() error {
			return failed(gt.API.AdminConfirmSignUp(ctx, &idp.AdminConfirmSignUpInput{UserPoolId: &gt.Pool, Username: aws.String("ulla")}))
		}, unauthorized, "User cannot be confirmed. Current status is CONFIRMED"},
		{"join no group", func() error {
			return failed(gt.API.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &gt.Pool, GroupName: aws.String("none"), Username: aws.String("ulla")}))
		}, notFound, "Group not found."},
		{"nobody joins", func() error {
			return failed(gt.API.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &gt.Pool, GroupName: aws.String("g"), Username: none}))
		}, "UserNotFoundException", gone},
		{"filter", filter("email"), invalid, "Error while parsing filter."},
		{"filter on a custom attribute", filter(`custom:foo = "x"`), invalid, "Invalid search attribute: custom:foo"},
		{"two clauses", filter(`email = "a" and name = "b"`), invalid, "Error while parsing filter."},
		{"attributes that are not there", func() error {
			return failed(gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: &gt.Pool, AttributesToGet: []string{"custom:x"}}))
		}, invalid, ""},
	})
}

func refuseSignIn(t *testing.T, gt *gatetest.Server) {
	c, hiding, confidential := gt.MustClient().ClientId, gt.MustClient(gatetest.Hiding).ClientId, gt.MustClient(gatetest.Confidential).ClientId
	gt.MustUser("ina")
	signIn := func(client *string, name, password string) func() error {
		return func() error { return failed(gt.SignIn(*client, name, password)) }
	}
	srp := func(client *string, name, password string) func() error {
		return func() error { return failed(gt.SRP(*client, name, password)) }
	}
	initiate := func(flow types.AuthFlowType, parameters map[string]string) func() error {
		return func() error {
			return failed(gt.Public.InitiateAuth(t.Context(), &idp.InitiateAuthInput{ClientId: c, AuthFlow: flow, AuthParameters: parameters}))
		}
	}
	respond := func(challenge types.ChallengeNameType, session string) func() error {
		return func() error {
			return failed(gt.Public.RespondToAuthChallenge(t.Context(), &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: challenge, Session: &session, ChallengeResponses: map[string]string{"USERNAME": "ina", "NEW_PASSWORD": "Other-Horse-8"}}))
		}
	}
	bad := "Incorrect username or password."
	try(t, []refusal{
		{"wrong password", signIn(c, "ina", "Wrong-Horse-7"), unauthorized, bad},
		{"wrong password, SRP", srp(c, "ina", "Wrong-Horse-7"), unauthorized, bad},
		{"nobody", signIn(c, "nobody", "x"), "UserNotFoundException", "User does not exist."},
		{"nobody, SRP", srp(c, "nobody", "x"), "UserNotFoundException", "User does not exist."},
		{"nobody, hidden", signIn(hiding, "nobody", "x"), unauthorized, bad},
		{"nobody, hidden, SRP", srp(hiding, "nobody", "x"), unauthorized, bad},
		{"no secret hash", signIn(confidential, "ina", gatetest.Password), unauthorized, "Client " + *confidential + " is configured with secret but SECRET_HASH was not received"},
		{"no client", signIn(aws.String("none"), "ina", gatetest.Password), notFound, "User pool client none does not exist."},
		{"administrators' flow", initiate("ADMIN_USER_PASSWORD_AUTH", nil), invalid, "Initiate Auth method not supported"},
		{"flow that is none", initiate("MAGIC", nil), invalid, ""},
		{"choice", initiate("USER_AUTH", nil), invalid, "USER_AUTH flow not enabled for this client"},
		{"no name", initiate("USER_PASSWORD_AUTH", nil), invalid, "Missing required parameter USERNAME"},
		{"garbage to refresh", initiate("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": "x"}), unauthorized, "Invalid Refresh Token"},
		{"garbage for a session", respond("NEW_PASSWORD_REQUIRED", strings.Repeat("x", 40)), unauthorized, "Invalid session for the user."},
		{"a session that is too short", respond("NEW_PASSWORD_REQUIRED", "x"), invalid, ""},
	})
	// The SDK knows the exceptions by their types.
	_, err := gt.SignIn(*c, "nobody", "x")
	if _, ok := errors.AsType[*types.UserNotFoundException](err); !ok {
		t.Errorf("%v, want a typed exception", err)
	}
	gt.Advance(16 * time.Minute)
	for range 5 {
		gt.SignIn(*c, "ina", "Wrong-Horse-7")
	}
	wantAPI(t, "locked", signIn(c, "ina", gatetest.Password)(), unauthorized, "Password attempts exceeded")
}

func refuseSignUp(t *testing.T, gt *gatetest.Server) {
	ctx, c, hiding, confidential := t.Context(), gt.MustClient().ClientId, gt.MustClient(gatetest.Hiding).ClientId, gt.MustClient(gatetest.Confidential).ClientId
	gt.MustUser("una")
	signUp := func(client *string, change func(*idp.SignUpInput)) func() error {
		in := &idp.SignUpInput{ClientId: client, Username: aws.String("ugo"), Password: aws.String(gatetest.Password)}
		change(in)
		return func() error { return failed(gt.Public.SignUp(ctx, in)) }
	}
	confirm := func(client *string, name, code string) func() error {
		return func() error {
			return failed(gt.Public.ConfirmSignUp(ctx, &idp.ConfirmSignUpInput{ClientId: client, Username: &name, ConfirmationCode: &code}))
		}
	}
	forgot := func(client *string, name string) func() error {
		return func() error {
			return failed(gt.Public.ForgotPassword(ctx, &idp.ForgotPasswordInput{ClientId: client, Username: &name}))
		}
	}
	reset := func(client *string, name string) func() error {
		return func() error {
			return failed(gt.Public.ConfirmForgotPassword(ctx, &idp.ConfirmForgotPasswordInput{ClientId: client, Username: &name, ConfirmationCode: aws.String("123456"), Password: aws.String("Other-Horse-8")}))
		}
	}
	closed := gt.MustPool(&idp.CreateUserPoolInput{AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true}})
	shut := gt.MustClient(func(in *idp.CreateUserPoolClientInput) { in.UserPoolId = &closed }).ClientId
	if err := signUp(c, func(in *idp.SignUpInput) {
		in.Username, in.UserAttributes = aws.String("uwe"), gatetest.Attributes("email", "uwe@example.com")
	})(); err != nil {
		t.Fatal(err)
	}
	unknown := "Username/client id combination not found."
	try(t, []refusal{
		{"sign-up where it is closed", signUp(shut, func(*idp.SignUpInput) {}), unauthorized, "SignUp is not permitted for this user pool"},
		{"name that is taken", signUp(c, func(in *idp.SignUpInput) { in.Username = aws.String("una") }), "UsernameExistsException", "User already exists"},
		{"verified flag", signUp(c, func(in *idp.SignUpInput) {
			in.UserAttributes = gatetest.Attributes("email", "u@example.com", "email_verified", "true")
		}), unauthorized, "A client attempted to write unauthorized attribute"},
		{"weak password", signUp(c, func(in *idp.SignUpInput) { in.Password = aws.String("Aaaaa1!") }), "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		{"no hash", signUp(confidential, func(*idp.SignUpInput) {}), unauthorized, "Client " + *confidential + " is configured with secret but SECRET_HASH was not received"},
		{"wrong hash", signUp(confidential, func(in *idp.SignUpInput) { in.SecretHash = aws.String("eA==") }), unauthorized, "SecretHash does not match for the client: " + *confidential},
		{"wrong code", confirm(c, "uwe", "000000x"), "CodeMismatchException", "Invalid verification code provided, please try again."},
		{"code with a space", confirm(c, "uwe", "1 2"), invalid, `1 validation error detected: Value '1 2' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+`},
		{"confirmed already", confirm(c, "una", "123456"), unauthorized, "User cannot be confirmed. Current status is CONFIRMED"},
		{"confirm nobody", confirm(c, "nobody", "123456"), "UserNotFoundException", unknown},
		{"confirm nobody, hidden", confirm(hiding, "nobody", "123456"), "ExpiredCodeException", "Invalid code provided, please request a code again."},
		{"forgot, nobody", forgot(c, "nobody"), "UserNotFoundException", unknown},
		{"forgot, no contact", forgot(c, "uwe"), invalid, "Cannot reset password for the user as there is no registered/verified email or phone_number"},
		{"reset, no code", reset(c, "una"), "ExpiredCodeException", "Invalid code provided, please request a code again."},
		{"reset, nobody", reset(c, "nobody"), "UserNotFoundException", unknown},
	})
	for _, client := range []*string{hiding} { // what is hidden is no error
		if err := forgot(client, "nobody")(); err != nil {
			t.Errorf("forgot, nobody, hidden: %v", err)
		}
		wantAPI(t, "reset after that", reset(client, "nobody")(), "CodeMismatchException", "Invalid verification code provided, please try again.")
	}
}

func refuseTokens(t *testing.T, gt *gatetest.Server) {
	ctx, c, other := t.Context(), gt.MustClient().ClientId, gt.MustClient().ClientId
	gt.MustUser("tina")
	tokens := gt.MustSignIn(*c, "tina")
	get := func(token string) func() error {
		return func() error { return failed(gt.Public.GetUser(ctx, &idp.GetUserInput{AccessToken: &token})) }
	}
	parts := strings.Split(*tokens.AccessToken, ".")
	unsigned := "eyJhbGciOiJub25lIn0." + parts[1] + "."
	swapped := parts[0] + "." + strings.Split(*tokens.IdToken, ".")[1] + "." + parts[2]
	revoke := func(client *string, token *string) func() error {
		return func() error {
			return failed(gt.Public.RevokeToken(ctx, &idp.RevokeTokenInput{ClientId: client, Token: token}))
		}
	}
	try(t, []refusal{
		{"no signature", get(unsigned), unauthorized, ""},
		{"signature of another token", get(swapped), unauthorized, "Could not verify signature for Access Token"},
		{"another signature", get(forge.Signature(*tokens.AccessToken)), unauthorized, "Could not verify signature for Access Token"},
		{"ID token", get(*tokens.IdToken), unauthorized, "Invalid Access Token"},
	})
	wantRefused(t, "garbage", get("garbage")())
	wantRefused(t, "refresh token", get(*tokens.RefreshToken)())
	try(t, []refusal{
		{"wrong password to change", func() error {
			return failed(gt.Public.ChangePassword(ctx, &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String("Wrong-Horse-7"), ProposedPassword: aws.String("Other-Horse-8")}))
		}, unauthorized, "Incorrect username or password."},
		{"revoke an access token", revoke(c, tokens.AccessToken), "UnsupportedTokenTypeException", ""},
		{"revoke another client's", revoke(other, tokens.RefreshToken), "UnauthorizedException", ""},
	})
	if err := revoke(c, tokens.RefreshToken)(); err != nil {
		t.Fatal(err)
	}
	wantAPI(t, "revoked", get(*tokens.AccessToken)(), unauthorized, "Access Token has been revoked")
	expiring := gt.MustSignIn(*c, "tina")
	gt.Advance(time.Hour)
	wantAPI(t, "expired", get(*expiring.AccessToken)(), unauthorized, "Access Token has expired")
	deleted := gt.MustSignIn(*c, "tina")
	if _, err := gt.API.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: &gt.Pool, Username: aws.String("tina")}); err != nil {
		t.Fatal(err)
	}
	wantAPI(t, "deleted user", get(*deleted.AccessToken)(), "UserNotFoundException", "User does not exist.")
}

// wantRefused wants any exception that is the caller's fault.
func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "Internal") {
		t.Errorf("%s: %v, want a refusal", what, err)
	}
}

// A signed operation is for who has a key that works.
func TestSignaturesAreChecked(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	describe := func(c *idp.Client) error {
		return failed(c.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool}))
	}
	if err := describe(gt.API); err != nil {
		t.Fatal(err)
	}
	wantAPI(t, "no signature", describe(gt.Public), "MissingAuthenticationTokenException", "Missing Authentication Token")
	wantAPI(t, "wrong secret", describe(gt.Signed(gt.Key.ID, gt.Secret+"x")), "InvalidSignatureException", "")
	wantAPI(t, "unknown key", describe(gt.Signed("AKIAAAAAAAAAAAAAAAAA", gt.Secret)), "UnrecognizedClientException", "The security token included in the request is invalid.")
	signedAt := func(at time.Time) *idp.Client {
		return idp.New(gt.API.Options(), func(o *idp.Options) { o.HTTPSignerV4, o.AuthSchemes = gatetest.SignAt(at), nil })
	}
	wantAPI(t, "six minutes ago", describe(signedAt(gt.Now().Add(-6*time.Minute))), "InvalidSignatureException", "")
	wantAPI(t, "in six minutes", describe(signedAt(gt.Now().Add(6*time.Minute))), "InvalidSignatureException", "")
	if err := gt.System.Keys().Revoke(ctx, gt.Key.ID); err != nil {
		t.Fatal(err)
	}
	gt.Advance(6 * time.Second)
	wantAPI(t, "revoked key", describe(gt.API), "UnrecognizedClientException", "The security token included in the request is invalid.")
}
