package cognitoapi

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/ratelimit"
)

// LimitedBy returns a function for [Server.Limit] that asks e.
func LimitedBy(e *ratelimit.Engine) func(op *wire.Operation, in wire.Input) error {
	return func(op *wire.Operation, in wire.Input) error {
		category := categoryOf(op.Name, in)
		if kind, thing := single(op, category, in); kind != "" {
			if err := e.TakeOf(kind, thing); err != nil { // before it takes from all others
				return err
			}
		}
		return e.Take(category)
	}
}

// kinds has the limit that one user, or one operation in one pool, has beside that of
// the category.
var kinds = map[string]string{
	ratelimit.UserRead: ratelimit.UserReads, ratelimit.UserResourceRead: ratelimit.UserReads,
	ratelimit.UserUpdate: ratelimit.UserWrites, ratelimit.UserResourceUpdate: ratelimit.UserWrites,
	ratelimit.UserPoolRead: ratelimit.PoolOperation, ratelimit.UserPoolUpdate: ratelimit.PoolOperation,
	ratelimit.UserPoolResourceRead: ratelimit.PoolOperation, ratelimit.UserPoolResourceUpdate: ratelimit.PoolOperation,
	ratelimit.UserPoolClientRead: ratelimit.PoolOperation, ratelimit.UserPoolClientUpdate: ratelimit.PoolOperation,
}

// single returns what of a request has a limit of its own: the user whom an
// administrator or an access token names, or the pool. A name that anybody can send
// does not count: strangers could use up the limit of a user.
func single(op *wire.Operation, category string, in wire.Input) (kind, thing string) {
	kind = kinds[category]
	pool, name, token := member(in, "UserPoolID"), member(in, "Username"), member(in, "AccessToken")
	switch {
	case kind == ratelimit.PoolOperation && pool != "":
		return kind, op.Name + " " + pool
	case kind == ratelimit.PoolOperation:
		return "", ""
	case kind != "" && op.Auth == wire.AuthSignature && pool != "" && name != "":
		return kind, pool + " " + name
	case kind != "" && token != "":
		return kind, token
	}
	return "", ""
}

// member returns a member of an input that is text; "" if there is none.
func member(in wire.Input, name string) string {
	if f := reflect.Indirect(reflect.ValueOf(in)).FieldByName(name); f.Kind() == reflect.Pointer && f.Elem().Kind() == reflect.String {
		return f.Elem().String()
	}
	return ""
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
