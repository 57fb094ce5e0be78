package relyingparty

import (
	"fmt"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/identity"
)

// addressKind is a kind of address of which a provider says whether it is
// verified. The ID token and UserInfo may name two addresses of a kind. The word
// in one of them is about its own address, and says nothing about the other.
type addressKind struct {
	values   []string // the claims that hold the address; the first that is there counts
	verified string   // the claim that says whether it is verified
}

var addressKinds = []addressKind{
	{[]string{"email", "mail"}, "email_verified"},
	{[]string{"phone_number"}, "phone_number_verified"},
}

// unite sets the word on the address of claims, which come from an ID token and a
// UserInfo answer of the same moment. If either says that the address is
// unverified, it is. A word in an answer without an address is about the other
// answer's.
func (k addressKind) unite(claims, idToken, userInfo map[string]any) {
	if k.denies(idToken) || k.denies(userInfo) {
		claims[k.verified] = false
		return
	}
	delete(claims, k.verified)
	for _, said := range []map[string]any{userInfo, idToken} {
		if a := k.address(said); said[k.verified] != nil && (a == "" || a == k.address(claims)) {
			claims[k.verified] = said[k.verified]
		}
	}
}

// renew sets the word on the address of claims, which come from the ID token of a
// sign-in and from what UserInfo says now. An address that came without a word,
// after one that had a word, is unverified: people may set the address themselves.
func (k addressKind) renew(claims, idToken, now map[string]any) {
	address := k.address(claims)
	switch {
	case now[k.verified] != nil && k.address(now) == address:
		claims[k.verified] = now[k.verified]
	case k.denies(idToken), k.denies(now), idToken[k.verified] != nil && k.address(idToken) != address:
		claims[k.verified] = false
	case idToken[k.verified] != nil:
		claims[k.verified] = idToken[k.verified]
	default:
		delete(claims, k.verified)
	}
}

func (k addressKind) denies(claims map[string]any) bool {
	return identity.IsUnverified(claims[k.verified])
}

// address returns the address that claims lead to, for comparing.
func (k addressKind) address(claims map[string]any) string {
	for _, name := range k.values {
		if v := claims[name]; v != nil && v != "" {
			return hostname.Lower(fmt.Sprint(v))
		}
	}
	return ""
}
