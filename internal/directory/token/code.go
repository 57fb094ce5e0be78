package token

import (
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of authorization codes.
var (
	ErrCodeUnknown = fault.New(fault.Unauthenticated, "auth_code_unknown", "The authorization code is not valid.")
	ErrCodeUsed    = fault.New(fault.Unauthenticated, "auth_code_used", "The authorization code was used already.")
	ErrCodeExpired = fault.New(fault.Expired, "auth_code_expired", "The authorization code has expired.")
)

// codeLife is how long a code may be exchanged. Cognito: 5 minutes.
const codeLife = 5 * time.Minute

// Code is an authorization code, with the request that it answers.
type Code struct {
	Hash        []byte // seal.Hash of the code
	Pool        userpool.PoolID
	Client      userpool.ClientID
	Sub         user.Sub
	RedirectURI string
	Scopes      []string
	Resource    string    // the API for which the tokens will be (RFC 8707); "": not named
	Nonce       string    // "": none was sent
	Challenge   string    // of PKCE, S256; "": none was sent
	Parent      SessionID // as in [Grant]
	Proof       Proof
	AuthTime    time.Time
	Created     time.Time
	Expires     time.Time
	Used        time.Time // when it was exchanged; zero: not yet
	Grant       GrantID   // the grant that was made for it; "" until used
}
