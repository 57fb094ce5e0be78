package token

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/seal"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// Errors of access tokens that were brought to us.
var (
	ErrAccessInvalid   = fault.New(fault.Unauthenticated, "access_token_invalid", "Invalid Access Token")
	ErrAccessSignature = fault.New(fault.Unauthenticated, "access_token_signature", "Could not verify signature for Access Token")
	ErrAccessExpired   = fault.New(fault.Expired, "access_token_expired", "Access Token has expired")
	ErrAccessRevoked   = fault.New(fault.Unauthenticated, "access_token_revoked", "Access Token has been revoked")
	ErrAccessScope     = fault.New(fault.Denied, "access_token_scope", "Access Token does not have required scopes")
)

// Access is a user as an access token names it, with everything checked.
type Access struct {
	Pool    *userpool.Pool
	Client  *userpool.Client
	User    *user.User
	Scopes  []string
	GrantID GrantID // "": issued while the client had revocation off
}

// VerifyAccess says who brings the access token, if it is one of ours that
// still stands and has requiredScope ("": any). Besides the errors of access
// tokens it returns user.ErrUserNotFound, when the user was deleted.
func (e *Engine) VerifyAccess(ctx context.Context, access seal.Secret, requiredScope string) (*Access, error) {
	return nil, ErrAccessInvalid
}
