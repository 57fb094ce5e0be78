package kms

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/codekey"
	"gatehouse/internal/directory/sigv4"
)

// Errors of requests that are not for the keys.
var (
	errOperation = fault.New(fault.Invalid, "kms_operation", "Gatehouse offers Decrypt alone of this service.")
	errBody      = fault.New(fault.Invalid, "kms_body", "The request can't be read.")
	errAlgorithm = fault.New(fault.Invalid, "kms_algorithm", "The keys of user pools know SYMMETRIC_DEFAULT alone.")
	errUnoffered = fault.New(fault.Invalid, "kms_unoffered", "Gatehouse does not offer DryRun and Recipient.")
)

// exceptions are the names that callers get. AWS: API_Decrypt, CommonErrors.
var exceptions = []struct {
	err  error
	name string
}{
	{codekey.ErrCiphertext, "InvalidCiphertextException"},
	{codekey.ErrWrongKey, "IncorrectKeyException"},
	{errOperation, "UnknownOperationException"},
	{errBody, "SerializationException"},
	{errAlgorithm, "ValidationException"},
	{errUnoffered, "ValidationException"},
	{sigv4.ErrMissingToken, "MissingAuthenticationTokenException"},
	{sigv4.ErrIncompleteSignature, "IncompleteSignatureException"},
	{sigv4.ErrInvalidSignature, "InvalidSignatureException"},
	{sigv4.ErrUnrecognizedClient, "UnrecognizedClientException"},
}

// exception is an error in the form in which the caller gets it.
type exception struct {
	name   string
	status int
}

// exceptionOf returns the wire form of err. An error that the table does not have is
// ours.
func exceptionOf(err error) exception {
	for _, e := range exceptions {
		if errors.Is(err, e.err) {
			return exception{e.name, http.StatusBadRequest}
		}
	}
	if fault.KindOf(err) == fault.Unavailable {
		return exception{"DependencyTimeoutException", http.StatusServiceUnavailable}
	}
	return exception{"KMSInternalException", http.StatusInternalServerError}
}

// text is what the caller reads of err: of our own errors the request's id alone.
func (e exception) text(ctx context.Context, err error) string {
	if e.status == http.StatusBadRequest {
		return fault.As(err).Message
	}
	return "Something went wrong. Request " + web.RequestID(ctx)
}
