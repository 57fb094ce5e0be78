package relyingparty

// Defaults are what a provider that Pomerium knows by name is asked with when
// the configuration does not say.
type Defaults struct {
	Scopes []string
	Params map[string]string
}

// DefaultsOf returns the defaults of a provider by Pomerium's idp_provider
// name. false: the name is not one of an OpenID provider that we support.
func DefaultsOf(name string) (Defaults, bool) {
	basic := []string{"openid", "profile", "email"}
	offline := append(basic[:3:3], "offline_access")
	switch name {
	case "oidc", "okta", "ping", "auth0":
		return Defaults{Scopes: offline}, true
	case "cognito", "gitlab":
		return Defaults{Scopes: basic}, true
	case "google":
		return Defaults{Scopes: basic, Params: map[string]string{"prompt": "select_account consent", "access_type": "offline"}}, true
	case "azure":
		return Defaults{Scopes: offline, Params: map[string]string{"prompt": "select_account"}}, true
	case "onelogin":
		return Defaults{Scopes: []string{"openid", "profile", "email", "groups", "offline_access"}}, true
	}
	return Defaults{}, false
}
