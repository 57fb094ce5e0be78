package session

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// ErrExpired says that a session has come to its end: its time is over, or the
// identity provider did not renew it. The person must sign in again.
var ErrExpired = fault.New(fault.Expired, "session_expired", "Your session has ended. Please sign in again.")

// Session is one person signed in in one browser. What the manager returns is
// shared between requests: nobody may change it.
type Session struct {
	ID       ID
	Identity identity.Identity // its SessionID is ID
	Provider string            // id of the provider; another provider's session is none

	IDToken, AccessToken, RefreshToken seal.Secret
	// TokenExpiry is when the identity must have been renewed. Zero: never;
	// the session lives until Expires whatever becomes of the tokens.
	TokenExpiry time.Time

	Issued  time.Time // when the person signed in
	Expires time.Time // the end, whatever happens; Pomerium: never extended

	// Notes are an edge's own facts about the sign-in; nothing else reads them.
	Notes map[string]string

	// Revision grows by one with every change: what was computed from a
	// session may be kept under its ID and Revision.
	Revision int64

	leased time.Time // one node is renewing the session until then
	paused time.Time // renewing failed for now and is not tried before then
}

// IDOf returns the id of the session that a handle opens.
func IDOf(handle seal.Secret) ID {
	sum := sha256.Sum256([]byte("gatehouse session " + handle.Reveal()))
	return ID(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// PersonOf returns the key under which a person's sessions are found.
func PersonOf(id identity.Identity) string {
	if id.Email != "" {
		return strings.ToLower(id.Email)
	}
	return id.UserID
}
