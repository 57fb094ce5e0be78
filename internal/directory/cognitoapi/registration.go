package cognitoapi

import (
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// registrationOf returns the settings of dynamic client registration. What the
// structure leaves out has its default. Without it, the pool keeps its settings.
func registrationOf(c *wire.DCRConfiguration) *userpool.Registration {
	if c == nil {
		return nil
	}
	r := &userpool.Registration{
		On: val(c.EnableStatus) != "Disabled", Open: val(c.OpenDCREnabled), Scopes: asSet(c.AllowedScopes),
		Grants: asSet(c.AuthenticatedGrantTypes), OpenGrants: asSet(c.OpenDCRGrantTypes),
	}
	if c.AuthenticatedGrantTypes == nil {
		r.Grants = userpool.DefaultGrants()
	}
	if c.OpenDCRGrantTypes == nil {
		r.OpenGrants = userpool.DefaultOpenGrants()
	}
	return r
}

func wireRegistration(r *userpool.Registration) *wire.DCRConfiguration {
	if r == nil {
		return nil
	}
	out := &wire.DCRConfiguration{
		EnableStatus: new("Disabled"), OpenDCREnabled: new(r.Open), AllowedScopes: r.Scopes,
		AuthenticatedGrantTypes: append([]string{}, r.Grants...), OpenDCRGrantTypes: append([]string{}, r.OpenGrants...),
	}
	if r.On {
		out.EnableStatus = new("Enabled")
	}
	return out
}

// The values of ClientType.
const (
	clientRegular    = "REGULAR"
	clientRegistered = "DCR"
)

func clientType(c *userpool.Client) string {
	if c.Registered() {
		return clientRegistered
	}
	return clientRegular
}
