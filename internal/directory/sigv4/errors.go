package sigv4

import "gatehouse/internal/base/fault"

// Errors of [Verifier.Verify]. Their texts are AWS's: clients show them, and some
// clients read them.
var (
	ErrMissingToken        = fault.New(fault.Unauthenticated, "sigv4_missing_token", "Missing Authentication Token")
	ErrIncompleteSignature = fault.New(fault.Invalid, "sigv4_incomplete", "The request signature does not conform to AWS standards.")
	ErrInvalidSignature    = fault.New(fault.Unauthenticated, "sigv4_invalid", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	ErrUnrecognizedClient  = fault.New(fault.Unauthenticated, "sigv4_unrecognized_client", "The security token included in the request is invalid.")
)
