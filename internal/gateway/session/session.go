package session

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// ErrExpired says that a session has ended: its time is over, or the identity
// provider did not renew it. The person must sign in again.
var ErrExpired = fault.New(fault.Expired, "session_expired", "Your session has ended. Please sign in again.")

// Session is one person, signed in with one browser. Requests share the session
// that the manager returns, so callers must not change it. [Manager.Tokens] returns
// the tokens of its provider.
type Session struct {
	ID       ID
	Identity identity.Identity // its SessionID is ID
	Provider string            // id of the identity provider
	Origin                     // of the sign-in; never changes
	Client   Client            // of the sign-in; never changes

	// TokenExpiry is when the identity must be renewed. Zero: it is never
	// renewed, and the session lives until Expires.
	TokenExpiry time.Time

	Issued time.Time // when the person signed in
	// Authenticated is when the person last proved to the provider who they are. It is
	// before Issued if the provider knew them already. Zero: it is not known.
	Authenticated time.Time
	Expires       time.Time // the end at the latest; Pomerium: never extended

	// Devices are those that the person has proven to have at hand, in this session.
	Devices []identity.Device

	// Proof proves a session without a handle. nil: the store has the session.
	Proof       Proof
	ProvenUntil time.Time // when Proof must be asked again

	// Notes are a front's own facts about the sign-in. Only that front reads
	// them.
	Notes map[string]string

	// Revision grows by one with every change. A value that was computed from a
	// session may be cached under its ID and Revision.
	Revision int64

	tokens, refreshes bool // there are tokens, and a refresh token among them: see hold

	leased  time.Time // until then one node renews the session
	paused  time.Time // renewing failed, and is not tried again before then
	checked time.Time // when the provider confirmed the identity last; zero: it is not rechecked
	seen    *seenAt   // the last use
	changed Mark      // see Record.Changed
	read    Mark      // the last change that Identity follows
}

// Client is what the browser of a sign-in said of itself, by which a person
// recognises a session. Nothing proves it. An empty field is unknown.
type Client struct {
	Device  string `json:"device,omitempty"`
	Address string `json:"address,omitempty"`
}

// newHandle returns a new handle. Its id can be the argument of a command, where a
// hyphen at the beginning would be that of an option.
func newHandle() seal.Secret {
	for {
		handle := seal.Secret(ids.Token())
		if IDOf(handle)[0] != '-' {
			return handle
		}
	}
}

// IDOf returns the id of the session that belongs to a handle.
func IDOf(handle seal.Secret) ID {
	sum := sha256.Sum256([]byte("gatehouse session " + handle.Reveal()))
	return ID(base64.RawURLEncoding.EncodeToString(sum[:]))
}
