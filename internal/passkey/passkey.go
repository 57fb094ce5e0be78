// Package passkey reads what a browser says of a passkey, and checks it: WebAuthn,
// the part of the relying party. It has no state: the challenge, the passkeys of a
// user and the settings of the pool are given to it.
//
//	Creation ─▶ browser ─▶ ReadCreated ─▶ Created.Check ─▶ a Key to keep
//	Request  ─▶ browser ─▶ ReadAsserted ─▶ Asserted.Check against a Key
//
// Who made the authenticator is not looked at: attestation is not asked for, and
// one that comes is not verified, since nothing would follow from it. The forms
// that authenticators write (CBOR, COSE) are read by a library.
package passkey

import (
	"encoding/json"
	"time"

	"gatehouse/internal/base/fault"
)

// Errors of what the browser sent.
var (
	ErrForm         = fault.New(fault.Invalid, "passkey_form", "The credential could not be read.")
	ErrRefused      = fault.New(fault.Unauthenticated, "passkey_refused", "The passkey was not accepted.")
	ErrChallenge    = fault.New(fault.NotFound, "passkey_challenge", "The challenge of the credential is unknown, used or expired.")
	ErrOrigin       = fault.New(fault.Denied, "passkey_origin", "The origin of the credential is not allowed for the relying party.")
	ErrRelyingParty = fault.New(fault.Denied, "passkey_relying_party", "The credential belongs to another relying party.")
	ErrUnsupported  = fault.New(fault.Invalid, "passkey_unsupported", "The credential is not supported: it must be resident, use ES256 or RS256, and verify the user where that is required.")
)

// RelyingParty is for whom a passkey signs.
type RelyingParty struct {
	ID string // a host name
	// Related are addresses outside of ID that may use its passkeys, such as the
	// callback URLs of an application, and the origins of Android apps.
	Related []string
	// Only is the one origin that may use the passkeys. "": those of ID and Related.
	Only string
	// VerifiesUser: the authenticator must ask for a PIN, a finger or a face.
	VerifiesUser bool
	// Names: the relying party says which passkeys it wants. The authenticator need
	// not find them by itself.
	Names bool
}

// residence returns whether the authenticator must find its passkeys by itself.
func (rp RelyingParty) residence() string {
	if rp.Names {
		return "discouraged"
	}
	return "required"
}

// Key is what is kept of a passkey. It is stored as JSON, so a field keeps its
// name.
type Key struct {
	ID         []byte
	Public     []byte // COSE
	RP         string // the relying party for which it was made
	AAGUID     []byte `json:",omitempty"` // the kind of authenticator
	Attachment string `json:",omitempty"` // platform or cross-platform, if the browser said so
	Transports []string
	Counter    uint32 `json:",omitempty"`
	Synced     bool   `json:",omitempty"` // it may be on several devices
	Created    time.Time
}

// Timeouts that browsers are told, in milliseconds. Cognito: observed.
const (
	createTimeout  = 60_000
	requestTimeout = 180_000
)

// binary is written as base64url without padding.
type binary []byte

func (b binary) MarshalJSON() ([]byte, error) { return json.Marshal(encoding.EncodeToString(b)) }

type descriptor struct {
	Type       string   `json:"type"`
	ID         binary   `json:"id"`
	Transports []string `json:"transports"`
}

func describe(keys []Key) []descriptor {
	list := []descriptor{}
	for _, k := range keys {
		list = append(list, descriptor{"public-key", k.ID, append([]string{}, k.Transports...)})
	}
	return list
}

func (rp RelyingParty) verification() string {
	if rp.VerifiesUser {
		return "required"
	}
	return "preferred"
}

// Owner is the user for whom a passkey is made.
type Owner struct {
	Handle string // the id of the user; authenticators keep it
	Name   string // what a person recognises
}

// Creation returns the options of navigator.credentials.create, in JSON. has are
// the passkeys that the user has already.
func Creation(rp RelyingParty, owner Owner, challenge []byte, has []Key) ([]byte, error) {
	type parameter struct {
		Type string `json:"type"`
		Alg  int64  `json:"alg"`
	}
	type named struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	return json.Marshal(struct {
		RP      named `json:"rp"`
		User    any   `json:"user"`
		Chall   any   `json:"challenge"`
		Params  any   `json:"pubKeyCredParams"`
		Timeout int   `json:"timeout"`
		Exclude any   `json:"excludeCredentials"`
		Select  any   `json:"authenticatorSelection"`
	}{
		named{rp.ID, rp.ID},
		map[string]any{"id": binary(owner.Handle), "name": owner.Name, "displayName": owner.Name},
		binary(challenge),
		[]parameter{{"public-key", es256}, {"public-key", rs256}},
		createTimeout, describe(has),
		map[string]any{"requireResidentKey": !rp.Names, "residentKey": rp.residence(), "userVerification": rp.verification()},
	})
}

// Request returns the options of navigator.credentials.get, in JSON.
func Request(rp RelyingParty, challenge []byte, has []Key) ([]byte, error) {
	return json.Marshal(map[string]any{
		"challenge": binary(challenge), "timeout": requestTimeout, "rpId": rp.ID,
		"allowCredentials": describe(has), "userVerification": rp.verification(),
	})
}
