// Package identity describes a person as an identity provider describes them:
// user id, e-mail address, name, groups and claims.
//
//	ID token, UserInfo ─ relyingparty ─▶ claims ─ FromClaims ─▶ Identity ─▶ session, policy
//
// [Normalize] repairs what providers are known to get wrong. [Flatten] turns
// claims into the form that policies test. [FromClaims] does both and returns
// an [Identity].
//
// Checking that claims are genuine belongs to relyingparty. How long an
// identity is used belongs to session. What it may open belongs to policy.
package identity

import "maps"

// Identity is a person as the gateway knows them. Sessions store it as JSON
// under these field names, so a renamed field needs a migration.
type Identity struct {
	SessionID string   // the gateway session that proves the identity
	UserID    string   // the provider's name for the person; see [UserID]
	Email     string   // an address that may be believed; may be empty
	Name      string   // may be empty
	Provider  string   // id of the identity provider that signed the person in
	Groups    []string // the person's groups at the provider; nil: they are not known
	Claims    Claims   // as [Flatten] returns them

	// UnverifiedEmail is an address that the provider calls unverified. It may
	// be shown to the person and logged, and proves nothing. Then Email is
	// empty, and Claims lacks the claims that have the address: Withheld names
	// them.
	UnverifiedEmail string   `json:",omitempty"`
	Withheld        []string `json:",omitempty"`

	// CommaLists names the claims that are lists with a comma in an element, which
	// reads like two elements where commas join a list.
	CommaLists []string `json:",omitempty"`
}

// New returns the identity that claims describe, without the fields that have
// a name of their own at the provider. It shares no list with claims.
func New(claims map[string]any) Identity {
	f := flatten(claims)
	return Identity{Groups: Groups(claims), Claims: NewClaims(f.values), CommaLists: f.commaLists()}
}

// FromClaims returns the identity that claims describe. SessionID and Provider
// are empty. The result shares no list with claims. An address that
// the claims call unverified is believed only with allowUnverified.
func FromClaims(claims map[string]any, allowUnverified bool) Identity {
	claims = maps.Clone(claims)
	Normalize(claims)
	id := New(claims)
	id.UserID, id.Email, id.Name = UserID(claims), Text(claims, "email"), Text(claims, "name")
	if SaysUnverified(claims) && !allowUnverified {
		id.WithholdEmail("")
	}
	return id
}
