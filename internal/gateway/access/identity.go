package access

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// Identity returns the identity of a person whom p signed in, for policies and
// applications. It has the claims that the configuration of p names, and the few
// that every identity has. It leaves out all other claims, so that no policy
// depends on one by accident. Cloudflare Access: the same.
func (p *IdentityProvider) Identity(r *relyingparty.Result) identity.Identity {
	kept := *r
	kept.Claims = map[string]any{}
	for name, value := range r.Claims {
		if p.Reaches(name) {
			kept.Claims[name] = value
		}
	}
	// The e-mail address comes from the claim that EmailClaimName names, even if
	// the ID token has another value in "email".
	kept.Claims["email"] = r.Email
	return kept.Identity(p.ID)
}

// Reaches reports whether p passes a claim of the ID token on to policies and
// applications. A name with dots or colons is one name, not a path.
func (p *IdentityProvider) Reaches(claim string) bool {
	switch claim {
	case "sub", "email", "email_verified", "name", "amr", "_claim_names":
		return true
	case "phone_number_verified": // without it the number would pass for a verified one
		return slices.Contains(p.Config.Claims, "phone_number") || slices.Contains(p.Config.Claims, claim)
	}
	return identity.IsGroupsClaim(claim) || slices.Contains(p.Config.Claims, claim)
}

// Fields returns the claims that the configuration of p names, with their values
// in the ID token. Cloudflare Access: oidc_fields of get-identity, custom in
// application tokens. It leaves out the claim groups, in any letter case, because
// get-identity has a key of its own for it, and an unverified e-mail address.
func (p *IdentityProvider) Fields(r *relyingparty.Result) map[string]any {
	fields := map[string]any{}
	for _, name := range p.Config.Claims {
		if value, ok := r.Claims[name]; ok && !identity.IsGroupsClaim(name) && !r.Withholds(name) {
			fields[name] = value
		}
	}
	return fields
}

// UserUUID returns the id of a person at this team: one for each account,
// provider and name of the person at the provider. Cloudflare Access has one for
// each e-mail address. An address can belong to somebody else later, and
// applications know people by this id.
func UserUUID(account string, id identity.Identity) string {
	sum := sha256.Sum256([]byte("gatehouse access user\x00" + account + "\x00" + id.Provider + "\x00" + id.UserID))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562 §5.8
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
