package server

import (
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/relyingparty"
)

// bearerRuleOf returns which bearer tokens a route takes.
func bearerRuleOf(c *config.Config, r *config.Route) bearer.Rule {
	rule := bearer.Rule{Format: bearer.ParseFormat(c.BearerFormatOf(r)), Audiences: c.AccessTokenAudiencesOf(r)}
	for _, name := range r.RouteBearer.IdentityProviders {
		rule.Issuers = append(rule.Issuers, strings.ToLower(name))
	}
	return rule
}

// issuersOf makes the issuers of identity_providers. It makes no calls.
func issuersOf(c *config.Config, client *http.Client, now func() time.Time) []*relyingparty.Issuer {
	var all []*relyingparty.Issuer
	for name, p := range c.Bearer.IdentityProviders {
		all = append(all, relyingparty.NewIssuer(relyingparty.IssuerConfig{
			Name: name, Issuer: p.Issuer, KeysURL: text(p.JWKSURL), Algorithms: p.SupportedAlgs, Audiences: p.Audiences, HTTP: client, Now: now,
		}))
	}
	return all
}

// accessTokenIssuersOf returns the issuers of the access tokens of Entra ID, which
// count by their signature. Pomerium: the two of the tenant that the issuer names.
func accessTokenIssuersOf(p *config.Provider) []string {
	if p.Kind != "azure" {
		return nil
	}
	_, rest, _ := strings.Cut(p.URL, "://")
	parts := strings.Split(rest, "/")
	if len(parts) < 2 || parts[1] == "" {
		return nil
	}
	return []string{"https://sts.windows.net/" + parts[1] + "/", "https://login.microsoftonline.com/" + parts[1] + "/v2.0"}
}
