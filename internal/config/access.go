package config

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Access is sign-in in the way of Cloudflare Access.
type Access struct {
	// The team domain: the host, or its https URL, at which people sign in.
	// The callback URL for identity providers is `/cdn-cgi/access/callback`
	// on it.
	TeamDomain *url.URL `key:"team_domain" bare:"https"`

	// The id of the account in the paths of the management API: 32 hexadecimal
	// digits.
	AccountID string `key:"account_id" default:"00000000000000000000000000000000"`

	// The identity providers, each in the JSON form of the management API. They
	// sign people in at the routes, unless `idp_provider` is set.
	IdentityProviders []IdentityProvider `key:"identity_providers"`
}

// IdentityProvider is one identity provider, in the form of Cloudflare's API.
type IdentityProvider struct {
	// The id of the provider, a UUID. Left out, it is derived from the name, so
	// that it is the same after each start.
	ID string `key:"id"`

	// The name that people see when they choose how to sign in.
	Name string `key:"name"`

	// The type of the provider. `oidc` is offered.
	Type string `key:"type" enum:"oidc"`

	// The endpoints of the provider and the client registered there.
	Config IdentityProviderConfig `key:"config"`
}

// IdentityProviderConfig is the endpoints of an OpenID Connect provider and the
// client that is registered there.
type IdentityProviderConfig struct {
	// The id of the client registered at the provider.
	ClientID string `key:"client_id"`

	// The secret of that client.
	ClientSecret seal.Secret `key:"client_secret"`

	// The provider's authorization endpoint.
	AuthURL *url.URL `key:"auth_url"`

	// The provider's token endpoint.
	TokenURL *url.URL `key:"token_url"`

	// The URL of the provider's JSON Web Key Set. It may be on another host than
	// the other two.
	CertsURL *url.URL `key:"certs_url"`

	// The scopes to ask for.
	Scopes []string `key:"scopes" default:"openid,email,profile"`

	// The claims of the ID token to keep: policies can test them, and they are
	// sent to applications. Names may hold colons.
	Claims []string `key:"claims"`

	// Use PKCE (RFC 7636) on every sign-in.
	PKCEEnabled bool `key:"pkce_enabled"`

	// The claim that holds the e-mail address.
	EmailClaimName string `key:"email_claim_name" default:"email"`

	// Believe e-mail addresses that the provider calls unverified
	// (`email_verified: false`). Left out, rules of e-mail addresses can't use
	// such an address, and no application gets it.
	AllowUnverifiedEmail bool `key:"allow_unverified_email"`
}

var (
	hex32 = pattern.New(`^[0-9a-f]{32}$`)
	uuid  = pattern.New(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// complete gives each provider without an id a UUID that is derived from its
// name (RFC 9562 §5.8).
func (a *Access) complete() {
	for i := range a.IdentityProviders {
		if p := &a.IdentityProviders[i]; p.ID == "" {
			sum := sha256.Sum256([]byte("gatehouse identity provider\x00" + p.Name))
			b := sum[:16]
			b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
			p.ID = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		}
	}
}

func (k *checker) checkAccess(a *Access) {
	if a.TeamDomain == nil {
		k.missing("access.team_domain", "write the host at which people sign in")
	} else {
		k.originURL("access.team_domain", a.TeamDomain)
	}
	if !hex32.MatchString(a.AccountID) {
		k.fail("access.account_id", settings.Quote(a.AccountID), "32 hexadecimal digits", "")
	}
	ids, names := k.unique(), k.unique()
	for i := range a.IdentityProviders {
		at := settings.Item("access.identity_providers", i)
		k.checkIdentityProvider(at, &a.IdentityProviders[i])
		names.add(at+".name", a.IdentityProviders[i].Name)
		if !names.twice {
			ids.add(at+".id", strings.ToLower(a.IdentityProviders[i].ID))
		}
	}
}

func (k *checker) checkIdentityProvider(at string, p *IdentityProvider) {
	if p.ID != "" && !uuid.MatchString(p.ID) {
		k.fail(at+".id", settings.Quote(p.ID), "a UUID", "")
	}
	if p.Name == "" {
		k.missing(at+".name", "write the name that people see when they choose")
	}
	if p.Type == "" {
		k.missing(at+".type", "write oidc")
	}
	c := &p.Config
	at += ".config"
	if c.ClientID == "" {
		k.missing(at+".client_id", "write the id of the client that is registered at the provider")
	}
	if c.ClientSecret == "" {
		k.missing(at+".client_secret", "write the secret of that client")
	}
	k.endpoint(at+".auth_url", c.AuthURL)
	k.endpoint(at+".token_url", c.TokenURL)
	k.endpoint(at+".certs_url", c.CertsURL)
	if !slices.Contains(c.Scopes, "openid") {
		k.fail(at+".scopes", settings.Quote(strings.Join(c.Scopes, ",")), "a list of scopes with openid", "without openid the provider issues no ID token")
	}
}

func (k *checker) endpoint(at string, u *url.URL) {
	if u == nil {
		k.missing(at, "write the URL that the provider names")
		return
	}
	if k.secureURL(at, u) && u.Fragment != "" {
		k.fail(at, settings.QuoteURL(u.String()), "a URL without a fragment", "")
	}
}

// unique returns a set that reports values which are added twice.
func (k *checker) unique() *uniqueValues { return &uniqueValues{k: k, at: map[string]string{}} }

type uniqueValues struct {
	k     *checker
	at    map[string]string
	twice bool // a value was added twice
}

// add adds the value at path, and reports it if it was added before. Empty values
// are not added.
func (u *uniqueValues) add(path, value string) {
	if first, twice := u.at[value]; twice && value != "" {
		u.twice = true
		u.k.fail(path, settings.Quote(value)+" is already used at "+first, "", "")
		return
	}
	u.at[value] = path
}
