package relyingparty

import "gatehouse/internal/identity"

// unite adds to claims those claims of more whose names are not taken. If either
// says that the e-mail address is unverified, the result does: the address may
// come from the other one.
func unite(claims, more map[string]any) {
	if identity.SaysUnverified(more) {
		claims["email_verified"] = false
	}
	for name, value := range more {
		if _, ok := claims[name]; !ok {
			claims[name] = value
		}
	}
}
