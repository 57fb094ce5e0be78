package gatetest_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// refusal is a call and the exception that it must cause.
type refusal struct {
	what string // describes the call in failure messages
	call func() error
	name string
	text string
}

// checkRefusals makes the calls and checks their exceptions.
func checkRefusals(t *testing.T, rows []refusal) {
	t.Helper()
	for _, row := range rows {
		wantException(t, row.what, row.call(), row.name, row.text)
	}
}

// errorOf returns the error of a call that has two results.
func errorOf[T any](_ *T, err error) error { return err }

func TestRefusals(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		t.Run("pools", func(t *testing.T) { refusePools(t, gt) })
		t.Run("identity providers", func(t *testing.T) { refuseIdentityProviders(t, gt) })
		t.Run("links", func(t *testing.T) { refuseLinks(t, gt) })
		t.Run("branding", func(t *testing.T) { refuseBranding(t, gt) })
		t.Run("replicas and limits", func(t *testing.T) { refuseReplicas(t, gt) })
		t.Run("clients", func(t *testing.T) { refuseClients(t, gt) })
		t.Run("machines", func(t *testing.T) { refuseMachines(t, gt) })
		t.Run("users", func(t *testing.T) { refuseUsers(t, gt) })
		t.Run("sign-in", func(t *testing.T) { refuseSignIn(t, gt) })
		t.Run("sign-up and recovery", func(t *testing.T) { refuseSignUp(t, gt) })
		t.Run("own attributes", func(t *testing.T) { refuseOwnAttributes(t, gt) })
		t.Run("second factors", func(t *testing.T) { refuseMFA(t, gt) })
		t.Run("logs", func(t *testing.T) { refuseLogs(t, gt) })
		t.Run("risks", func(t *testing.T) { refuseRisks(t, gt) })
		t.Run("devices", func(t *testing.T) { refuseDevices(t, gt) })
		t.Run("imports", func(t *testing.T) { refuseImports(t, gt) })
		t.Run("sessions", func(t *testing.T) { refuseSessions(t, gt) })
		t.Run("passkeys", func(t *testing.T) { refusePasskeys(t, gt) })
		t.Run("tokens", func(t *testing.T) { refuseTokens(t, gt) })
		t.Run("functions", func(t *testing.T) { refuseFunctions(t, gt) })
		t.Run("others", func(t *testing.T) { refuseOthers(t, gt) })
		t.Run("what is not there", func(t *testing.T) { refuseLost(t, gt) })
		checkAnswers(t, gt)
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
		return func() error { return errorOf(gt.API.CreateUserPool(ctx, in)) }
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
	checkRefusals(t, []refusal{
		{"describe an unknown pool", func() error {
			return errorOf(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: none}))
		}, notFound, missing},
		{"update an unknown pool", func() error {
			return errorOf(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: none}))
		}, notFound, missing},
		{"delete an unknown pool", func() error {
			return errorOf(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: none}))
		}, notFound, missing},
		{"list users of an unknown pool", func() error { return errorOf(gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: none})) }, notFound, missing},
		{"a malformed pool id", func() error {
			return errorOf(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: aws.String("bad")}))
		}, invalid, `1 validation error detected: Value 'bad' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
		{"delete a protected pool", func() error {
			return errorOf(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: &guarded}))
		}, invalid, ""},
		{"delete a pool with a domain", func() error {
			return errorOf(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: &housed}))
		}, invalid, "User pool cannot be deleted. It has a domain configured that should be deleted first."},
		{"a second domain", func() error {
			return errorOf(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &housed, Domain: aws.String("second")}))
		}, invalid, ""},
		{"a taken domain", func() error {
			return errorOf(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &guarded, Domain: aws.String("housed")}))
		}, invalid, ""},
		{"a domain with a reserved word", func() error {
			return errorOf(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &guarded, Domain: aws.String("my-cognito")}))
		}, invalid, "Domain cannot contain reserved word: cognito"},
		{"delete another pool's domain", func() error {
			return errorOf(gt.API.DeleteUserPoolDomain(ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: &guarded, Domain: aws.String("housed")}))
		}, invalid, "No such domain or user pool exists."},
		{"create a resource server again", func() error { return errorOf(gt.API.CreateResourceServer(ctx, server("api"))) }, invalid, "api already exists in user pool " + housed + "."},
		{"describe an unknown resource server", func() error {
			return errorOf(gt.API.DescribeResourceServer(ctx, &idp.DescribeResourceServerInput{UserPoolId: &housed, Identifier: aws.String("none")}))
		}, notFound, "Resource server none does not exist."},
		{"tags of another account", func() error {
			return errorOf(gt.API.ListTagsForResource(ctx, &idp.ListTagsForResourceInput{ResourceArn: aws.String("arn:aws:cognito-idp:us-east-1:111111111111:userpool/" + housed)}))
		}, notFound, ""},
		{"alias and username attributes", create(func(in *idp.CreateUserPoolInput) {
			in.AliasAttributes, in.UsernameAttributes = []types.AliasAttributeType{"email"}, []types.UsernameAttributeType{"email"}
		}), invalid, "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."},
		{"required custom attribute", schema(types.SchemaAttributeType{Name: aws.String("x"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true)}), invalid, "Required custom attributes are not supported currently."},
		{"a minimum length above the maximum", schema(types.SchemaAttributeType{Name: aws.String("email"), AttributeDataType: types.AttributeDataTypeString, StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("9"), MaxLength: aws.String("8")}}), invalid, "user.email: Max length cannot be less than min length."},
		{"DEVELOPER without a SourceArn", create(func(in *idp.CreateUserPoolInput) {
			in.EmailConfiguration = &types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeDeveloper}
		}), invalid, "SourceArn is required if EmailSendingAccount is DEVELOPER."},
		{"a link without a text", create(func(in *idp.CreateUserPoolInput) {
			in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{EmailMessageByLink: aws.String("Code {####}")}
		}), invalid, ""},
		{"a link whose text has braces", create(func(in *idp.CreateUserPoolInput) {
			in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{EmailMessageByLink: aws.String("{##{x}##}")}
		}), invalid, "The message is invalid."},
		{"an invitation without a password", create(func(in *idp.CreateUserPoolInput) {
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{SMSMessage: aws.String("Hello {username}")}}
		}), invalid, "The message is invalid. An invitation must contain {username} and {####}."},
		{"an invitation without a name", create(func(in *idp.CreateUserPoolInput) {
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{EmailMessage: aws.String("Hello {####}")}}
		}), invalid, "The message is invalid. An invitation must contain {username} and {####}."},
		{"verification before update of an attribute that is not verified", create(func(in *idp.CreateUserPoolInput) {
			in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
			in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"phone_number"}}
		}), invalid, "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"},
		{"different days for invitations and temporary passwords", create(func(in *idp.CreateUserPoolInput) {
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{UnusedAccountValidityDays: 3}
			in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(8), TemporaryPasswordValidityDays: 4}}
		}), invalid, ""},
		{"add a custom attribute again", func() error {
			add := &idp.AddCustomAttributesInput{UserPoolId: &guarded, CustomAttributes: []types.SchemaAttributeType{{Name: aws.String("x"), AttributeDataType: types.AttributeDataTypeString}}}
			if err := errorOf(gt.API.AddCustomAttributes(ctx, add)); err != nil {
				return err
			}
			return errorOf(gt.API.AddCustomAttributes(ctx, add))
		}, invalid, "custom:x: Existing attribute already has name custom:x."},
		{"get an unknown group", func() error {
			return errorOf(gt.API.GetGroup(ctx, &idp.GetGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"update an unknown group", func() error {
			return errorOf(gt.API.UpdateGroup(ctx, &idp.UpdateGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"delete an unknown group", func() error {
			return errorOf(gt.API.DeleteGroup(ctx, &idp.DeleteGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"members of an unknown group", func() error {
			return errorOf(gt.API.ListUsersInGroup(ctx, &idp.ListUsersInGroupInput{UserPoolId: &housed, GroupName: name}))
		}, notFound, "Group not found."},
		{"create a group again", func() error {
			in := &idp.CreateGroupInput{UserPoolId: &housed, GroupName: aws.String("twice")}
			if err := errorOf(gt.API.CreateGroup(ctx, in)); err != nil {
				return err
			}
			return errorOf(gt.API.CreateGroup(ctx, in))
		}, "GroupExistsException", "A group with the name already exists."},
	})
}

// A setting that Gatehouse does not support is refused, and the message names
// the setting.
func TestSettingsThatAreNotOfferedAreRefused(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	rows := map[string]idp.CreateUserPoolInput{
		"LambdaConfig.InboundFederation": {LambdaConfig: &types.LambdaConfigType{InboundFederation: &types.InboundFederationLambdaType{LambdaArn: aws.String("arn:aws:lambda:us-east-1:000000000000:function:f"), LambdaVersion: "V1_0"}}},
	}
	for what, in := range rows {
		in.PoolName = aws.String("p")
		_, err := gt.API.CreateUserPool(ctx, &in)
		wantException(t, what, err, invalid, "This version of Gatehouse does not offer: "+what+". See docs/compatibility.md.")
	}
	_, err := raw(gt, t, "CreateUserPool", object{"PoolName": "p", "KeyConfiguration": object{"KmsKeyArn": enginetest.CodeKey}})
	wantException(t, "a key of the customer", err, invalid, "This version of Gatehouse does not offer: KeyConfiguration.KmsKeyArn. See docs/compatibility.md.")
	taken := idp.CreateUserPoolInput{
		PoolName: aws.String("p"), MfaConfiguration: types.UserPoolMfaTypeOff, LambdaConfig: &types.LambdaConfigType{},
		EmailConfiguration:          &types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeCognitoDefault},
		UserPoolAddOns:              &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeOff},
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithCode},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{}},
	}
	if _, err := gt.API.CreateUserPool(ctx, &taken); err != nil {
		t.Errorf("CreateUserPool with these features off: %v, want no error", err)
	}
	_, err = gt.API.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: &gt.Pool, ClientName: aws.String("c"), AnalyticsConfiguration: &types.AnalyticsConfigurationType{}})
	wantException(t, "a setting that is not offered", err, invalid, "This version of Gatehouse does not offer: AnalyticsConfiguration. See docs/compatibility.md.")
}

func refuseClients(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	create := func(change func(*idp.CreateUserPoolClientInput)) func() error {
		in := &idp.CreateUserPoolClientInput{UserPoolId: &gt.Pool, ClientName: aws.String("c")}
		change(in)
		return func() error { return errorOf(gt.API.CreateUserPoolClient(ctx, in)) }
	}
	other := gt.MustPool(&idp.CreateUserPoolInput{})
	c := gt.MustClient().ClientId
	checkRefusals(t, []refusal{
		{"describe an unknown client", func() error {
			return errorOf(gt.API.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &gt.Pool, ClientId: aws.String("none")}))
		}, notFound, "User pool client none does not exist."},
		{"describe a client of another pool", func() error {
			return errorOf(gt.API.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &other, ClientId: c}))
		}, notFound, "User pool client " + *c + " does not exist."},
		{"delete a client of another pool", func() error {
			return errorOf(gt.API.DeleteUserPoolClient(ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &other, ClientId: c}))
		}, notFound, ""},
		{"client_credentials together with code", create(func(in *idp.CreateUserPoolClientInput) {
			in.AllowedOAuthFlows, in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthScopes = []types.OAuthFlowType{"client_credentials", "code"}, true, []string{"openid"}
		}), "InvalidOAuthFlowException", ""},
		{"unknown scope", create(func(in *idp.CreateUserPoolClientInput) { in.AllowedOAuthScopes = []string{"none/read"} }), "ScopeDoesNotExistException", ""},
		{"unknown provider", create(func(in *idp.CreateUserPoolClientInput) { in.SupportedIdentityProviders = []string{"Goggle"} }), invalid, "The provider Goggle does not exist for User Pool " + gt.Pool + "."},
		{"access token valid for 25 hours", create(func(in *idp.CreateUserPoolClientInput) { in.AccessTokenValidity = aws.Int32(25) }), invalid, "Invalid range for token validity."},
		{"write attribute email_verified", create(func(in *idp.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email_verified"} }), invalid, "Invalid write attributes specified while creating a client"},
		{"write attribute sub, in an update", func() error {
			return errorOf(gt.API.UpdateUserPoolClient(ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &gt.Pool, ClientId: c, WriteAttributes: []string{"sub"}}))
		}, invalid, "Invalid write attributes specified while updating a client"},
		{"rotation beside the refresh flow", create(func(in *idp.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows, in.RefreshTokenRotation = []types.ExplicitAuthFlowsType{"ALLOW_REFRESH_TOKEN_AUTH"}, &types.RefreshTokenRotationType{Feature: "ENABLED"}
		}), invalid, ""},
		{"grace period of 61 seconds", create(func(in *idp.CreateUserPoolClientInput) {
			in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: "ENABLED", RetryGracePeriodSeconds: aws.Int32(61)}
		}), invalid, ""},
		{"a secret for a public client", func() error {
			return errorOf(gt.API.AddUserPoolClientSecret(ctx, &idp.AddUserPoolClientSecretInput{UserPoolId: &gt.Pool, ClientId: gt.MustClient().ClientId}))
		}, invalid, "The app client has no secret, and it cannot get one."},
		{"a third secret", func() error {
			add := &idp.AddUserPoolClientSecretInput{UserPoolId: &gt.Pool, ClientId: gt.MustClient(gatetest.Confidential).ClientId}
			if err := errorOf(gt.API.AddUserPoolClientSecret(ctx, add)); err != nil {
				return err
			}
			return errorOf(gt.API.AddUserPoolClientSecret(ctx, add))
		}, "LimitExceededException", ""},
		{"delete an unknown secret", func() error {
			return errorOf(gt.API.DeleteUserPoolClientSecret(ctx, &idp.DeleteUserPoolClientSecretInput{UserPoolId: &gt.Pool, ClientId: gt.MustClient(gatetest.Confidential).ClientId, ClientSecretId: aws.String("none")}))
		}, notFound, ""},
		{"delete the last secret", func() error {
			c := gt.MustClient(gatetest.Confidential).ClientId
			list, err := gt.API.ListUserPoolClientSecrets(ctx, &idp.ListUserPoolClientSecretsInput{UserPoolId: &gt.Pool, ClientId: c})
			if err != nil {
				return err
			}
			return errorOf(gt.API.DeleteUserPoolClientSecret(ctx, &idp.DeleteUserPoolClientSecretInput{UserPoolId: &gt.Pool, ClientId: c, ClientSecretId: list.ClientSecrets[0].ClientSecretId}))
		}, invalid, ""},
		{"secrets of an unknown client", func() error {
			return errorOf(gt.API.ListUserPoolClientSecrets(ctx, &idp.ListUserPoolClientSecretsInput{UserPoolId: &gt.Pool, ClientId: aws.String("none")}))
		}, notFound, "User pool client none does not exist."},
		{"callback without TLS", create(func(in *idp.CreateUserPoolClientInput) { in.CallbackURLs = []string{"http://app.example.com/"} }), invalid, ""},
	})
}

func refuseMachines(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	c, other := gt.MustClient(gatetest.Confidential, gatetest.Machine()), gt.MustClient(gatetest.Confidential)
	ask := func(change object) func() error {
		in := object{"ClientId": *c.ClientId, "Secret": *c.ClientSecret}
		maps.Copy(in, change)
		return func() error {
			_, err := raw(gt, t, "GetClientToken", in)
			return err
		}
	}
	create := func(secret bool, flows ...types.ExplicitAuthFlowsType) func() error {
		return func() error {
			return errorOf(gt.API.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: &gt.Pool, ClientName: aws.String("c"), GenerateSecret: secret, ExplicitAuthFlows: flows}))
		}
	}
	checkRefusals(t, []refusal{
		{"a client token without a secret", ask(object{"Secret": nil}), invalid, "1 validation error detected: Value null at 'secret' failed to satisfy constraint: Member must not be null"},
		{"a client token for a wrong secret", ask(object{"Secret": forge.Text(*c.ClientSecret)}), unauthorized, "Invalid client or secret"},
		{"a client token for an unknown client", ask(object{"ClientId": "none"}), unauthorized, "Invalid client or secret"},
		{"a client token for a client of users", ask(object{"ClientId": *other.ClientId, "Secret": *other.ClientSecret}), unauthorized, "The app client may not use this grant."},
		{"a client token with an unknown scope", ask(object{"Scopes": []string{"api/nothing"}}), invalid, "A requested scope does not exist."},
		{"a client token without any scope", ask(nil), invalid, "A requested scope does not exist."},
		{"client tokens together with users", create(true, "ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"), invalid, "ALLOW_CLIENT_TOKEN_AUTH cannot be in ExplicitAuthFlows together with other flows."},
		{"client tokens for a client without a secret", create(false, "ALLOW_CLIENT_TOKEN_AUTH"), invalid, "ALLOW_CLIENT_TOKEN_AUTH cannot be in ExplicitAuthFlows if the client does not have a client secret."},
		{"a user signs in to a client that gets tokens for itself", func() error {
			return errorOf(gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": "a", "PASSWORD": "b"}}))
		}, invalid, "USER_PASSWORD_AUTH flow not enabled for this client"},
	})
}

func refuseUsers(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	gt.MustUser("ulla")
	gt.MustGroup("g")
	create := func(change func(*idp.AdminCreateUserInput)) func() error {
		in := &idp.AdminCreateUserInput{UserPoolId: &gt.Pool, Username: aws.String("new")}
		change(in)
		return func() error { return errorOf(gt.API.AdminCreateUser(ctx, in)) }
	}
	update := func(list ...string) func() error {
		return func() error {
			return errorOf(gt.API.AdminUpdateUserAttributes(ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("ulla"), UserAttributes: gatetest.Attributes(list...)}))
		}
	}
	filter := func(text string) func() error {
		return func() error {
			return errorOf(gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: &gt.Pool, Filter: &text}))
		}
	}
	none := aws.String("nobody")
	gone := "User does not exist."
	checkRefusals(t, []refusal{
		{"taken username", create(func(in *idp.AdminCreateUserInput) { in.Username = aws.String("ulla") }), "UsernameExistsException", "User account already exists"},
		{"verified email address of another user", create(func(in *idp.AdminCreateUserInput) {
			in.UserAttributes = gatetest.Attributes("email", "ulla@example.com", "email_verified", "true")
		}), "UsernameExistsException", "An account with the given email already exists."},
		{"weak password", create(func(in *idp.AdminCreateUserInput) { in.TemporaryPassword = aws.String("Aaaaaa1a") }), "InvalidPasswordException", "Password did not conform with password policy: Password must have symbol characters"},
		{"attribute that the schema does not have", create(func(in *idp.AdminCreateUserInput) { in.UserAttributes = gatetest.Attributes("custom:x", "1") }), invalid, "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n"},
		{"resend to a confirmed user", create(func(in *idp.AdminCreateUserInput) {
			in.Username, in.MessageAction = aws.String("ulla"), types.MessageActionTypeResend
		}), "UnsupportedUserStateException", "Resend not possible. ulla status is not FORCE_CHANGE_PASSWORD"},
		{"resend to an unknown user", create(func(in *idp.AdminCreateUserInput) {
			in.Username, in.MessageAction = none, types.MessageActionTypeResend
		}), "UserNotFoundException", gone},
		{"get an unknown user", func() error {
			return errorOf(gt.API.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"delete an unknown user", func() error {
			return errorOf(gt.API.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"disable an unknown user", func() error {
			return errorOf(gt.API.AdminDisableUser(ctx, &idp.AdminDisableUserInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"sign out an unknown user", func() error {
			return errorOf(gt.API.AdminUserGlobalSignOut(ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: &gt.Pool, Username: none}))
		}, "UserNotFoundException", gone},
		{"unknown attribute", update("custom:x", "1"), invalid, "user.custom:x: Attribute does not exist in the schema.\n"},
		{"update sub", update("sub", "1"), invalid, "user.sub: Attribute cannot be updated.\n"},
		{"malformed email address", update("email", "x"), invalid, "Invalid email address format."},
		{"delete an unknown attribute", func() error {
			return errorOf(gt.API.AdminDeleteUserAttributes(ctx, &idp.AdminDeleteUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("ulla"), UserAttributeNames: []string{"custom:x"}}))
		}, invalid, "Invalid user attributes: user.custom:x: Attribute does not exist in the schema.\n"},
		{"set the password of an unknown user", func() error {
			return errorOf(gt.API.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &gt.Pool, Username: none, Password: aws.String("Other-Horse-8")}))
		}, "UserNotFoundException", gone},
		{"confirm a confirmed user", func() error {
			return errorOf(gt.API.AdminConfirmSignUp(ctx, &idp.AdminConfirmSignUpInput{UserPoolId: &gt.Pool, Username: aws.String("ulla")}))
		}, unauthorized, "User cannot be confirmed. Current status is CONFIRMED"},
		{"add a user to an unknown group", func() error {
			return errorOf(gt.API.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &gt.Pool, GroupName: aws.String("none"), Username: aws.String("ulla")}))
		}, notFound, "Group not found."},
		{"add an unknown user to a group", func() error {
			return errorOf(gt.API.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &gt.Pool, GroupName: aws.String("g"), Username: none}))
		}, "UserNotFoundException", gone},
		{"filter without an operator", filter("email"), invalid, "Error while parsing filter."},
		{"filter on a custom attribute", filter(`custom:foo = "x"`), invalid, "Invalid search attribute: custom:foo"},
		{"filter with two clauses", filter(`email = "a" and name = "b"`), invalid, "Error while parsing filter."},
		{"get an unknown attribute", func() error {
			return errorOf(gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: &gt.Pool, AttributesToGet: []string{"custom:x"}}))
		}, invalid, ""},
	})
}

func refuseSignIn(t *testing.T, gt *gatetest.Server) {
	c, hiding, confidential := gt.MustClient().ClientId, gt.MustClient(gatetest.Hiding).ClientId, gt.MustClient(gatetest.Confidential).ClientId
	gt.MustUser("ina")
	signIn := func(client *string, name, password string) func() error {
		return func() error { return errorOf(gt.SignIn(*client, name, password)) }
	}
	srp := func(client *string, name, password string) func() error {
		return func() error { return errorOf(gt.SRP(*client, name, password)) }
	}
	initiate := func(flow types.AuthFlowType, parameters map[string]string) func() error {
		return func() error {
			return errorOf(gt.Public.InitiateAuth(t.Context(), &idp.InitiateAuthInput{ClientId: c, AuthFlow: flow, AuthParameters: parameters}))
		}
	}
	respond := func(challenge types.ChallengeNameType, session string) func() error {
		return func() error {
			return errorOf(gt.Public.RespondToAuthChallenge(t.Context(), &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: challenge, Session: &session, ChallengeResponses: map[string]string{"USERNAME": "ina", "NEW_PASSWORD": "Other-Horse-8"}}))
		}
	}
	bad := "Incorrect username or password."
	checkRefusals(t, []refusal{
		{"wrong password", signIn(c, "ina", "Wrong-Horse-7"), unauthorized, bad},
		{"wrong password, SRP", srp(c, "ina", "Wrong-Horse-7"), unauthorized, bad},
		{"unknown user", signIn(c, "nobody", "x"), "UserNotFoundException", "User does not exist."},
		{"unknown user, SRP", srp(c, "nobody", "x"), "UserNotFoundException", "User does not exist."},
		{"unknown user, hidden", signIn(hiding, "nobody", "x"), unauthorized, bad},
		{"unknown user, hidden, SRP", srp(hiding, "nobody", "x"), unauthorized, bad},
		{"no secret hash", signIn(confidential, "ina", gatetest.Password), unauthorized, "Client " + *confidential + " is configured with secret but SECRET_HASH was not received"},
		{"unknown client", signIn(aws.String("none"), "ina", gatetest.Password), notFound, "User pool client none does not exist."},
		{"flow for administrators", initiate("ADMIN_USER_PASSWORD_AUTH", nil), invalid, "Initiate Auth method not supported"},
		{"unknown flow", initiate("MAGIC", nil), invalid, ""},
		{"USER_AUTH flow", initiate("USER_AUTH", nil), invalid, "USER_AUTH flow not enabled for this client"},
		{"no username", initiate("USER_PASSWORD_AUTH", nil), invalid, "Missing required parameter USERNAME"},
		{"malformed refresh token", initiate("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": "x"}), unauthorized, "Invalid Refresh Token"},
		{"malformed session", respond("NEW_PASSWORD_REQUIRED", strings.Repeat("x", 40)), unauthorized, "Invalid session for the user."},
		{"a session that is too short", respond("NEW_PASSWORD_REQUIRED", "x"), invalid, ""},
	})
	// The SDK must recognize the type of the exception.
	_, err := gt.SignIn(*c, "nobody", "x")
	if _, ok := errors.AsType[*types.UserNotFoundException](err); !ok {
		t.Errorf("sign-in of an unknown user: %v, want a *UserNotFoundException", err)
	}
	gt.Advance(16 * time.Minute)
	for range 5 {
		gt.SignIn(*c, "ina", "Wrong-Horse-7")
	}
	wantException(t, "sign-in of a locked user", signIn(c, "ina", gatetest.Password)(), unauthorized, "Password attempts exceeded")
}

func refuseSignUp(t *testing.T, gt *gatetest.Server) {
	ctx, c, hiding, confidential := t.Context(), gt.MustClient().ClientId, gt.MustClient(gatetest.Hiding).ClientId, gt.MustClient(gatetest.Confidential).ClientId
	gt.MustUser("una")
	signUp := func(client *string, change func(*idp.SignUpInput)) func() error {
		in := &idp.SignUpInput{ClientId: client, Username: aws.String("ugo"), Password: aws.String(gatetest.Password)}
		change(in)
		return func() error { return errorOf(gt.Public.SignUp(ctx, in)) }
	}
	confirm := func(client *string, name, code string) func() error {
		return func() error {
			return errorOf(gt.Public.ConfirmSignUp(ctx, &idp.ConfirmSignUpInput{ClientId: client, Username: &name, ConfirmationCode: &code}))
		}
	}
	forgot := func(client *string, name string) func() error {
		return func() error {
			return errorOf(gt.Public.ForgotPassword(ctx, &idp.ForgotPasswordInput{ClientId: client, Username: &name}))
		}
	}
	reset := func(client *string, name string) func() error {
		return func() error {
			return errorOf(gt.Public.ConfirmForgotPassword(ctx, &idp.ConfirmForgotPasswordInput{ClientId: client, Username: &name, ConfirmationCode: aws.String("123456"), Password: aws.String("Other-Horse-8")}))
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
	checkRefusals(t, []refusal{
		{"sign-up in a pool that does not allow it", signUp(shut, func(*idp.SignUpInput) {}), unauthorized, "SignUp is not permitted for this user pool"},
		{"taken username", signUp(c, func(in *idp.SignUpInput) { in.Username = aws.String("una") }), "UsernameExistsException", "User already exists"},
		{"sign-up with email_verified", signUp(c, func(in *idp.SignUpInput) {
			in.UserAttributes = gatetest.Attributes("email", "u@example.com", "email_verified", "true")
		}), unauthorized, "A client attempted to write unauthorized attribute"},
		{"weak password", signUp(c, func(in *idp.SignUpInput) { in.Password = aws.String("Aaaaa1!") }), "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		{"sign-up without a secret hash", signUp(confidential, func(*idp.SignUpInput) {}), unauthorized, "Client " + *confidential + " is configured with secret but SECRET_HASH was not received"},
		{"sign-up with a wrong secret hash", signUp(confidential, func(in *idp.SignUpInput) { in.SecretHash = aws.String("eA==") }), unauthorized, "SecretHash does not match for the client: " + *confidential},
		{"wrong code", confirm(c, "uwe", "000000x"), "CodeMismatchException", "Invalid verification code provided, please try again."},
		{"code with a space", confirm(c, "uwe", "1 2"), invalid, `1 validation error detected: Value '1 2' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+`},
		{"confirm a confirmed user", confirm(c, "una", "123456"), unauthorized, "User cannot be confirmed. Current status is CONFIRMED"},
		{"confirm an unknown user", confirm(c, "nobody", "123456"), "UserNotFoundException", unknown},
		{"confirm an unknown user, hidden", confirm(hiding, "nobody", "123456"), "ExpiredCodeException", "Invalid code provided, please request a code again."},
		{"forgot, unknown user", forgot(c, "nobody"), "UserNotFoundException", unknown},
		{"forgot, no contact", forgot(c, "uwe"), invalid, "Cannot reset password for the user as there is no registered/verified email or phone_number"},
		{"reset, no code", reset(c, "una"), "ExpiredCodeException", "Invalid code provided, please request a code again."},
		{"reset, unknown user", reset(c, "nobody"), "UserNotFoundException", unknown},
	})
	for _, client := range []*string{hiding} { // the operation must hide that the user does not exist
		if err := forgot(client, "nobody")(); err != nil {
			t.Errorf("forgot, unknown user, hidden: %v", err)
		}
		wantException(t, "reset after a hidden refusal", reset(client, "nobody")(), "CodeMismatchException", "Invalid verification code provided, please try again.")
	}
}

func refuseOwnAttributes(t *testing.T, gt *gatetest.Server) {
	ctx, c := t.Context(), gt.MustClient().ClientId
	gt.MustUser("oona")
	access := gt.MustSignIn(*c, "oona").AccessToken
	update := func(list ...string) func() error {
		return func() error {
			return errorOf(gt.Public.UpdateUserAttributes(ctx, &idp.UpdateUserAttributesInput{AccessToken: access, UserAttributes: gatetest.Attributes(list...)}))
		}
	}
	remove := func(name string) func() error {
		return func() error {
			return errorOf(gt.Public.DeleteUserAttributes(ctx, &idp.DeleteUserAttributesInput{AccessToken: access, UserAttributeNames: []string{name}}))
		}
	}
	send := func(name string) func() error {
		return func() error {
			return errorOf(gt.Public.GetUserAttributeVerificationCode(ctx, &idp.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: &name}))
		}
	}
	verify := func(name, code string) func() error {
		return func() error {
			return errorOf(gt.Public.VerifyUserAttribute(ctx, &idp.VerifyUserAttributeInput{AccessToken: access, AttributeName: &name, Code: &code}))
		}
	}
	unwritable := "A client attempted to write unauthorized attribute"
	checkRefusals(t, []refusal{
		{"update, unknown attribute", update("custom:x", "1"), invalid, "user.custom:x: Attribute does not exist in the schema.\n"},
		{"update, malformed address", update("email", "x"), invalid, "Invalid email address format."},
		{"update, verified flag", update("email_verified", "true"), unauthorized, unwritable},
		{"update, sub", update("sub", "x"), unauthorized, unwritable},
		{"delete, verified flag", remove("email_verified"), unauthorized, unwritable},
		{"delete, unknown attribute", remove("custom:x"), invalid, "Invalid user attributes: user.custom:x: Attribute does not exist in the schema.\n"},
		{"send a code, attribute that cannot be verified", send("nickname"), invalid, "Invalid attribute name. Only phone_number and email can be verified."},
		{"send a code, attribute that the user lacks", send("phone_number"), invalid, "The user has no phone_number."},
		{"verify, attribute that cannot be verified", verify("nickname", "123456"), invalid, "Invalid attribute name. Only phone_number and email can be verified."},
		{"verify, no code was sent", verify("email", "123456"), "ExpiredCodeException", "Invalid code provided, please request a code again."},
	})
	for range 5 {
		if err := send("email")(); err != nil {
			t.Fatal(err)
		}
	}
	// A development server has no hourly limits: package account tests them.
	wrong := string(enginetest.WrongCode(secret(gt.MustCode("oona@example.com"))))
	wantException(t, "verify, wrong code", verify("email", wrong)(), "CodeMismatchException", "Invalid verification code provided, please try again.")
	if err := errorOf(gt.API.AdminUserGlobalSignOut(ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: &gt.Pool, Username: aws.String("oona")})); err != nil {
		t.Fatal(err)
	}
	for what, call := range map[string]func() error{"update": update("nickname", "O"), "delete": remove("nickname"), "send a code": send("email"), "verify": verify("email", wrong)} {
		wantException(t, what+", revoked token", call(), unauthorized, "Access Token has been revoked")
	}
}

func refuseTokens(t *testing.T, gt *gatetest.Server) {
	ctx, c, other := t.Context(), gt.MustClient().ClientId, gt.MustClient().ClientId
	gt.MustUser("tina")
	tokens := gt.MustSignIn(*c, "tina")
	get := func(token string) func() error {
		return func() error { return errorOf(gt.Public.GetUser(ctx, &idp.GetUserInput{AccessToken: &token})) }
	}
	parts := strings.Split(*tokens.AccessToken, ".")
	unsigned := "eyJhbGciOiJub25lIn0." + parts[1] + "."
	swapped := parts[0] + "." + strings.Split(*tokens.IdToken, ".")[1] + "." + parts[2]
	secretive := gt.MustClient(gatetest.Confidential).ClientId
	refresh := func(client, token, secret *string) func() error {
		return func() error {
			return errorOf(gt.Public.GetTokensFromRefreshToken(ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: client, RefreshToken: token, ClientSecret: secret}))
		}
	}
	revoke := func(client *string, token *string) func() error {
		return func() error {
			return errorOf(gt.Public.RevokeToken(ctx, &idp.RevokeTokenInput{ClientId: client, Token: token}))
		}
	}
	checkRefusals(t, []refusal{
		{"no signature", get(unsigned), unauthorized, ""},
		{"signature of another token", get(swapped), unauthorized, "Could not verify signature for Access Token"},
		{"changed signature", get(forge.Signature(*tokens.AccessToken)), unauthorized, "Could not verify signature for Access Token"},
		{"ID token", get(*tokens.IdToken), unauthorized, "Invalid Access Token"},
	})
	wantRefused(t, "malformed token", get("garbage")())
	wantRefused(t, "refresh token", get(*tokens.RefreshToken)())
	checkRefusals(t, []refusal{
		{"change the password with a wrong one", func() error {
			return errorOf(gt.Public.ChangePassword(ctx, &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String("Wrong-Horse-7"), ProposedPassword: aws.String("Other-Horse-8")}))
		}, unauthorized, "Incorrect username or password."},
		{"refresh with an access token", refresh(c, tokens.AccessToken, nil), unauthorized, "Invalid Refresh Token"},
		{"refresh with the token of another client", refresh(other, tokens.RefreshToken, nil), unauthorized, "Invalid Refresh Token"},
		{"refresh with a needless secret", refresh(c, tokens.RefreshToken, aws.String("asecretoftwentyfourletters")), unauthorized, ""},
		{"refresh without the client's secret", refresh(secretive, tokens.RefreshToken, nil), unauthorized, ""},
		{"refresh for an unknown client", refresh(aws.String("none"), tokens.RefreshToken, nil), notFound, ""},
		{"revoke an access token", revoke(c, tokens.AccessToken), "UnsupportedTokenTypeException", ""},
		{"revoke a refresh token of another client", revoke(other, tokens.RefreshToken), "UnauthorizedException", ""},
	})
	if err := revoke(c, tokens.RefreshToken)(); err != nil {
		t.Fatal(err)
	}
	wantException(t, "revoked token", get(*tokens.AccessToken)(), unauthorized, "Access Token has been revoked")
	expiring := gt.MustSignIn(*c, "tina")
	gt.Advance(time.Hour)
	wantException(t, "expired token", get(*expiring.AccessToken)(), unauthorized, "Access Token has expired")
	deleted := gt.MustSignIn(*c, "tina")
	if _, err := gt.API.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: &gt.Pool, Username: aws.String("tina")}); err != nil {
		t.Fatal(err)
	}
	wantException(t, "token of a deleted user", get(*deleted.AccessToken)(), "UserNotFoundException", "User does not exist.")
}

// wantRefused checks that err is an exception that blames the caller.
func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "Internal") {
		t.Errorf("%s: %v, want an exception that blames the caller", what, err)
	}
}

// A signed operation needs a signature with a valid access key.
func TestSignedOperationsNeedAValidSignature(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	describe := func(c *idp.Client) error {
		return errorOf(c.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool}))
	}
	if err := describe(gt.API); err != nil {
		t.Fatal(err)
	}
	wantException(t, "no signature", describe(gt.Public), "MissingAuthenticationTokenException", "Missing Authentication Token")
	wantException(t, "wrong secret", describe(gt.Signed(gt.Key.ID, gt.Secret+"x")), "InvalidSignatureException", "")
	wantException(t, "unknown key", describe(gt.Signed("AKIAAAAAAAAAAAAAAAAA", gt.Secret)), "UnrecognizedClientException", "The security token included in the request is invalid.")
	signedAt := func(at time.Time) *idp.Client {
		return idp.New(gt.API.Options(), func(o *idp.Options) { o.HTTPSignerV4, o.AuthSchemes = gatetest.SignAt(at), nil })
	}
	wantException(t, "signature from six minutes ago", describe(signedAt(gt.Now().Add(-6*time.Minute))), "InvalidSignatureException", "")
	wantException(t, "signature from six minutes in the future", describe(signedAt(gt.Now().Add(6*time.Minute))), "InvalidSignatureException", "")
	if err := gt.System.Keys().Revoke(ctx, gt.Key.ID); err != nil {
		t.Fatal(err)
	}
	gt.Advance(6 * time.Second)
	wantException(t, "revoked key", describe(gt.API), "UnrecognizedClientException", "The security token included in the request is invalid.")
}

func refuseSessions(t *testing.T, gt *gatetest.Server) {
	c, other := gt.MustClient(), gt.MustPool(&idp.CreateUserPoolInput{})
	gt.MustUser("sid")
	gt.MustUser("sol")
	call := func(operation string, in object) func() error {
		return func() error {
			_, err := raw(gt, t, operation, in)
			return err
		}
	}
	pool := func(tracking string, most any) object {
		return object{"UserPoolId": gt.Pool, "UserSessionTracking": tracking, "TokenSession": object{"MaxPerUser": most}}
	}
	client := func(pool string, minutes any) object {
		return object{"UserPoolId": pool, "ClientId": *c.ClientId, "SSOSession": object{"MaxValidityMinutes": minutes}}
	}
	sid, sol := object{"UserPoolId": gt.Pool, "Username": "sid"}, object{"UserPoolId": gt.Pool, "Username": "sol"}
	with := func(in object, more ...any) object {
		out := maps.Clone(in)
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	before := *gt.MustSignIn(*c.ClientId, "sid").AccessToken
	off := "User session tracking is not enabled for the user pool."
	checkRefusals(t, []refusal{
		{"list sessions without tracking", call("ListUserSessions", object{"AccessToken": before}), "OperationNotEnabledException", off},
		{"list a user's sessions without tracking", call("AdminListUserSessions", sid), "OperationNotEnabledException", off},
		{"end a session without tracking", call("RevokeUserSession", object{"AccessToken": before, "SessionId": "tkn"}), "OperationNotEnabledException", off},
		{"end a user's session without tracking", call("AdminRevokeUserSession", with(sid, "SessionId", "tkn")), "OperationNotEnabledException", off},
		{"a client's configuration without tracking", call("SetUserPoolClientSessionConfiguration", client(gt.Pool, 5)), invalid, "User session tracking is not enabled for user pool " + gt.Pool + "."},
		{"no session for each user", call("SetUserPoolSessionConfiguration", pool("ENABLED", 0)), invalid, ""},
		{"101 sessions for each user", call("SetUserPoolSessionConfiguration", pool("ENABLED", 101)), invalid, ""},
		{"an unknown tracking", call("SetUserPoolSessionConfiguration", pool("ON", 1)), invalid, ""},
		{"a configuration without all members", call("SetUserPoolSessionConfiguration", object{"UserPoolId": gt.Pool, "UserSessionTracking": "ENABLED"}), invalid, ""},
		{"the configuration of an unknown pool", call("GetUserPoolSessionConfiguration", object{"UserPoolId": "us-east-1_none00000"}), notFound, ""},
	})
	if out, err := raw(gt, t, "GetUserPoolSessionConfiguration", object{"UserPoolId": gt.Pool}); err != nil || out["UserSessionTracking"] != "DISABLED" {
		t.Errorf("after refused calls: %v, %v; want tracking disabled", out, err)
	}
	if _, err := raw(gt, t, "SetUserPoolSessionConfiguration", pool("ENABLED", 3)); err != nil {
		t.Fatal(err)
	}
	access := *gt.MustSignIn(*c.ClientId, "sid").AccessToken
	listed, err := raw(gt, t, "AdminListUserSessions", sid)
	if err != nil || len(sessionsOf(listed)) != 1 {
		t.Fatalf("sessions %v, %v; want the one since tracking is on", listed, err)
	}
	own := sessionsOf(listed)[0]["SessionId"]
	checkRefusals(t, []refusal{
		{"a client's configuration of 91 days", call("SetUserPoolClientSessionConfiguration", client(gt.Pool, 129_601)), invalid, ""},
		{"a negative configuration", call("SetUserPoolClientSessionConfiguration", client(gt.Pool, -1)), invalid, ""},
		{"the configuration of a client of another pool", call("SetUserPoolClientSessionConfiguration", client(other, 5)), notFound, ""},
		{"read the configuration of a client of another pool", call("GetUserPoolClientSessionConfiguration", object{"UserPoolId": other, "ClientId": *c.ClientId}), notFound, ""},
		{"end the own session", call("RevokeUserSession", object{"AccessToken": access, "SessionId": own}), invalid, "The session is that of the access token. Sign out to end it."},
		{"end an unknown session", call("RevokeUserSession", object{"AccessToken": access, "SessionId": "tkn0000000000000000000000000"}), notFound, "The session does not exist."},
		{"end a session as another user's", call("AdminRevokeUserSession", with(sol, "SessionId", own)), notFound, "The session does not exist."},
		{"end a session of an unknown user", call("AdminRevokeUserSession", object{"UserPoolId": gt.Pool, "Username": "nobody", "SessionId": own}), "UserNotFoundException", "User does not exist."},
		{"end a session linked in another way", call("AdminRevokeUserSession", with(sid, "SessionId", own, "RevokeAssociatedSessions", "ALL")), invalid, ""},
		{"list the sessions of an unknown user", call("AdminListUserSessions", object{"UserPoolId": gt.Pool, "Username": "nobody"}), "UserNotFoundException", "User does not exist."},
		{"list sessions from a made-up place", call("AdminListUserSessions", with(sid, "NextToken", "made-up")), invalid, ""},
		{"list sessions with a forged token", call("ListUserSessions", object{"AccessToken": forge.Signature(access)}), unauthorized, ""},
	})
	if listed, err := raw(gt, t, "AdminListUserSessions", sid); err != nil || len(sessionsOf(listed)) != 1 {
		t.Errorf("after refused calls: %v, %v; want the session", listed, err)
	}
	if _, err := raw(gt, t, "SetUserPoolSessionConfiguration", pool("DISABLED", 3)); err != nil {
		t.Fatal(err)
	}
}

func refuseDevices(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	pool := gt.MustPool(&idp.CreateUserPoolInput{DeviceConfiguration: &types.DeviceConfigurationType{}})
	c, signIn, name := deviceUser(t, gt, pool, "dan")
	deviceUser(t, gt, pool, "eve")
	done := signIn("").AuthenticationResult
	own, other := done.NewDeviceMetadata.DeviceKey, aws.String("us-east-1_0a1b2c3d-0000-4000-8000-000000000001")
	confirm := func(change func(*idp.ConfirmDeviceInput)) func() error {
		in := &idp.ConfirmDeviceInput{AccessToken: done.AccessToken, DeviceKey: own, DeviceSecretVerifierConfig: deviceSecret(t, done.NewDeviceMetadata)}
		change(in)
		return func() error { return errorOf(gt.Public.ConfirmDevice(ctx, in)) }
	}
	secret := func(salt, v string) func(*idp.ConfirmDeviceInput) {
		return func(in *idp.ConfirmDeviceInput) {
			in.DeviceSecretVerifierConfig = &types.DeviceSecretVerifierConfigType{Salt: &salt, PasswordVerifier: &v}
		}
	}
	unknown, bad := "Device does not exist.", "The salt or the password verifier is not valid."
	checkRefusals(t, []refusal{
		{"confirm a device of another sign-in", confirm(func(in *idp.ConfirmDeviceInput) { in.DeviceKey = other }), notFound, unknown},
		{"confirm a device without a verifier", confirm(func(in *idp.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig = nil }), invalid, bad},
		{"confirm a device with a verifier of 1", confirm(secret("AQ==", "AQ==")), invalid, bad},
		{"confirm a device with a salt that is not base64", confirm(secret("?", "AQ==")), invalid, bad},
		{"confirm a device with a malformed key", confirm(func(in *idp.ConfirmDeviceInput) { in.DeviceKey = aws.String("key") }), invalid, ""},
		{"confirm a device with a forged token", confirm(func(in *idp.ConfirmDeviceInput) { in.AccessToken = aws.String(forge.Signature(*done.AccessToken)) }), unauthorized, ""},
	})
	if list, err := gt.API.AdminListDevices(ctx, &idp.AdminListDevicesInput{UserPoolId: &pool, Username: name}); err != nil || len(list.Devices) != 0 {
		t.Errorf("after refused calls: %v, %v; want no device", list, err)
	}
	if err := confirm(func(*idp.ConfirmDeviceInput) {})(); err != nil {
		t.Fatal(err)
	}
	admin := func(key *string, user string) *idp.AdminGetDeviceInput {
		return &idp.AdminGetDeviceInput{UserPoolId: &pool, Username: &user, DeviceKey: key}
	}
	checkRefusals(t, []refusal{
		{"confirm a device again", confirm(func(*idp.ConfirmDeviceInput) {}), "DeviceKeyExistsException", ""},
		{"sign in with an unknown device", func() error {
			return errorOf(gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: c, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": "dan", "PASSWORD": gatetest.Password, "DEVICE_KEY": *other}}))
		}, notFound, unknown},
		{"refresh without the device", func() error {
			return errorOf(gt.Public.GetTokensFromRefreshToken(ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: c, RefreshToken: done.RefreshToken}))
		}, unauthorized, "Invalid Refresh Token"},
		{"get an unknown device", func() error {
			return errorOf(gt.Public.GetDevice(ctx, &idp.GetDeviceInput{AccessToken: done.AccessToken, DeviceKey: other}))
		}, notFound, unknown},
		{"get a device without a token", func() error { return errorOf(gt.Public.GetDevice(ctx, &idp.GetDeviceInput{DeviceKey: own})) }, unauthorized, ""},
		{"get a device of another user", func() error { return errorOf(gt.API.AdminGetDevice(ctx, admin(own, "eve"))) }, notFound, unknown},
		{"get a device of an unknown user", func() error { return errorOf(gt.API.AdminGetDevice(ctx, admin(own, "nobody"))) }, notFound, "User does not exist."},
		{"update an unknown device", func() error {
			return errorOf(gt.Public.UpdateDeviceStatus(ctx, &idp.UpdateDeviceStatusInput{AccessToken: done.AccessToken, DeviceKey: other}))
		}, notFound, unknown},
		{"update a device of another user", func() error {
			return errorOf(gt.API.AdminUpdateDeviceStatus(ctx, &idp.AdminUpdateDeviceStatusInput{UserPoolId: &pool, Username: aws.String("eve"), DeviceKey: own, DeviceRememberedStatus: "not_remembered"}))
		}, notFound, unknown},
		{"update a device to an unknown status", func() error {
			return errorOf(gt.Public.UpdateDeviceStatus(ctx, &idp.UpdateDeviceStatusInput{AccessToken: done.AccessToken, DeviceKey: own, DeviceRememberedStatus: "loved"}))
		}, invalid, ""},
		{"forget an unknown device", func() error {
			return errorOf(gt.Public.ForgetDevice(ctx, &idp.ForgetDeviceInput{AccessToken: done.AccessToken, DeviceKey: other}))
		}, notFound, unknown},
		{"forget a device of another user", func() error {
			return errorOf(gt.API.AdminForgetDevice(ctx, &idp.AdminForgetDeviceInput{UserPoolId: &pool, Username: aws.String("eve"), DeviceKey: own}))
		}, notFound, unknown},
		{"list devices from a made-up place", func() error {
			return errorOf(gt.Public.ListDevices(ctx, &idp.ListDevicesInput{AccessToken: done.AccessToken, PaginationToken: aws.String("made-up")}))
		}, invalid, ""},
	})
	if got, err := gt.API.AdminGetDevice(ctx, admin(own, "dan")); err != nil || attribute(got.Device.DeviceAttributes, "dev:device_remembered_status") != "remembered" {
		t.Errorf("after refused calls: %v, %v; want the device, remembered", got, err)
	}
}
