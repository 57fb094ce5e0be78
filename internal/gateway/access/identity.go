package access

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// Identity returns what policies may know of a person whom p signed in: the
// claims that p is configured to pass on and the few that every identity has.
// A claim that is not configured is not there, so that nobody relies on it by
// accident. Cloudflare Access: claims must be configured before they are used.
func (p *IdentityProvider) Identity(r *relyingparty.Result) identity.Identity {
	kept := map[string]any{}
	for name, value := range r.Claims {
		if p.Reaches(name) {
			kept[name] = value
		}
	}
	// The address is the one of the configured claim, whatever "email" says.
	kept["email"] = r.Email
	id := r.Identity(p.ID)
	id.Claims = identity.Flatten(kept)
	return id
}

// Reaches reports whether a claim of the ID token reaches the identity and the
// policies. Names are whole names, never paths.
func (p *IdentityProvider) Reaches(claim string) bool {
	switch claim {
	case "sub", "email", "email_verified", "name", "amr":
		return true
	}
	return isGroups(claim) || slices.Contains(p.Config.Claims, claim)
}

// Fields returns the configured claims as the ID token has them: what
// Cloudflare Access calls oidc_fields, and custom in application tokens. The
// claim groups, in any letter case, has a place of its own and is not there.
func (p *IdentityProvider) Fields(r *relyingparty.Result) map[string]any {
	fields := map[string]any{}
	for _, name := range p.Config.Claims {
		if value, ok := r.Claims[name]; ok && !isGroups(name) {
			fields[name] = value
		}
	}
	return fields
}

func isGroups(claim string) bool { return strings.EqualFold(claim, "groups") }

// UserUUID is a person's id of our own: the same at every sign-in with the
// same address, whatever provider vouches for it, as in Cloudflare Access.
func UserUUID(account, email string) string {
	sum := sha256.Sum256([]byte("gatehouse access user\x00" + account + "\x00" + strings.ToLower(email)))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562 §5.8
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
