package ratelimit

import "slices"

// The categories. Cognito: "API request rate quotas".
const (
	UserAuthentication     = "UserAuthentication"
	UserCreation           = "UserCreation"
	UserFederation         = "UserFederation"
	UserAccountRecovery    = "UserAccountRecovery"
	UserRead               = "UserRead"
	UserUpdate             = "UserUpdate"
	UserToken              = "UserToken"
	UserResourceRead       = "UserResourceRead"
	UserResourceUpdate     = "UserResourceUpdate"
	UserList               = "UserList"
	UserPoolRead           = "UserPoolRead"
	UserPoolUpdate         = "UserPoolUpdate"
	UserPoolResourceRead   = "UserPoolResourceRead"
	UserPoolResourceUpdate = "UserPoolResourceUpdate"
	UserPoolClientRead     = "UserPoolClientRead"
	UserPoolClientUpdate   = "UserPoolClientUpdate"
	ClientAuthentication   = "ClientAuthentication"
	LimitManagement        = "LimitManagement"
)

// UserAuthenticationAnswers are the answers to challenges. They have a limit of their
// own, which follows that of UserAuthentication.
const UserAuthenticationAnswers = "UserAuthenticationAnswers"

// answersFor is how many answers there may be for one beginning of a sign-in.
const answersFor = 3

// defaults are Cognito's limits.
var defaults = map[string]int{
	UserAuthentication: 120, UserCreation: 50, UserFederation: 25, UserAccountRecovery: 30, UserRead: 120, UserUpdate: 25, UserToken: 120,
	UserResourceRead: 50, UserResourceUpdate: 25, UserList: 30, UserPoolRead: 15, UserPoolUpdate: 15, UserPoolResourceRead: 20,
	UserPoolResourceUpdate: 15, UserPoolClientRead: 15, UserPoolClientUpdate: 15, ClientAuthentication: 150, LimitManagement: 1,
}

// adjustable are the categories whose limit the API may change. Cognito: "Managing
// provisioned limits".
var adjustable = []string{UserAuthentication, UserCreation, UserFederation, UserRead, UserToken, UserResourceRead}

func isAdjustable(category string) bool { return slices.Contains(adjustable, category) }
