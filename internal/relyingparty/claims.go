package relyingparty

import "strings"

// normalize repairs, in place, what providers are known to get wrong.
func normalize(claims map[string]any) {
	// Pomerium: email_verified comes as a text from some providers (Cognito's
	// UserInfo among them).
	if s, ok := claims["email_verified"].(string); ok {
		claims["email_verified"] = strings.EqualFold(s, "true")
	}
	// Pomerium: "mail" stands in for "email".
	if _, ok := claims["email"]; !ok {
		if mail, ok := claims["mail"].(string); ok && mail != "" {
			claims["email"] = mail
		}
	}
}

// unite adds to claims those of more that it does not have.
func unite(claims, more map[string]any) {
	for name, value := range more {
		if _, ok := claims[name]; !ok {
			claims[name] = value
		}
	}
}

func text(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return s
}

// userID returns the name that a person has with the provider. Pomerium: "oid",
// which Entra keeps the same for all clients, else "sub".
func userID(claims map[string]any) string {
	if oid := text(claims, "oid"); oid != "" {
		return oid
	}
	return text(claims, "sub")
}
