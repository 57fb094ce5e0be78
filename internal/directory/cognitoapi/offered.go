package cognitoapi

import "gatehouse/internal/directory/cognitoapi/wire"

// Operations returns the operations that Gatehouse offers. An operation that
// is missing here is not offered.
func (a *API) Operations() *wire.Operations {
	return &wire.Operations{
		// pools.go
		CreateUserPool:      a.CreateUserPool,
		DescribeUserPool:    a.DescribeUserPool,
		UpdateUserPool:      a.UpdateUserPool,
		DeleteUserPool:      a.DeleteUserPool,
		ListUserPools:       a.ListUserPools,
		AddCustomAttributes: a.AddCustomAttributes,

		// poolmfa.go
		GetUserPoolMfaConfig: a.GetUserPoolMfaConfig,
		SetUserPoolMfaConfig: a.SetUserPoolMfaConfig,

		// tags.go
		TagResource:         a.TagResource,
		UntagResource:       a.UntagResource,
		ListTagsForResource: a.ListTagsForResource,

		// clients.go
		CreateUserPoolClient:   a.CreateUserPoolClient,
		DescribeUserPoolClient: a.DescribeUserPoolClient,
		UpdateUserPoolClient:   a.UpdateUserPoolClient,
		DeleteUserPoolClient:   a.DeleteUserPoolClient,
		ListUserPoolClients:    a.ListUserPoolClients,

		// clientsecrets.go
		AddUserPoolClientSecret:    a.AddUserPoolClientSecret,
		ListUserPoolClientSecrets:  a.ListUserPoolClientSecrets,
		DeleteUserPoolClientSecret: a.DeleteUserPoolClientSecret,

		// domains.go
		CreateUserPoolDomain:   a.CreateUserPoolDomain,
		DescribeUserPoolDomain: a.DescribeUserPoolDomain,
		UpdateUserPoolDomain:   a.UpdateUserPoolDomain,
		DeleteUserPoolDomain:   a.DeleteUserPoolDomain,

		// resourceservers.go
		CreateResourceServer:   a.CreateResourceServer,
		DescribeResourceServer: a.DescribeResourceServer,
		UpdateResourceServer:   a.UpdateResourceServer,
		DeleteResourceServer:   a.DeleteResourceServer,
		ListResourceServers:    a.ListResourceServers,

		// identityproviders.go
		CreateIdentityProvider:          a.CreateIdentityProvider,
		DescribeIdentityProvider:        a.DescribeIdentityProvider,
		GetIdentityProviderByIdentifier: a.GetIdentityProviderByIdentifier,
		UpdateIdentityProvider:          a.UpdateIdentityProvider,
		DeleteIdentityProvider:          a.DeleteIdentityProvider,
		ListIdentityProviders:           a.ListIdentityProviders,
		GetSigningCertificate:           a.GetSigningCertificate,

		// branding.go
		CreateManagedLoginBranding:           a.CreateManagedLoginBranding,
		UpdateManagedLoginBranding:           a.UpdateManagedLoginBranding,
		DescribeManagedLoginBranding:         a.DescribeManagedLoginBranding,
		DescribeManagedLoginBrandingByClient: a.DescribeManagedLoginBrandingByClient,
		DeleteManagedLoginBranding:           a.DeleteManagedLoginBranding,
		SetUICustomization:                   a.SetUICustomization,
		GetUICustomization:                   a.GetUICustomization,

		// imports.go
		GetCSVHeader:          a.GetCSVHeader,
		CreateUserImportJob:   a.CreateUserImportJob,
		DescribeUserImportJob: a.DescribeUserImportJob,
		StartUserImportJob:    a.StartUserImportJob,
		StopUserImportJob:     a.StopUserImportJob,
		ListUserImportJobs:    a.ListUserImportJobs,
		// risk.go
		SetRiskConfiguration:         a.SetRiskConfiguration,
		DescribeRiskConfiguration:    a.DescribeRiskConfiguration,
		AdminListUserAuthEvents:      a.AdminListUserAuthEvents,
		AdminUpdateAuthEventFeedback: a.AdminUpdateAuthEventFeedback,
		UpdateAuthEventFeedback:      a.UpdateAuthEventFeedback,

		// logs.go
		SetLogDeliveryConfiguration: a.SetLogDeliveryConfiguration,
		GetLogDeliveryConfiguration: a.GetLogDeliveryConfiguration,

		// terms.go
		CreateTerms:           a.CreateTerms,
		DescribeTerms:         a.DescribeTerms,
		DescribeTermsByClient: a.DescribeTermsByClient,
		UpdateTerms:           a.UpdateTerms,
		DeleteTerms:           a.DeleteTerms,
		ListTerms:             a.ListTerms,

		// replicas.go
		ListUserPoolReplicas:   a.ListUserPoolReplicas,
		CreateUserPoolReplica:  a.CreateUserPoolReplica,
		UpdateUserPoolReplica:  a.UpdateUserPoolReplica,
		DeleteUserPoolReplica:  a.DeleteUserPoolReplica,
		GetProvisionedLimit:    a.GetProvisionedLimit,
		UpdateProvisionedLimit: a.UpdateProvisionedLimit,

		// links.go
		AdminLinkProviderForUser:    a.AdminLinkProviderForUser,
		AdminDisableProviderForUser: a.AdminDisableProviderForUser,

		// users.go
		AdminCreateUser:           a.AdminCreateUser,
		AdminGetUser:              a.AdminGetUser,
		ListUsers:                 a.ListUsers,
		AdminUpdateUserAttributes: a.AdminUpdateUserAttributes,
		AdminDeleteUserAttributes: a.AdminDeleteUserAttributes,
		AdminDisableUser:          a.AdminDisableUser,
		AdminEnableUser:           a.AdminEnableUser,
		AdminDeleteUser:           a.AdminDeleteUser,
		AdminSetUserPassword:      a.AdminSetUserPassword,
		AdminResetUserPassword:    a.AdminResetUserPassword,
		AdminConfirmSignUp:        a.AdminConfirmSignUp,
		AdminUserGlobalSignOut:    a.AdminUserGlobalSignOut,

		// groups.go
		CreateGroup:              a.CreateGroup,
		GetGroup:                 a.GetGroup,
		UpdateGroup:              a.UpdateGroup,
		DeleteGroup:              a.DeleteGroup,
		ListGroups:               a.ListGroups,
		AdminAddUserToGroup:      a.AdminAddUserToGroup,
		AdminRemoveUserFromGroup: a.AdminRemoveUserFromGroup,
		AdminListGroupsForUser:   a.AdminListGroupsForUser,
		ListUsersInGroup:         a.ListUsersInGroup,

		// auth.go
		InitiateAuth:                a.InitiateAuth,
		AdminInitiateAuth:           a.AdminInitiateAuth,
		RespondToAuthChallenge:      a.RespondToAuthChallenge,
		AdminRespondToAuthChallenge: a.AdminRespondToAuthChallenge,

		// machine.go
		GetClientToken: a.GetClientToken,

		// devices.go
		ConfirmDevice:           a.ConfirmDevice,
		UpdateDeviceStatus:      a.UpdateDeviceStatus,
		AdminUpdateDeviceStatus: a.AdminUpdateDeviceStatus,
		GetDevice:               a.GetDevice,
		AdminGetDevice:          a.AdminGetDevice,
		ListDevices:             a.ListDevices,
		AdminListDevices:        a.AdminListDevices,
		ForgetDevice:            a.ForgetDevice,
		AdminForgetDevice:       a.AdminForgetDevice,

		// sessions.go
		SetUserPoolSessionConfiguration:       a.SetUserPoolSessionConfiguration,
		GetUserPoolSessionConfiguration:       a.GetUserPoolSessionConfiguration,
		SetUserPoolClientSessionConfiguration: a.SetUserPoolClientSessionConfiguration,
		GetUserPoolClientSessionConfiguration: a.GetUserPoolClientSessionConfiguration,
		ListUserSessions:                      a.ListUserSessions,
		AdminListUserSessions:                 a.AdminListUserSessions,
		RevokeUserSession:                     a.RevokeUserSession,
		AdminRevokeUserSession:                a.AdminRevokeUserSession,

		// self.go
		GetTokensFromRefreshToken:        a.GetTokensFromRefreshToken,
		RevokeToken:                      a.RevokeToken,
		GlobalSignOut:                    a.GlobalSignOut,
		GetUser:                          a.GetUser,
		DeleteUser:                       a.DeleteUser,
		ChangePassword:                   a.ChangePassword,
		UpdateUserAttributes:             a.UpdateUserAttributes,
		DeleteUserAttributes:             a.DeleteUserAttributes,
		GetUserAttributeVerificationCode: a.GetUserAttributeVerificationCode,
		VerifyUserAttribute:              a.VerifyUserAttribute,

		// mfa.go
		AssociateSoftwareToken:    a.AssociateSoftwareToken,
		VerifySoftwareToken:       a.VerifySoftwareToken,
		AdminDeleteSoftwareToken:  a.AdminDeleteSoftwareToken,
		SetUserMFAPreference:      a.SetUserMFAPreference,
		AdminSetUserMFAPreference: a.AdminSetUserMFAPreference,
		SetUserSettings:           a.SetUserSettings,
		AdminSetUserSettings:      a.AdminSetUserSettings,
		GetUserAuthFactors:        a.GetUserAuthFactors,
		AdminGetUserAuthFactors:   a.AdminGetUserAuthFactors,

		// passkeys.go
		StartWebAuthnRegistration:    a.StartWebAuthnRegistration,
		CompleteWebAuthnRegistration: a.CompleteWebAuthnRegistration,
		ListWebAuthnCredentials:      a.ListWebAuthnCredentials,
		DeleteWebAuthnCredential:     a.DeleteWebAuthnCredential,

		// signup.go
		SignUp:                 a.SignUp,
		ConfirmSignUp:          a.ConfirmSignUp,
		ResendConfirmationCode: a.ResendConfirmationCode,
		ForgotPassword:         a.ForgotPassword,
		ConfirmForgotPassword:  a.ConfirmForgotPassword,
	}
}

// Offered returns the names of the operations that Gatehouse offers, sorted.
func Offered() []string { return new(API).Operations().Offered() }
