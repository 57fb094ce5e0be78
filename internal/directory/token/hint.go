package token

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// ErrHint says that an ID token is not one of the pool's.
var ErrHint = fault.New(fault.Unauthenticated, "id_token_hint_invalid", "The id_token_hint is not valid.")

// ReadHint returns the app client of an ID
// token that comes back as id_token_hint. It may have expired: sessions outlive
// ID tokens. OpenID Connect RP-Initiated Logout §2.
func (e *Engine) ReadHint(ctx context.Context, p *userpool.Pool, hint seal.Secret) (userpool.ClientID, error) {
	s, ok := parseSigned(hint.Reveal())
	if !ok {
		return "", ErrHint
	}
	ring, err := e.ring(ctx, p)
	if err != nil {
		return "", err
	}
	client, isText := s.claims.Audience.(string)
	if !ring.verify(s) || ring.public[s.kid].use != UseID || s.claims.Use != "id" || s.claims.Issuer != e.Issuer(p) || !isText {
		return "", ErrHint
	}
	return userpool.ClientID(client), nil
}
