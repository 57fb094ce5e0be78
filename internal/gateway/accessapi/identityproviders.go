package accessapi

import (
	"encoding/json"
	"net/http"
	"net/url"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/access"
)

// providerType is the only type of identity provider that is offered.
const providerType = "oidc"

// identityProviders is the resource of the identity providers.
func (a *API) identityProviders() *resource[access.IdentityProvider] {
	type provider = access.IdentityProvider
	return &resource[provider]{
		path: "identity_providers", noun: "identity_provider",
		engine: func(*http.Request) collection[provider] { return a.cfg.Engine.Providers },
		id:     func(p *provider) string { return p.ID },
		fields: []field[provider]{
			assignedField("id", ofPath, func(p *provider) any { return p.ID }),
			assignedField[provider]("uid", ofPath, nil),
			textField("name", func(p *provider) *string { return &p.Name }),
			typeField(),
			objectField("config", func(p *provider) *access.OIDC { return &p.Config }, a.oidcFields()),
			ignoredField("read_only", func(p *provider) any { return p.Declared }),
			scimField(),
			unsupportedField[provider]("saml_certificate_set_id", "is not a setting of the type oidc"),
			unsupportedField[provider]("saml_certificate_set", "is not a setting of the type oidc"),
		},
		writable: func(p *provider) error {
			if p.Declared {
				return access.ErrProviderDeclared
			}
			return nil
		},
		filter: scimFilter,
	}
}

// oidcFields are the settings of a provider of the type oidc.
func (a *API) oidcFields() []field[access.OIDC] {
	type config = access.OIDC
	callback := a.team + pathCallback
	return []field[config]{
		textField("client_id", func(c *config) *string { return &c.ClientID }),
		secretField("client_secret", func(c *config) *seal.Secret { return &c.ClientSecret }),
		textField("auth_url", func(c *config) *string { return &c.AuthURL }),
		textField("token_url", func(c *config) *string { return &c.TokenURL }),
		textField("certs_url", func(c *config) *string { return &c.CertsURL }),
		textListField("scopes", func(c *config) *[]string { return &c.Scopes }),
		textListField("claims", func(c *config) *[]string { return &c.Claims }),
		boolField("pkce_enabled", func(c *config) *bool { return &c.PKCE }),
		optionalTextField("email_claim_name", func(c *config) *string { return &c.EmailClaimName }),
		optionalBoolField("allow_unverified_email", func(c *config) *bool { return &c.AllowUnverifiedEmail }),
		assignedField("redirect_url", func(*reading) string { return callback }, func(*config) any { return callback }),
	}
}

// typeField is the type of a provider. Another type has other settings, so it
// stops the reading.
func typeField() field[access.IdentityProvider] {
	return field[access.IdentityProvider]{
		key: "type", settable: true,
		read: func(v value, _ *access.IdentityProvider) {
			var kind string
			switch {
			case !v.text(&kind):
			case kind == "":
				v.fault("is required; it must be \"oidc\"")
			case kind != providerType:
				v.fault("%q is not offered; it must be \"oidc\", with which every OpenID Connect provider works", clip(kind))
			default:
				return
			}
			v.stop()
		},
		show: func(*access.IdentityProvider) any { return providerType },
	}
}

// scimField accepts a SCIM configuration that turns nothing on, because
// clients send one by default.
func scimField() field[access.IdentityProvider] {
	off := map[string]bool{"enabled": false}
	return field[access.IdentityProvider]{
		key: "scim_config",
		read: func(v value, _ *access.IdentityProvider) {
			var scim map[string]json.RawMessage
			if !v.decode("an object", &scim) {
				return
			}
			for _, key := range []string{"enabled", "user_deprovision", "seat_deprovision", "group_member_deprovision"} {
				if raw := scim[key]; raw != nil && !isNull(raw) && string(raw) != "false" {
					v.inside(key).fault("must be false: provisioning by SCIM is not offered")
				}
			}
		},
		show: func(*access.IdentityProvider) any { return off },
	}
}

// scimFilter reads the filter scim_enabled. No provider has SCIM.
func scimFilter(q url.Values) (func(*access.IdentityProvider) bool, error) {
	switch q.Get("scim_enabled") {
	case "", "false":
		return func(*access.IdentityProvider) bool { return true }, nil
	case "true":
		return func(*access.IdentityProvider) bool { return false }, nil
	}
	return nil, ErrPaging.Saying("scim_enabled must be true or false")
}
