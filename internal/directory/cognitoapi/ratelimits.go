package cognitoapi

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"strconv"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/ratelimit"
)

// LimitedBy returns a function for [Server.Limit] that asks e.
func LimitedBy(e *ratelimit.Engine) func(op *wire.Operation, in wire.Input) error {
	return func(op *wire.Operation, in wire.Input) error { return e.Take(categoryOf(op.Name, in)) }
}

// categories has the category of each operation. Cognito: "API operations and request
// rate quotas", and for operations that the page does not have, their neighbours.
var categories = byCategory(map[string]string{
	ratelimit.UserAuthentication:        "InitiateAuth AdminInitiateAuth GetTokensFromRefreshToken",
	ratelimit.UserAuthenticationAnswers: "RespondToAuthChallenge AdminRespondToAuthChallenge",
	ratelimit.UserCreation:              "SignUp ConfirmSignUp AdminCreateUser AdminConfirmSignUp",
	ratelimit.UserAccountRecovery:       "ChangePassword ForgotPassword ConfirmForgotPassword AdminResetUserPassword AdminSetUserPassword",
	ratelimit.UserRead:                  "GetUser AdminGetUser GetUserAuthFactors AdminGetUserAuthFactors",
	ratelimit.UserUpdate: "AdminAddUserToGroup AdminRemoveUserFromGroup AdminDeleteUserAttributes AdminUpdateUserAttributes AdminDeleteUser AdminDisableUser AdminEnableUser " +
		"AdminLinkProviderForUser AdminDisableProviderForUser VerifyUserAttribute DeleteUser DeleteUserAttributes UpdateUserAttributes AdminUserGlobalSignOut GlobalSignOut",
	ratelimit.UserToken: "RevokeToken",
	ratelimit.UserResourceRead: "AdminGetDevice AdminListGroupsForUser AdminListDevices GetDevice ListDevices GetUserAttributeVerificationCode ResendConfirmationCode AdminListUserAuthEvents " +
		"ListWebAuthnCredentials ListUserSessions AdminListUserSessions",
	ratelimit.UserResourceUpdate: "AdminForgetDevice AdminUpdateAuthEventFeedback AdminSetUserMFAPreference AdminSetUserSettings AdminUpdateDeviceStatus UpdateDeviceStatus UpdateAuthEventFeedback " +
		"ConfirmDevice SetUserMFAPreference SetUserSettings VerifySoftwareToken AssociateSoftwareToken ForgetDevice AdminDeleteSoftwareToken " +
		"StartWebAuthnRegistration CompleteWebAuthnRegistration DeleteWebAuthnCredential RevokeUserSession AdminRevokeUserSession",
	ratelimit.UserList:       "ListUsers ListUsersInGroup",
	ratelimit.UserPoolRead:   "DescribeUserPool ListUserPools",
	ratelimit.UserPoolUpdate: "CreateUserPool UpdateUserPool DeleteUserPool",
	ratelimit.UserPoolResourceRead: "DescribeIdentityProvider GetIdentityProviderByIdentifier ListIdentityProviders DescribeResourceServer ListResourceServers DescribeUserImportJob ListUserImportJobs " +
		"DescribeUserPoolDomain GetGroup ListGroups GetUserPoolMfaConfig DescribeRiskConfiguration GetUICustomization GetCSVHeader GetLogDeliveryConfiguration ListTagsForResource GetSigningCertificate " +
		"DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient DescribeTerms DescribeTermsByClient ListTerms ListUserPoolReplicas GetUserPoolSessionConfiguration",
	ratelimit.UserPoolResourceUpdate: "CreateIdentityProvider UpdateIdentityProvider DeleteIdentityProvider CreateResourceServer UpdateResourceServer DeleteResourceServer " +
		"CreateUserImportJob StartUserImportJob StopUserImportJob CreateUserPoolDomain UpdateUserPoolDomain DeleteUserPoolDomain CreateGroup UpdateGroup DeleteGroup SetUserPoolMfaConfig " +
		"SetRiskConfiguration SetUICustomization SetLogDeliveryConfiguration TagResource UntagResource AddCustomAttributes CreateManagedLoginBranding UpdateManagedLoginBranding DeleteManagedLoginBranding " +
		"CreateTerms UpdateTerms DeleteTerms CreateUserPoolReplica UpdateUserPoolReplica DeleteUserPoolReplica SetUserPoolSessionConfiguration",
	ratelimit.UserPoolClientRead:   "DescribeUserPoolClient ListUserPoolClients ListUserPoolClientSecrets GetUserPoolClientSessionConfiguration",
	ratelimit.UserPoolClientUpdate: "CreateUserPoolClient UpdateUserPoolClient DeleteUserPoolClient AddUserPoolClientSecret DeleteUserPoolClientSecret SetUserPoolClientSessionConfiguration",
	ratelimit.ClientAuthentication: "GetClientToken",
	ratelimit.LimitManagement:      "GetProvisionedLimit UpdateProvisionedLimit",
})

func byCategory(operations map[string]string) map[string]string {
	by := map[string]string{}
	for category, names := range operations {
		for _, name := range strings.Fields(names) {
			by[name] = category
		}
	}
	return by
}

// categoryOf returns the category of a request. A new password that replaces a
// temporary one is a recovery.
func categoryOf(operation string, in wire.Input) string {
	challenge := ""
	switch in := in.(type) {
	case *wire.RespondToAuthChallengeInput:
		challenge = val(in.ChallengeName)
	case *wire.AdminRespondToAuthChallengeInput:
		challenge = val(in.ChallengeName)
	}
	if challenge == "NEW_PASSWORD_REQUIRED" {
		return ratelimit.UserAccountRecovery
	}
	return categories[operation]
}

// retrySoon tells an SDK when to try again, in milliseconds: within a second, in
// which a limit fills. Each client is told another time, so that they do not all
// come at once. AWS SDKs: x-amz-retry-after.
func retrySoon(h http.Header) {
	n, err := rand.Int(rand.Reader, big.NewInt(900))
	if err != nil {
		panic(err) // rand.Reader does not fail
	}
	h.Set("x-amz-retry-after", strconv.FormatInt(100+n.Int64(), 10))
}
