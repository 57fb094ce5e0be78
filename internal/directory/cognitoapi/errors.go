package cognitoapi

import (
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// Errors of the server itself.
var (
	ErrUnknownOperation = fault.New(fault.Invalid, "unknown_operation", "")
	ErrBodyTooLarge     = fault.New(fault.Invalid, "body_too_large", "The request body is too large.")
	ErrForeignPage      = fault.New(fault.Denied, "foreign_page", "Web pages of other sites are refused in development. Open the page at localhost, or register a callback URL at its address with an app client.")
	ErrHostUnknown      = fault.New(fault.Invalid, "host_unknown", "The user pools API does not answer at this host name. Name it under directory.hosts in the configuration, or with --host of gatehouse dev.")
	ErrMethodNotAllowed = fault.New(fault.Invalid, "method_not_allowed", "Operations are called with POST.")
)

// exceptions has the exception names for the errors that engines return. Nothing
// else chooses an exception name. An error without an entry is internal: the caller
// learns nothing about it.
var exceptions = []struct {
	Err  *fault.Error
	Name string
}{
	{ErrUnknownOperation, "UnknownOperationException"},
	{ErrMethodNotAllowed, "UnknownOperationException"},
	{ErrForeignPage, "AccessDeniedException"},
	{ErrHostUnknown, "InvalidEndpointException"},
	{wire.ErrOperationNotSupported, "NotImplementedException"},
	{wire.ErrSerialization, "SerializationException"},
	{ErrBodyTooLarge, "RequestEntityTooLargeException"},
	{web.ErrBusy, "TooManyRequestsException"},
	{wire.ErrConstraint, "InvalidParameterException"},

	{ErrNotOffered, "InvalidParameterException"},
	{ErrPageToken, "InvalidParameterException"},
	{ErrRevokeClient, "UnauthorizedException"},
	{ErrARN, "ResourceNotFoundException"},

	{risk.ErrOff, "UserPoolAddOnNotEnabledException"},
	{risk.ErrBlocked, "NotAuthorizedException"},
	{risk.ErrCompromised, "InvalidPasswordException"},
	{risk.ErrConfiguration, "InvalidParameterException"},
	{risk.ErrEventNotFound, "ResourceNotFoundException"},
	{risk.ErrFeedbackToken, "NotAuthorizedException"},
	{risk.ErrAddress, "InvalidParameterException"},

	{userpool.ErrPoolNotFound, "ResourceNotFoundException"},
	{userpool.ErrPoolExists, "InvalidParameterException"},
	{userpool.ErrPoolProtected, "InvalidParameterException"},
	{userpool.ErrPoolHasDomain, "InvalidParameterException"},
	{userpool.ErrSettings, "InvalidParameterException"},
	{userpool.ErrTags, "UserPoolTaggingException"},
	{userpool.ErrClientNotFound, "ResourceNotFoundException"},
	{userpool.ErrClientExists, "InvalidParameterException"},
	{userpool.ErrClientSettings, "InvalidParameterException"},
	{userpool.ErrOAuthFlow, "InvalidOAuthFlowException"},
	{userpool.ErrScopeNotFound, "ScopeDoesNotExistException"},
	{userpool.ErrSecretMissing, "NotAuthorizedException"},
	{userpool.ErrSecretMismatch, "NotAuthorizedException"},
	{userpool.ErrSecretNotFound, "ResourceNotFoundException"},
	{userpool.ErrTooManyResources, "LimitExceededException"},
	{userpool.ErrDomainNotFound, "InvalidParameterException"},
	{userpool.ErrDomainExists, "InvalidParameterException"},
	{userpool.ErrDomainTaken, "InvalidParameterException"},
	{userpool.ErrDomainHost, "InvalidParameterException"},
	{userpool.ErrDomainName, "InvalidParameterException"},
	{userpool.ErrResourceServerNotFound, "ResourceNotFoundException"},
	{userpool.ErrResourceServerExists, "InvalidParameterException"},

	{userpool.ErrProviderNotFound, "ResourceNotFoundException"},
	{userpool.ErrProviderExists, "DuplicateProviderException"},
	{userpool.ErrProviderInUse, "InvalidParameterException"},
	{userpool.ErrProviderDetails, "InvalidParameterException"},
	{userpool.ErrProviderType, "UnsupportedIdentityProviderException"},
	{userpool.ErrProviderIdentifier, "InvalidParameterException"},
	{userpool.ErrProviderUnreachable, "InvalidParameterException"},

	{ratelimit.ErrRate, "TooManyRequestsException"},
	{userpool.ErrNoReplicas, "OperationNotEnabledException"},
	{userpool.ErrReplicaNotFound, "ResourceNotFoundException"},
	{userpool.ErrReplicaPrimary, "InvalidParameterException"},
	{ratelimit.ErrLimitNotFound, "ResourceNotFoundException"},
	{ratelimit.ErrLimitValue, "InvalidParameterException"},
	{ratelimit.ErrLimitMaximum, "ServiceQuotaExceededException"},

	{branding.ErrStyleNotFound, "ResourceNotFoundException"},
	{branding.ErrStyleExists, "ManagedLoginBrandingExistsException"},
	{branding.ErrStyle, "InvalidParameterException"},
	{branding.ErrCustomization, "InvalidParameterException"},
	{branding.ErrNoDomain, "InvalidParameterException"},
	{branding.ErrTermsNotFound, "ResourceNotFoundException"},
	{branding.ErrTermsExist, "TermsExistsException"},
	{branding.ErrTerms, "InvalidParameterException"},
	{branding.ErrTooMany, "LimitExceededException"},

	{userimport.ErrJobNotFound, "ResourceNotFoundException"},
	{userimport.ErrHashing, "InvalidParameterException"},
	{userimport.ErrTooManyJobs, "LimitExceededException"},
	{userimport.ErrNoFile, "PreconditionNotMetException"},
	{userimport.ErrJobState, "PreconditionNotMetException"},
	{userimport.ErrInProgress, "UserImportInProgressException"},
	{userimport.ErrPlace, "InvalidParameterException"},
	// The codes of S3, for uploads:
	{userimport.ErrLink, "SignatureDoesNotMatch"},
	{userimport.ErrLinkExpired, "AccessDenied"},
	{userimport.ErrTooLarge, "EntityTooLarge"},
	{userimport.ErrCut, "IncompleteBody"},
	{ErrEncryption, "InvalidArgument"},

	{user.ErrUserNotFound, "UserNotFoundException"},
	{user.ErrUsernameExists, "UsernameExistsException"},
	{user.ErrAliasExists, "AliasExistsException"},
	{user.ErrAttributes, "InvalidParameterException"},
	{user.ErrUsername, "InvalidParameterException"},
	{user.ErrFilter, "InvalidParameterException"},
	{user.ErrProvided, "NotAuthorizedException"},
	{user.ErrUnwritable, "NotAuthorizedException"},
	{user.ErrMFA, "InvalidParameterException"},
	{user.ErrGroupNotFound, "ResourceNotFoundException"},
	{user.ErrGroupExists, "GroupExistsException"},
	{user.ErrIdentity, "InvalidParameterException"},
	{user.ErrIdentityTaken, "InvalidParameterException"},
	{user.ErrTooManyGroups, "LimitExceededException"},
	{user.ErrTooManyIdentities, "LimitExceededException"},

	{credential.ErrPasswordPolicy, "InvalidPasswordException"},
	{credential.ErrPasswordReused, "PasswordHistoryPolicyViolationException"},
	{credential.ErrNoPassword, "NotAuthorizedException"},
	{credential.ErrCodeMismatch, "CodeMismatchException"},
	{credential.ErrCodeExpired, "ExpiredCodeException"},
	{credential.ErrTOTPUsed, "ExpiredCodeException"},
	{credential.ErrLocked, "NotAuthorizedException"},
	{credential.ErrAttemptLimit, "LimitExceededException"},

	{device.ErrUnknown, "ResourceNotFoundException"},
	{device.ErrExists, "DeviceKeyExistsException"},

	{srp.ErrInvalidA, "InvalidParameterException"},
	{srp.ErrInvalidVerifier, "InvalidParameterException"},
	{srp.ErrInvalidTimestamp, "InvalidParameterException"},

	{account.ErrSignUpClosed, "NotAuthorizedException"},
	{account.ErrStatus, "NotAuthorizedException"},
	{account.ErrAlreadyActive, "InvalidParameterException"},
	{account.ErrNoVerification, "NotAuthorizedException"},
	{account.ErrNoRecovery, "InvalidParameterException"},
	{account.ErrAdminRecovery, "NotAuthorizedException"},
	{account.ErrDisabled, "NotAuthorizedException"},
	{account.ErrWrongPassword, "NotAuthorizedException"},
	{account.ErrNotResendable, "UnsupportedUserStateException"},
	{account.ErrNotVerifiable, "InvalidParameterException"},
	{account.ErrNoContact, "InvalidParameterException"},
	{account.ErrDelivery, "CodeDeliveryFailureException"},

	{trigger.ErrRefused, "UserLambdaValidationException"},
	{trigger.ErrUncallable, "UnexpectedLambdaException"},
	{trigger.ErrOutput, "InvalidLambdaResponseException"},
	{trigger.ErrUnresolved, "InvalidParameterException"},

	{signin.ErrFlowUnknown, "InvalidParameterException"},
	{signin.ErrFlowOff, "InvalidParameterException"},
	{signin.ErrParameter, "InvalidParameterException"},
	{signin.ErrWrongPassword, "NotAuthorizedException"},
	{signin.ErrDisabled, "NotAuthorizedException"},
	{signin.ErrNotConfirmed, "UserNotConfirmedException"},
	{signin.ErrResetRequired, "PasswordResetRequiredException"},
	{signin.ErrNoPassword, "NotAuthorizedException"},
	{signin.ErrTemporaryExpired, "NotAuthorizedException"},
	{signin.ErrSessionInvalid, "NotAuthorizedException"},
	{signin.ErrSessionExpired, "NotAuthorizedException"},
	{signin.ErrSessionUsed, "NotAuthorizedException"},

	{token.ErrOvertaken, "NotAuthorizedException"},
	{signin.ErrMFACode, "CodeMismatchException"},
	{signin.ErrTOTPCode, "CodeMismatchException"},
	{signin.ErrTOTPSetUp, "EnableSoftwareTokenMFAException"},
	{signin.ErrTOTPOff, "SoftwareTokenMFANotFoundException"},
	{signin.ErrNoTOTP, "SoftwareTokenMFANotFoundException"},
	{signin.ErrMFAChoice, "InvalidParameterException"},
	{signin.ErrNoSetUp, "InvalidParameterException"},
	{signin.ErrContactKept, "InvalidParameterException"},
	{signin.ErrNoMFA, "NotAuthorizedException"},
	{signin.ErrCodeNotSent, "InvalidUserPoolConfigurationException"}, // the sign-in calls list no CodeDeliveryFailureException
	{signin.ErrFirstChoice, "InvalidParameterException"},
	{signin.ErrLevel, "InvalidParameterException"},
	{signin.ErrLevelUp, "InvalidParameterException"},
	{signin.ErrStepUp, "NotAuthorizedException"},
	{user.ErrRecoveryOff, "NotAuthorizedException"},
	{signin.ErrNoFirstFactor, "NotAuthorizedException"},
	{signin.ErrPasskeysOff, "WebAuthnNotEnabledException"},
	{signin.ErrNoRelyingParty, "WebAuthnConfigurationMissingException"},
	{signin.ErrPasskeyClient, "WebAuthnClientMismatchException"},
	{signin.ErrPasskeyExists, "InvalidParameterException"},
	{signin.ErrPasskeyNotFound, "ResourceNotFoundException"},
	{signin.ErrTooManyPasskeys, "LimitExceededException"},

	{passkey.ErrForm, "InvalidParameterException"},
	{passkey.ErrRefused, "NotAuthorizedException"},
	{passkey.ErrChallenge, "WebAuthnChallengeNotFoundException"},
	{passkey.ErrOrigin, "WebAuthnOriginNotAllowedException"},
	{passkey.ErrRelyingParty, "WebAuthnRelyingPartyMismatchException"},
	{passkey.ErrUnsupported, "WebAuthnCredentialNotSupportedException"},

	{token.ErrAccessInvalid, "NotAuthorizedException"},
	{token.ErrAccessSignature, "NotAuthorizedException"},
	{token.ErrAccessExpired, "NotAuthorizedException"},
	{token.ErrAccessRevoked, "NotAuthorizedException"},
	{token.ErrAccessScope, "NotAuthorizedException"},
	{token.ErrRefreshInvalid, "NotAuthorizedException"},
	{token.ErrRefreshRevoked, "NotAuthorizedException"},
	{token.ErrRefreshExpired, "NotAuthorizedException"},
	{token.ErrRefreshReused, "RefreshTokenReuseException"},
	{token.ErrUserDisabled, "NotAuthorizedException"},
	{token.ErrUnsupportedTokenType, "UnsupportedTokenTypeException"},
	{token.ErrRevocationOff, "UnsupportedOperationException"},
	{token.ErrWrongClient, "UnauthorizedException"},
	{token.ErrClientRefused, "NotAuthorizedException"},
	{token.ErrSessionsOff, "OperationNotEnabledException"},
	{token.ErrUserSessionUnknown, "ResourceNotFoundException"},
	{token.ErrOwnSession, "InvalidParameterException"},
	{token.ErrGrantNotAllowed, "NotAuthorizedException"},
	{token.ErrScopeUnknown, "InvalidParameterException"},
	{token.ErrScopeNotAllowed, "InvalidParameterException"},

	{sigv4.ErrMissingToken, "MissingAuthenticationTokenException"},
	{sigv4.ErrIncompleteSignature, "IncompleteSignatureException"},
	{sigv4.ErrInvalidSignature, "InvalidSignatureException"},
	{sigv4.ErrUnrecognizedClient, "UnrecognizedClientException"},
}

// fallbacks has, for each kind of error, the names to try if the operation may not
// answer with the name in exceptions.
var fallbacks = map[fault.Kind][]string{
	fault.Invalid:         {"InvalidParameterException"},
	fault.NotFound:        {"ResourceNotFoundException", "NotAuthorizedException", "InvalidParameterException"},
	fault.Conflict:        {"ConcurrentModificationException", "InvalidParameterException", "NotAuthorizedException"},
	fault.Unauthenticated: {"NotAuthorizedException", "InvalidParameterException"},
	fault.Denied:          {"NotAuthorizedException", "ForbiddenException", "InvalidParameterException"},
	fault.Expired:         {"NotAuthorizedException", "InvalidParameterException"},
	fault.Throttled:       {"TooManyRequestsException", "LimitExceededException"},
	fault.Unsupported:     {"UnsupportedOperationException", "InvalidParameterException"},
}

// exceptionOf returns the exception name for err in an operation, or "" if err
// is internal. op is nil while the operation is unknown. Only the outermost
// fault counts: its cause is for the log.
func exceptionOf(op *wire.Operation, err error) string {
	f := fault.As(err)
	if f == nil {
		return ""
	}
	for _, e := range exceptions {
		if f.Is(e.Err) {
			return allowedName(op, e.Name, f.Kind)
		}
	}
	return ""
}

// allowedName returns name if the operation may answer with it. Otherwise it
// returns the first fallback of the error's kind that the operation may answer
// with, or "" if there is none.
func allowedName(op *wire.Operation, name string, kind fault.Kind) string {
	if op == nil || op.Allows(name) {
		return name
	}
	if name == "TooManyRequestsException" {
		return "ThrottlingException" // AWS: one of the common errors, which every operation may answer. SDKs try again
	}
	if i := slices.IndexFunc(fallbacks[kind], op.Allows); i >= 0 {
		return fallbacks[kind][i]
	}
	return ""
}
