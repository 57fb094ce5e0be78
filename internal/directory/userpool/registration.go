package userpool

import (
	"slices"
	"strings"
)

// Registration says whether applications may register themselves as app clients of a
// pool, and what they can have. Cognito: DcrConfiguration.
type Registration struct {
	On   bool
	Open bool `json:",omitempty"` // also without a token
	// Grants are what an application can have that registers with a token, OpenGrants
	// what one without can have. An empty list: such requests are refused.
	Grants, OpenGrants []string
	// Scopes are the scopes that an application can have besides [OpenIDScopes].
	Scopes []string `json:",omitempty"`
}

// DefaultGrants and DefaultOpenGrants are the grants of an owner who names none.
func DefaultGrants() []string     { return []string{GrantCode, GrantClientCredentials} }
func DefaultOpenGrants() []string { return []string{GrantCode} }

// OpenIDScopes are the scopes that every application can have.
func OpenIDScopes() []string { return []string{"openid", "email", "phone", "profile"} }

// check refuses that everybody gets tokens of machines: the scopes of an API would
// protect nothing any more.
func (r *Registration) check() error {
	if r == nil {
		return nil
	}
	if slices.Contains(r.OpenGrants, GrantClientCredentials) {
		return ErrSettings.Saying("OpenDcrGrantTypes cannot have client_credentials: everybody could get tokens for the allowed scopes.")
	}
	for _, s := range r.Scopes {
		if s == ScopeRegister || !strings.Contains(s, "/") && !slices.Contains(SystemScopes(), s) {
			return ErrSettings.Saying("Invalid scope requested: %s", s)
		}
	}
	return nil
}

// RegistrationOn reports whether applications may register themselves.
func (p *Pool) RegistrationOn() bool {
	return p.Settings.Registration != nil && p.Settings.Registration.On
}
