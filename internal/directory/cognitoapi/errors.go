package cognitoapi

import (
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of the wire layer itself.
var (
	ErrUnknownOperation      = fault.New(fault.Invalid, "unknown_operation", "")
	ErrOperationNotSupported = fault.New(fault.Unsupported, "operation_not_supported", "This version of Gatehouse does not offer this operation. docs/compatibility.md lists those that it offers.")
	ErrSerialization         = fault.New(fault.Invalid, "serialization", "The request body is not valid JSON.")
	ErrBodyTooLarge          = fault.New(fault.Invalid, "body_too_large", "The request body is too large.")
	ErrMethodNotAllowed      = fault.New(fault.Invalid, "method_not_allowed", "Operations are called with POST.")
	ErrConstraint            = fault.New(fault.Invalid, "constraint", "The request breaks a constraint.")
)

// The ways in which a value may have the wrong type. Cognito: observed texts.
var (
	errUnexpectedField     = ErrSerialization.Saying("Unexpected field type")
	errUnexpectedValue     = ErrSerialization.Saying("Unexpected value type in payload")
	errUnexpectedStructure = ErrSerialization.Saying("Start of structure or map found where not expected.")
	errUnexpectedList      = ErrSerialization.Saying("Start of list found where not expected.")
	errNumberForString     = ErrSerialization.Saying("NUMBER_VALUE can not be converted to a String")
	errTrueForString       = ErrSerialization.Saying("TRUE_VALUE can not be converted to a String")
	errFalseForString      = ErrSerialization.Saying("FALSE_VALUE can not be converted to a String")
	errDuplicateMember     = ErrSerialization.Saying("A member appears twice in the same structure.")
	errBadCharacter        = ErrSerialization.Saying("A text holds a character that is not allowed.")
	errBadBase64           = ErrSerialization.Saying("A blob is not valid base64.")
	errTooDeep             = ErrSerialization.Saying("The request body is nested too deeply.")
	errTooManyValues       = ErrSerialization.Saying("The request body has too many values.")
)

func notSupported(operation string) error {
	return ErrOperationNotSupported.Saying("This version of Gatehouse does not offer the operation %s. docs/compatibility.md lists those that it offers.", operation)
}

// exceptions maps what engines return to the names of the API. It is the only
// place where an exception's name is chosen. An error without an entry is
// internal: the caller learns nothing of it.
var exceptions = []struct {
	Err  *fault.Error
	Name string
}{
	{ErrUnknownOperation, "UnknownOperationException"},
	{ErrMethodNotAllowed, "UnknownOperationException"},
	{ErrOperationNotSupported, "NotImplementedException"},
	{ErrSerialization, "SerializationException"},
	{ErrBodyTooLarge, "RequestEntityTooLargeException"},
	{ErrConstraint, "InvalidParameterException"},

	{ErrNotOffered, "InvalidParameterException"},
	{ErrPageToken, "InvalidParameterException"},
	{ErrRevokeClient, "UnauthorizedException"},
	{ErrARN, "ResourceNotFoundException"},

	{userpool.ErrPoolNotFound, "ResourceNotFoundException"},
	{userpool.ErrPoolExists, "InvalidParameterException"},
	{userpool.ErrPoolProtected, "InvalidParameterException"},
	{userpool.ErrPoolHasDomain, "InvalidParameterException"},
	{userpool.ErrSettings, "InvalidParameterException"},
	{userpool.ErrTags, "InvalidParameterException"},
	{userpool.ErrClientNotFound, "ResourceNotFoundException"},
	{userpool.ErrClientExists, "InvalidParameterException"},
	{userpool.ErrClientSettings, "InvalidParameterException"},
	{userpool.ErrOAuthFlow, "InvalidOAuthFlowException"},
	{userpool.ErrScopeNotFound, "ScopeDoesNotExistException"},
	{userpool.ErrSecretMissing, "NotAuthorizedException"},
	{userpool.ErrSecretMismatch, "NotAuthorizedException"},
	{userpool.ErrTooManyResources, "LimitExceededException"},
	{userpool.ErrDomainNotFound, "InvalidParameterException"},
	{userpool.ErrDomainExists, "InvalidParameterException"},
	{userpool.ErrDomainTaken, "InvalidParameterException"},
	{userpool.ErrDomainName, "InvalidParameterException"},
	{userpool.ErrResourceServerNotFound, "ResourceNotFoundException"},
	{userpool.ErrResourceServerExists, "InvalidParameterException"},

	{user.ErrUserNotFound, "UserNotFoundException"},
	{user.ErrUsernameExists, "UsernameExistsException"},
	{user.ErrAliasExists, "AliasExistsException"},
	{user.ErrAttributes, "InvalidParameterException"},
	{user.ErrUsername, "InvalidParameterException"},
	{user.ErrFilter, "InvalidParameterException"},
	{user.ErrUnwritable, "NotAuthorizedException"},
	{user.ErrGroupNotFound, "ResourceNotFoundException"},
	{user.ErrGroupExists, "GroupExistsException"},

	{credential.ErrPasswordPolicy, "InvalidPasswordException"},
	{credential.ErrNoPassword, "NotAuthorizedException"},
	{credential.ErrCodeMismatch, "CodeMismatchException"},
	{credential.ErrCodeExpired, "ExpiredCodeException"},
	{credential.ErrLocked, "NotAuthorizedException"},
	{credential.ErrAttemptLimit, "LimitExceededException"},

	{srp.ErrInvalidA, "InvalidParameterException"},
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
	{account.ErrDelivery, "CodeDeliveryFailureException"},

	{signin.ErrFlowUnknown, "InvalidParameterException"},
	{signin.ErrFlowOff, "InvalidParameterException"},
	{signin.ErrParameter, "InvalidParameterException"},
	{signin.ErrWrongPassword, "NotAuthorizedException"},
	{signin.ErrDisabled, "NotAuthorizedException"},
	{signin.ErrNotConfirmed, "UserNotConfirmedException"},
	{signin.ErrResetRequired, "PasswordResetRequiredException"},
	{signin.ErrTemporaryExpired, "NotAuthorizedException"},
	{signin.ErrSessionInvalid, "NotAuthorizedException"},
	{signin.ErrSessionExpired, "NotAuthorizedException"},
	{signin.ErrSessionUsed, "NotAuthorizedException"},

	{token.ErrAccessInvalid, "NotAuthorizedException"},
	{token.ErrAccessSignature, "NotAuthorizedException"},
	{token.ErrAccessExpired, "NotAuthorizedException"},
	{token.ErrAccessRevoked, "NotAuthorizedException"},
	{token.ErrAccessScope, "NotAuthorizedException"},
	{token.ErrRefreshInvalid, "NotAuthorizedException"},
	{token.ErrRefreshRevoked, "NotAuthorizedException"},
	{token.ErrRefreshExpired, "NotAuthorizedException"},
	{token.ErrUserDisabled, "NotAuthorizedException"},
	{token.ErrUnsupportedTokenType, "UnsupportedTokenTypeException"},
	{token.ErrRevocationOff, "UnsupportedOperationException"},
	{token.ErrWrongClient, "UnauthorizedException"},

	{sigv4.ErrMissingToken, "MissingAuthenticationTokenException"},
	{sigv4.ErrIncompleteSignature, "IncompleteSignatureException"},
	{sigv4.ErrInvalidSignature, "InvalidSignatureException"},
	{sigv4.ErrUnrecognizedClient, "UnrecognizedClientException"},
}

// frontEnd has the exceptions that any operation may answer with, although the
// model lists them for none.
var frontEnd = []string{
	"AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InvalidSignatureException",
	"MissingAuthenticationTokenException", "NotImplementedException", "RequestEntityTooLargeException",
	"SerializationException", "ThrottlingException", "TooManyRequestsException", "UnknownOperationException", "UnrecognizedClientException",
}

// fallbacks has, for each kind of error, what to answer when the operation's
// list lacks the name that exceptions gives: the first that the list has.
var fallbacks = map[fault.Kind][]string{
	fault.Invalid:         {"InvalidParameterException"},
	fault.NotFound:        {"ResourceNotFoundException", "InvalidParameterException", "NotAuthorizedException"},
	fault.Conflict:        {"ConcurrentModificationException", "InvalidParameterException", "NotAuthorizedException"},
	fault.Unauthenticated: {"NotAuthorizedException", "InvalidParameterException"},
	fault.Denied:          {"NotAuthorizedException", "ForbiddenException", "InvalidParameterException"},
	fault.Expired:         {"NotAuthorizedException", "InvalidParameterException"},
	fault.Throttled:       {"TooManyRequestsException", "LimitExceededException"},
	fault.Unsupported:     {"UnsupportedOperationException", "InvalidParameterException"},
}

// exceptionOf names err for an operation, "" for an internal error. op is nil
// as long as the operation is unknown. What is behind a fault as its cause is
// for the log and has no say.
func exceptionOf(op *Operation, err error) string {
	f := fault.As(err)
	if f == nil {
		return ""
	}
	for _, e := range exceptions {
		if f.Is(e.Err) {
			return op.modelled(e.Name, f.Kind)
		}
	}
	return ""
}

// modelled returns name if the operation may answer with it, else what stands
// for an error of that kind.
func (op *Operation) modelled(name string, kind fault.Kind) string {
	if op == nil || op.allows(name) {
		return name
	}
	if i := slices.IndexFunc(fallbacks[kind], op.allows); i >= 0 {
		return fallbacks[kind][i]
	}
	return ""
}
