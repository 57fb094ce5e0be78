package token

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// ErrHint means that a text is not an ID token of the pool.
var ErrHint = fault.New(fault.Unauthenticated, "id_token_hint_invalid", "The id_token_hint is not valid.")

// ReadHint returns the app client of an ID token that a client sends as
// id_token_hint. The token may have expired, because sessions live longer than ID
// tokens; but the key that signed it must still be in the key set. OpenID Connect
// RP-Initiated Logout §2.
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
