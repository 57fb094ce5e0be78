package gatetest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatetest"
)

// lost is a way in which the object of a request may be missing.
type lost struct {
	what  string
	has   string // requests with this member
	value any    // get this value
	name  string // and are answered with this exception, or the next one that the operation lists
}

// refuseLost calls each operation for what is not there: a pool, a client, a user,
// and with tokens that are not valid.
func refuseLost(t *testing.T, gt *gatetest.Server) {
	m := readModel(t).asTheServiceDoes()
	c := &caller{gt, t, gt.Handler}
	client := *gt.MustClient().ClientId
	gt.MustUser("lola")
	signedIn := func(name string) string { return *gt.MustSignIn(client, name).AccessToken }
	gt.MustUser("gone")
	gone := signedIn("gone")
	gt.MustUser("out")
	out := signedIn("out")
	for _, call := range []func() error{
		func() error {
			return errorOf(gt.API.AdminDeleteUser(t.Context(), &idp.AdminDeleteUserInput{UserPoolId: &gt.Pool, Username: aws.String("gone")}))
		},
		func() error {
			return errorOf(gt.API.AdminUserGlobalSignOut(t.Context(), &idp.AdminUserGlobalSignOutInput{UserPoolId: &gt.Pool, Username: aws.String("out")}))
		},
	} {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	rows := []lost{
		{"an unknown pool", "UserPoolId", "us-east-1_none00000", notFound},
		{"a pool of another region", "UserPoolId", "eu-west-1_none00000", notFound},
		{"an unknown ARN", "ResourceArn", "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_none00000", notFound},
		{"an unknown client", "ClientId", "none", notFound},
		{"an unknown user", "Username", "nobody", "UserNotFoundException"},
		{"a forged token", "AccessToken", forge.Signature(signedIn("lola")), unauthorized},
		{"no token", "AccessToken", "x", unauthorized},
		{"a revoked token", "AccessToken", out, unauthorized},
		{"the token of a deleted user", "AccessToken", gone, "UserNotFoundException"},
	}
	known := object{"UserPoolId": gt.Pool, "ClientId": client, "Username": "lola", "ResourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + gt.Pool, "AccessToken": signedIn("lola"), "Password": gatetest.Password, "UserAttributes": []any{object{"Name": "name", "Value": "Lo"}}}
	for _, operation := range cognitoapi.Offered() {
		input := m.Shapes[m.Operations[operation].Input]
		c.call(operation, m.firstBreach(t, operation))
		for _, row := range rows {
			if _, has := input.Members[row.has]; !has || exempt(operation, row.has) {
				continue
			}
			in := m.valid(t, input.name).(object)
			for name, value := range known {
				if _, has := in[name]; has {
					in[name] = value
				}
			}
			in[row.has] = row.value
			w := c.call(operation, in)
			if w.Code == http.StatusOK {
				t.Errorf("%s, %s: no error, want %s", operation, row.what, row.name)
				continue
			}
			got := exceptionIn(t, w.Body.Bytes())
			if want := nameFor(operation, row.name); got.Type != want {
				t.Errorf("%s, %s: %d %s %q, want %s", operation, row.what, w.Code, got.Type, got.Message, want)
			}
		}
	}
}

// firstBreach returns an input that breaks a constraint of the model.
func (m *model) firstBreach(t *testing.T, operation string) any {
	for _, p := range m.places(t, operation) {
		for _, b := range m.breaches(t, p) {
			if b.name == invalid {
				return p.with(b.value)
			}
		}
	}
	t.Fatalf("%s has no constraint", operation)
	return nil
}

// nameFor returns the exception with which an operation says what name says.
func nameFor(operation, name string) string {
	for _, other := range []string{name, notFound, unauthorized} {
		if slices.Contains(wire.Find(operation).Exceptions, other) {
			return other
		}
	}
	return invalid
}

// exempt reports whether a member of an operation need not exist, or is looked at
// only after other members that a valid request would have.
func exempt(operation, member string) bool { return slices.Contains(exemptions[operation], member) }

var exemptions = map[string][]string{
	"AdminCreateUser": {"Username"}, "SignUp": {"Username"}, // they make the user
	"UpdateAuthEventFeedback": {"Username"}, // it looks at the pool's threat protection first
	"GetClientToken":          {"ClientId"}, // it says the same of an unknown client and of a wrong secret
}

// outside has the exceptions whose cause is not in a request, with the reason. Some
// operations answer with one of them for a cause of their own.
var outside = map[string]string{
	"InternalErrorException":                   "no request may cause it",
	"InternalServerException":                  "no request may cause it",
	"AccessDeniedException":                    "every access key may call everything",
	"ForbiddenException":                       "there is no firewall of AWS",
	"OperationNotEnabledException":             "there are no replicas; of user sessions, refuseSessions has it",
	"TooManyRequestsException":                 "TestRateLimits: a server of tests has those limits that it is given",
	"ConcurrentModificationException":          "changes wait for each other",
	"InvalidSmsRoleAccessPolicyException":      "messages need no role",
	"InvalidSmsRoleTrustRelationshipException": "messages need no role",
	"InvalidEmailRoleAccessPolicyException":    "messages need no role",
	"FeatureUnavailableInTierException":        "every tier has every feature",
	"TierChangeNotAllowedException":            "every tier has every feature",
	"TooManyFailedAttemptsException":           "LimitExceededException says the same",
	"CodeDeliveryFailureException":             "a development server delivers everything: package account has the failures",
	"MFAMethodNotFoundException":               "an unknown method is InvalidParameterException",
	"UserImportInProgressException":            "TestPoolsDoNotChangeDuringAnImport",
}

// elsewhere has what some operations do not answer here: operations, exceptions, and
// the reason.
var elsewhere = []struct{ operations, exceptions, why string }{
	{"AdminConfirmSignUp AdminResetUserPassword ChangePassword ConfirmForgotPassword ConfirmSignUp ForgotPassword GetUserAttributeVerificationCode ResendConfirmationCode SignUp VerifyUserAttribute",
		"LimitExceededException", "a development server has no hourly limits: package account has them"},
	{"CreateGroup CreateResourceServer CreateUserPoolClient", "LimitExceededException", "TestQuotas, and package store"},
	{"CreateIdentityProvider CreateManagedLoginBranding CreateTerms CompleteWebAuthnRegistration", "LimitExceededException", "the engines' tests have the quotas"},
	{"CreateUserPool CreateUserPoolDomain CreateUserPoolReplica DeleteUserPoolClientSecret ListUserPoolClientSecrets DeleteWebAuthnCredential ListWebAuthnCredentials", "LimitExceededException", "there is no such limit"},
	{"ChangePassword CompleteWebAuthnRegistration ConfirmDevice DeleteUser DeleteUserAttributes DeleteWebAuthnCredential ForgetDevice GetDevice GetUser GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut ListDevices ListUserSessions ListWebAuthnCredentials RevokeUserSession SetUserMFAPreference SetUserSettings StartWebAuthnRegistration UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute",
		"PasswordResetRequiredException UserNotConfirmedException", "AdminResetUserPassword revokes the tokens, and nobody gets tokens before"},
	{"AdminDeleteSoftwareToken AdminSetUserMFAPreference ConfirmForgotPassword", "PasswordResetRequiredException UserNotConfirmedException", "the status of the user does not matter"},
	{"AdminRespondToAuthChallenge RespondToAuthChallenge", "PasswordResetRequiredException UserNotConfirmedException UserNotFoundException ResourceNotFoundException AliasExistsException PasswordHistoryPolicyViolationException SoftwareTokenMFANotFoundException CodeMismatchException ExpiredCodeException UnsupportedOperationException", "package signin has the answers to each challenge"},
	{"ChangePassword DeleteUser DeleteUserAttributes GetUser GetUserAttributeVerificationCode GetUserAuthFactors ListDevices ListUserSessions SetUserMFAPreference SetUserSettings UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute",
		"ResourceNotFoundException", "the token of a pool that is gone is NotAuthorizedException"},
	{"DescribeUserPoolDomain", "ResourceNotFoundException", "an unknown domain has an empty description"},
	{"GetClientToken", "ResourceNotFoundException", "an unknown client and a wrong secret are the same"},
	{"GetTokensFromRefreshToken", "UserNotFoundException", "the tokens of a deleted user are gone"},
	{"GetTokensFromRefreshToken", "RefreshTokenReuseException", "TestRefreshTokenRotation"},
	{"UpdateProvisionedLimit", "ResourceNotFoundException", "GetProvisionedLimit has the same look-up"},
	{"AdminForgetDevice AdminGetDevice AdminInitiateAuth AdminListDevices AdminRespondToAuthChallenge AdminUpdateDeviceStatus ConfirmDevice ForgetDevice GetDevice InitiateAuth ListDevices RespondToAuthChallenge UpdateDeviceStatus VerifySoftwareToken",
		"InvalidUserPoolConfigurationException", "no pool can be made whose settings do not fit"},
	{"AdminDisableProviderForUser AdminLinkProviderForUser", "AliasExistsException", "links have no aliases"},
	{"UpdateUserAttributes VerifyUserAttribute", "AliasExistsException", "a verification takes the alias over"},
	{"UpdateUserAttributes", "CodeMismatchException ExpiredCodeException", "it takes no code"},
	{"VerifySoftwareToken", "CodeMismatchException", "EnableSoftwareTokenMFAException says it"},
	{"AdminUpdateUserAttributes", "InvalidLambdaResponseException UnexpectedLambdaException UserLambdaValidationException", "its codes are sent in the background"},
	{"ConfirmDevice", "InvalidLambdaResponseException InvalidPasswordException UsernameExistsException", "it calls no function and sets no password"},
	{"AdminSetUserPassword ChangePassword ConfirmForgotPassword", "PasswordHistoryPolicyViolationException", "TestPasswordsThatWereUsedBefore"},
	{"CreateUserPoolReplica DescribeUserPool", "UserPoolTaggingException", "it sets no tags"},
	{"AdminInitiateAuth InitiateAuth", "UnsupportedOperationException", "a flow that is off is InvalidParameterException"},
	{"DeleteIdentityProvider", "UnsupportedIdentityProviderException", "a provider that is there has a known type"},
	{"CreateUserImportJob", "LimitExceededException", "the suite of package store has the quota"},
	{"CreateUserImportJob", "PreconditionNotMetException", "a job needs no setting of the pool"},
	{"UpdateAuthEventFeedback", "UserNotFoundException", "an event that is gone and a user who is gone are the same"},
	{"AdminCreateUser", "PreconditionNotMetException", "no setting of a pool stands against it"},
}

// excused reports whether the tables say why an operation does not answer with an
// exception.
func excused(operation, exception string) bool {
	// An access key may call everything.
	if exception == unauthorized && wire.Find(operation).Auth == wire.AuthSignature || outside[exception] != "" {
		return true
	}
	for _, e := range elsewhere {
		if slices.Contains(strings.Fields(e.operations), operation) && slices.Contains(strings.Fields(e.exceptions), exception) {
			return true
		}
	}
	return false
}

// checkAnswers checks that each operation answered with each exception that the
// model lists for it, unless the tables say why it cannot.
func checkAnswers(t *testing.T, gt *gatetest.Server) {
	t.Helper()
	for _, operation := range cognitoapi.Offered() {
		for _, name := range wire.Find(operation).Exceptions {
			if !gt.Answers.Has(operation, name) && !excused(operation, name) {
				t.Errorf("%s has never answered %s", operation, name)
			}
		}
	}
}
