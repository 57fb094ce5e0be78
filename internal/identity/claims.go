package identity

import "strings"

// Normalize repairs, in place, what providers are known to get wrong.
func Normalize(claims map[string]any) {
	// Pomerium: some providers send email_verified as a text. Cognito's
	// UserInfo endpoint is one of them.
	if s, ok := claims["email_verified"].(string); ok {
		claims["email_verified"] = strings.EqualFold(s, "true")
	}
	// Pomerium: "mail" is used if there is no "email".
	if _, ok := claims["email"]; !ok {
		if mail := Text(claims, "mail"); mail != "" {
			claims["email"] = mail
		}
	}
}

// Text returns a claim that is a text, or "" if it is missing or not a text.
func Text(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return s
}

// UserID returns the provider's name for a person. Pomerium: "oid", which Entra
// keeps the same for all clients, else "sub".
func UserID(claims map[string]any) string {
	if oid := Text(claims, "oid"); oid != "" {
		return oid
	}
	return Text(claims, "sub")
}
