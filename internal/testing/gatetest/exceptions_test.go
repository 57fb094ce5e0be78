package gatetest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// calling returns a function that makes a call for [refusal].
func calling(t *testing.T, gt *gatetest.Server, operation string, in object) func() error {
	return func() error {
		_, err := raw(gt, t, operation, in)
		return err
	}
}

// refuseFunctions calls each operation that calls functions, while these fail in
// each way.
func refuseFunctions(t *testing.T, gt *gatetest.Server) {
	c := &caller{gt, t, gt.Handler}
	pool := gt.MustPool(&idp.CreateUserPoolInput{AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}})
	client := *gt.MustClient(func(in *idp.CreateUserPoolClientInput) { in.UserPoolId = &pool }).ClientId
	failures := map[string]enginetest.Handler{
		"UserLambdaValidationException":  func(enginetest.Event) error { return errors.New("not today") },
		"InvalidLambdaResponseException": func(e enginetest.Event) error { delete(e, "response"); return nil },
		"UnexpectedLambdaException":      nil,
	}
	for _, row := range []struct {
		operation, trigger string
		in                 func(name string) object // prepares a user and returns the input
	}{
		{"SignUp", "PreSignUp", func(name string) object { return signUpInput(client, name) }},
		{"AdminCreateUser", "PreSignUp", func(name string) object { return object{"UserPoolId": pool, "Username": name} }},
		{"ConfirmSignUp", "PostConfirmation", func(name string) object {
			c.must("SignUp", signUpInput(client, name))
			return object{"ClientId": client, "Username": name, "ConfirmationCode": gt.MustCode(name + "@example.com")}
		}},
		{"AdminConfirmSignUp", "PostConfirmation", func(name string) object {
			c.must("SignUp", signUpInput(client, name))
			return object{"UserPoolId": pool, "Username": name}
		}},
		{"ConfirmForgotPassword", "PostConfirmation", func(name string) object {
			c.confirmed(pool, name)
			c.must("ForgotPassword", object{"ClientId": client, "Username": name})
			return object{"ClientId": client, "Username": name, "ConfirmationCode": gt.MustCode(name + "@example.com"), "Password": "Other-Horse-8"}
		}},
		{"ResendConfirmationCode", "CustomMessage", func(name string) object {
			c.must("SignUp", signUpInput(client, name))
			return object{"ClientId": client, "Username": name}
		}},
		{"ForgotPassword", "CustomMessage", func(name string) object {
			c.confirmed(pool, name)
			return object{"ClientId": client, "Username": name}
		}},
		{"AdminResetUserPassword", "CustomMessage", func(name string) object {
			c.confirmed(pool, name)
			return object{"UserPoolId": pool, "Username": name}
		}},
		{"UpdateUserAttributes", "CustomMessage", func(name string) object {
			c.confirmed(pool, name)
			return object{"AccessToken": *gt.MustSignIn(client, name).AccessToken, "UserAttributes": []any{object{"Name": "email", "Value": "new" + name + "@example.com"}}}
		}},
		{"GetUserAttributeVerificationCode", "CustomMessage", func(name string) object {
			c.confirmed(pool, name)
			return object{"AccessToken": *gt.MustSignIn(client, name).AccessToken, "AttributeName": "email"}
		}},
		{"InitiateAuth", "PreAuthentication", func(name string) object {
			c.confirmed(pool, name)
			return object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": name, "PASSWORD": gatetest.Password}}
		}},
		{"AdminInitiateAuth", "PreAuthentication", func(name string) object {
			c.confirmed(pool, name)
			return object{"UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": name, "PASSWORD": gatetest.Password}}
		}},
		{"RespondToAuthChallenge", "PostAuthentication", func(name string) object { return c.invited(pool, client, name) }},
		{"AdminRespondToAuthChallenge", "PostAuthentication", func(name string) object {
			return whole(nil, c.invited(pool, client, name), object{"UserPoolId": pool})
		}},
		{"GetTokensFromRefreshToken", "PreTokenGeneration", func(name string) object {
			c.confirmed(pool, name)
			return object{"ClientId": client, "RefreshToken": *gt.MustSignIn(client, name).RefreshToken}
		}},
	} {
		for name, h := range failures {
			user := fmt.Sprint("f", len(name), row.operation)
			c.must("UpdateUserPool", object{"UserPoolId": pool, "AutoVerifiedAttributes": []any{"email"}})
			in := row.in(user)
			gt.Functions.Handle("failing", h)
			c.must("UpdateUserPool", object{"UserPoolId": pool, "AutoVerifiedAttributes": []any{"email"}, "LambdaConfig": object{row.trigger: *arnOf("failing")}})
			wantException(t, row.operation+", "+row.trigger, calling(t, gt, row.operation, in)(), name, "")
		}
	}
}

