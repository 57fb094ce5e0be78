package identity

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
)

// emailClaims are the claims that hold an e-mail address at every provider.
var emailClaims = []string{"email", "mail"}

// IsEmailClaim reports whether a claim holds the person's e-mail address. Some
// providers have a claim of their own for it, whose name is other; "" means that
// there is none.
func IsEmailClaim(claim, other string) bool {
	return claim == other && other != "" || slices.Contains(emailClaims, claim)
}

// SaysUnverified reports whether claims say that the e-mail address is not
// verified: "email_verified" is there with another value than true (OpenID
// Connect Core §5.1). A provider that does not say so has decided by itself
// whose address it is.
func SaysUnverified(claims map[string]any) bool {
	return IsUnverified(claims["email_verified"])
}

// IsUnverified reports whether a provider's word on whether an address is verified
// is another than true.
func IsUnverified(said any) bool {
	switch v := said.(type) {
	case nil:
		return false
	case bool:
		return !v
	case string:
		return !strings.EqualFold(v, "true")
	case float64:
		return v != 1
	case json.Number:
		return v != "1"
	}
	return true
}

// WithholdEmail takes the e-mail address out of the identity, because whoever
// changed their own address at the provider could be anybody otherwise. other is
// as for [IsEmailClaim].
func (id *Identity) WithholdEmail(other string) {
	id.UnverifiedEmail, id.Email = id.Email, ""
	claims := id.Claims.Map()
	for name := range id.Claims.All() {
		if IsEmailClaim(name, other) {
			delete(claims, name)
			id.Withheld = append(id.Withheld, name)
		}
	}
	slices.Sort(id.Withheld)
	id.Claims = NewClaims(claims)
}

// EmailUnverified reports whether the identity has an address that may not be
// believed.
func (id *Identity) EmailUnverified() bool { return id.UnverifiedEmail != "" || len(id.Withheld) > 0 }

// ShownEmail returns the address for pages and logs that the person or an
// administrator reads: an unverified one says so.
func (id *Identity) ShownEmail() string {
	if id.UnverifiedEmail != "" {
		return id.UnverifiedEmail + " (not verified)"
	}
	return id.Email
}

// EmailAttr returns the address for a log line. An unverified one has a name of
// its own, so that no search for an address finds somebody else's requests.
func (id *Identity) EmailAttr() slog.Attr {
	if id.UnverifiedEmail != "" {
		return slog.String("email_unverified", id.UnverifiedEmail)
	}
	return slog.String("email", id.Email)
}

// BelievesUnverified reports whether Email is believed although the claims call
// it unverified.
func (id *Identity) BelievesUnverified() bool {
	values, _ := id.Claims.Get("email_verified")
	said, ok := values.Only()
	return id.Email != "" && ok && IsUnverified(said.Any())
}

// Withholds reports whether a claim was taken out by [Identity.WithholdEmail].
func (id *Identity) Withholds(claim string) bool { return slices.Contains(id.Withheld, claim) }