func signUpInput(client, name string) object {
	return object{"ClientId": client, "Username": name, "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "email", "Value": name + "@example.com"}}}
}

// confirmed makes a user with a verified address.
func (c *caller) confirmed(pool, name string) {
	c.t.Helper()
	c.must("AdminCreateUser", object{"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": []any{object{"Name": "email", "Value": name + "@example.com"}, object{"Name": "email_verified", "Value": "true"}}})
	c.must("AdminSetUserPassword", object{"UserPoolId": pool, "Username": name, "Password": gatetest.Password, "Permanent": true})
}

// invited makes a user who must choose a password, signs it in, and returns the
// answer to the challenge.
func (c *caller) invited(pool, client, name string) object {
	c.t.Helper()
	c.must("AdminCreateUser", object{"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS", "TemporaryPassword": gatetest.Password})
	asked := c.must("InitiateAuth", object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": name, "PASSWORD": gatetest.Password}})
	return object{"ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"], "ChallengeResponses": object{"USERNAME": name, "NEW_PASSWORD": "Other-Horse-8"}}
}

// refuseOthers brings about the exceptions that no other part of the suite does.
func refuseOthers(t *testing.T, gt *gatetest.Server) {
	c := &caller{gt, t, gt.Handler}
	client := gt.MustClient(gatetest.Confidential)
	id := *gt.MustClient().ClientId
	in := func(more ...any) object {
		out := object{"UserPoolId": gt.Pool}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	signIn := func(admin bool, name string) func() error {
		given := object{"ClientId": id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": name, "PASSWORD": gatetest.Password}}
		if admin {
			return calling(t, gt, "AdminInitiateAuth", whole(nil, given, in("AuthFlow", "ADMIN_USER_PASSWORD_AUTH")))
		}
		return calling(t, gt, "InitiateAuth", given)
	}
	for _, name := range []string{"olga", "oscar", "otto"} {
		gt.MustUser(name)
	}
	tokens := gt.MustSignIn(id, "olga")
	plain := gt.MustPool(&idp.CreateUserPoolInput{})
	other := *gt.MustClient(func(in *idp.CreateUserPoolClientInput) { in.UserPoolId = &plain }).ClientId
	c.confirmed(plain, "ossi")
	c.must("AdminResetUserPassword", in("Username", "oscar"))
	c.must("SignUp", signUpInput(id, "ottilie"))
	c.must("SignUp", whole(nil, signUpInput(id, "orla"), object{"UserAttributes": []any{object{"Name": "email", "Value": "olga@example.com"}}}))
	email := func(value string, more ...any) []any {
		return append([]any{object{"Name": "email", "Value": value}}, more...)
	}
	verified := object{"Name": "email_verified", "Value": "true"}
	weak := "Password does not conform to policy: Password must have symbol characters"
	c.must("ForgotPassword", object{"ClientId": id, "Username": "otto"})
	newPassword := c.invited(gt.Pool, id, "oona2")
	weakly := whole(nil, newPassword, object{"ChallengeResponses": object{"USERNAME": "oona2", "NEW_PASSWORD": "Aaaaaa1a"}})
	terms := in("ClientId", id, "Enforcement", "NONE", "Links", object{"cognito:default": "https://example.com/t"}, "TermsSource", "LINK")
	c.must("CreateTerms", whole(nil, terms, object{"TermsName": "terms-of-use"}))
	policy := c.must("CreateTerms", whole(nil, terms, object{"TermsName": "privacy-policy"}))["Terms"].(object)["TermsId"]
	kept := *gt.MustClient(func(in *idp.CreateUserPoolClientInput) { in.EnableTokenRevocation = aws.Bool(false) }).ClientId
	hashless := func(operation string, more object) func() error {
		return calling(t, gt, operation, whole(nil, object{"ClientId": *client.ClientId, "Username": "olga"}, more))
	}
	missing := "Client " + *client.ClientId + " is configured with secret but SECRET_HASH was not received"
	null, noValue := email("x@example.com", object{"Name": "picture", "Value": nil}), "Attribute value for picture must not be null"
	double := []any{object{"ScopeName": "read", "ScopeDescription": "a"}, object{"ScopeName": "read", "ScopeDescription": "b"}}
	tag, tagged := "Tag keys that begin with aws: are reserved.", object{"aws:x": "1"}
	checkRefusals(t, []refusal{
		{"sign in before resetting the password", signIn(false, "oscar"), "PasswordResetRequiredException", "Password reset required for the user"},
		{"the same for an administrator", signIn(true, "oscar"), "PasswordResetRequiredException", ""},
		{"sign in unconfirmed", signIn(false, "ottilie"), "UserNotConfirmedException", "User is not confirmed."},
		{"the same for an administrator", signIn(true, "ottilie"), "UserNotConfirmedException", ""},
		{"sign in as nobody, for an administrator", signIn(true, "nobody"), "UserNotFoundException", "User does not exist."},
		{"confirm with the address of another user", func() error {
			return calling(t, gt, "ConfirmSignUp", object{"ClientId": id, "Username": "orla", "ConfirmationCode": gt.MustCode("olga@example.com")})()
		}, "AliasExistsException", "An account with the given email already exists."},
		{"take another user's address", calling(t, gt, "AdminUpdateUserAttributes", in("Username", "olga", "UserAttributes", email("otto@example.com", verified))), "AliasExistsException", "An account with the given email already exists."},
		{"forget a password without a secret hash", hashless("ForgotPassword", nil), unauthorized, missing},
		{"send a code again without a secret hash", hashless("ResendConfirmationCode", nil), unauthorized, missing},
		{"reset a password without a secret hash", hashless("ConfirmForgotPassword", object{"ConfirmationCode": "123456", "Password": "Other-Horse-8"}), unauthorized, missing},
		{"sign up with an attribute without a value", calling(t, gt, "SignUp", whole(nil, signUpInput(id, "ole"), object{"UserAttributes": null})), invalid, noValue},
		{"create a user with one", calling(t, gt, "AdminCreateUser", in("Username", "ole", "UserAttributes", null)), invalid, noValue},
		{"write one", calling(t, gt, "UpdateUserAttributes", object{"AccessToken": *tokens.AccessToken, "UserAttributes": null}), invalid, noValue},
		{"write one as an administrator", calling(t, gt, "AdminUpdateUserAttributes", in("Username", "olga", "UserAttributes", null)), invalid, noValue},
		{"the user of that sign-up", calling(t, gt, "AdminGetUser", in("Username", "ole")), "UserNotFoundException", ""},
		{"start an import without a file", func() error {
			job := c.must("CreateUserImportJob", in("JobName", "import", "CloudWatchLogsRoleArn", "arn:aws:iam::000000000000:role/r"))["UserImportJob"].(object)
			return calling(t, gt, "StartUserImportJob", in("JobId", job["JobId"]))()
		}, "PreconditionNotMetException", ""},
		{"two scopes of one name", calling(t, gt, "CreateResourceServer", in("Identifier", "double", "Name", "d", "Scopes", double)), invalid, "The scope read appears twice in the resource server."},
		{"the resource server that they would make", calling(t, gt, "DescribeResourceServer", in("Identifier", "double")), notFound, "Resource server double does not exist."},
		{"two scopes of one name in an update", func() error {
			c.must("CreateResourceServer", in("Identifier", "single", "Name", "s"))
			return calling(t, gt, "UpdateResourceServer", in("Identifier", "single", "Name", "s", "Scopes", double))()
		}, invalid, "The scope read appears twice in the resource server."},
		{"a weak password from an administrator", calling(t, gt, "AdminSetUserPassword", in("Username", "olga", "Password", "Aaaaaa1a")), "InvalidPasswordException", weak},
		{"change to a weak password", calling(t, gt, "ChangePassword", object{"AccessToken": *tokens.AccessToken, "PreviousPassword": gatetest.Password, "ProposedPassword": "Aaaaaa1a"}), "InvalidPasswordException", weak},
		{"reset to a weak password", func() error {
			return calling(t, gt, "ConfirmForgotPassword", object{"ClientId": id, "Username": "otto", "ConfirmationCode": gt.MustCode("otto@example.com"), "Password": "Aaaaaa1a"})()
		}, "InvalidPasswordException", weak},
		{"choose a weak password", calling(t, gt, "RespondToAuthChallenge", weakly), "InvalidPasswordException", weak},
		{"the same through an administrator", calling(t, gt, "AdminRespondToAuthChallenge", whole(nil, weakly, in())), "InvalidPasswordException", weak},
		{"a pool with a reserved tag", calling(t, gt, "CreateUserPool", object{"PoolName": "p", "UserPoolTags": tagged}), "UserPoolTaggingException", tag},
		{"a reserved tag for a pool", calling(t, gt, "UpdateUserPool", in("UserPoolTags", tagged)), "UserPoolTaggingException", tag},
		{"the same with TagResource", calling(t, gt, "TagResource", object{"ResourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + gt.Pool, "Tags": tagged}), invalid, tag},
		{"rename terms to others", calling(t, gt, "UpdateTerms", in("TermsId", policy, "TermsName", "terms-of-use")), "TermsExistsException", ""},
		{"a client of an unknown scope", calling(t, gt, "UpdateUserPoolClient", in("ClientId", *client.ClientId, "AllowedOAuthScopes", []any{"none/read"})), "ScopeDoesNotExistException", ""},
		{"a client of two kinds", calling(t, gt, "UpdateUserPoolClient", in("ClientId", *client.ClientId, "AllowedOAuthFlows", []any{"client_credentials", "code"})), "InvalidOAuthFlowException", ""},
		{"revoke where revoking is off", calling(t, gt, "RevokeToken", object{"ClientId": kept, "Token": *gt.MustSignIn(kept, "olga").RefreshToken}), "UnsupportedOperationException", ""},
		{"finish a passkey where they are off", calling(t, gt, "CompleteWebAuthnRegistration", object{"AccessToken": *gt.MustSignIn(other, "ossi").AccessToken, "Credential": object{"id": "x"}}), "WebAuthnNotEnabledException", ""},
	})
}

// What a call does, a second one does again, or says that it is done.
func TestCallsThatAreRepeated(t *testing.T) { onBothDatabases(t, repeatCalls) }

func repeatCalls(t *testing.T, gt *gatetest.Server) {
	c := &caller{gt, t, gt.Handler}
	client := gt.MustClient(gatetest.Confidential)
	public := *gt.MustClient().ClientId
	gt.MustUser("rhea")
	gt.MustUser("rob")
	gt.MustGroup("staff")
	tokens, robs := gt.MustSignIn(public, "rhea"), gt.MustSignIn(public, "rob")
	arn := "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + gt.Pool
	pool := gt.MustPool(&idp.CreateUserPoolInput{})
	c.must("CreateUserPoolDomain", object{"UserPoolId": gt.Pool, "Domain": "twice"})
	c.must("CreateResourceServer", object{"UserPoolId": gt.Pool, "Identifier": "api", "Name": "api"})
	in := func(more ...any) object {
		out := object{"UserPoolId": gt.Pool}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	for _, row := range []struct {
		operation  string
		in         object
		name, text string // of the second answer; "": none
	}{
		{"AdminDisableUser", in("Username", "rhea"), "", ""},
		{"AdminEnableUser", in("Username", "rhea"), "", ""},
		{"AdminUserGlobalSignOut", in("Username", "rhea"), "", ""},
		{"AdminAddUserToGroup", in("Username", "rhea", "GroupName", "staff"), "", ""},
		{"AdminRemoveUserFromGroup", in("Username", "rhea", "GroupName", "staff"), "", ""},
		{"AdminDeleteSoftwareToken", in("Username", "rhea"), "", ""},
		{"AdminDeleteUserAttributes", in("Username", "rhea", "UserAttributeNames", []any{"nickname"}), "", ""},
		{"AdminSetUserPassword", in("Username", "rhea", "Password", "Other-Horse-8", "Permanent", true), "", ""},
		{"TagResource", object{"ResourceArn": arn, "Tags": object{"a": "1"}}, "", ""},
		{"UntagResource", object{"ResourceArn": arn, "TagKeys": []any{"a"}}, "", ""},
		{"ForgotPassword", object{"ClientId": public, "Username": "rob"}, "", ""},
		{"RevokeToken", object{"ClientId": public, "Token": *tokens.RefreshToken}, "", ""},
		{"GlobalSignOut", object{"AccessToken": *robs.AccessToken}, unauthorized, "Access Token has been revoked"},
		{"DeleteUserPoolDomain", in("Domain", "twice"), invalid, "No such domain or user pool exists."},
		{"DeleteResourceServer", in("Identifier", "api"), notFound, "Resource server api does not exist."},
		{"DeleteGroup", in("GroupName", "staff"), notFound, "Group not found."},
		{"DeleteUserPoolClient", in("ClientId", *client.ClientId), notFound, "User pool client " + *client.ClientId + " does not exist."},
		{"AdminDeleteUser", in("Username", "rhea"), "UserNotFoundException", "User does not exist."},
		{"DeleteUserPool", object{"UserPoolId": pool}, notFound, "User pool " + pool + " does not exist."},
	} {
		first := calling(t, gt, row.operation, row.in)
		if err := first(); err != nil {
			t.Errorf("%s: %v", row.operation, err)
		}
		switch err := first(); {
		case row.name != "":
			wantException(t, row.operation+" again", err, row.name, row.text)
		case err != nil:
			t.Errorf("%s again: %v, want no error", row.operation, err)
		}
	}
}
