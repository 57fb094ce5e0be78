package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// Errors of identity providers.
var (
	ErrProviderNotFound = fault.New(fault.NotFound, "idp_not_found", "There is no such identity provider.")
	ErrProviderInvalid  = fault.New(fault.Invalid, "idp_invalid", "The identity provider is not valid.")
	ErrProviderDeclared = fault.New(fault.Denied, "idp_declared", "This identity provider is declared in the configuration file; change it there.")
)

// IdentityProvider is one way to sign in at the team domain. The engine shares
// the values that it returns: callers must not change them.
type IdentityProvider struct {
	ID                string // a UUID
	Name              string
	Config            OIDC
	Declared          bool  // true: from the configuration file, read-only
	Revision          int64 // counts the changes, from 1
	Created, Modified time.Time
}

// OIDC is the configuration of a provider of the type "oidc".
type OIDC struct {
	ClientID       string
	ClientSecret   seal.Secret `json:"-"` // as the caller gives it; never stored
	SealedSecret   []byte      // the stored form of ClientSecret
	AuthURL        string
	TokenURL       string
	CertsURL       string
	Scopes         []string // empty: openid, email, profile
	Claims         []string // further claims of the ID token to pass on
	PKCE           bool
	EmailClaimName string // empty: email
	// AllowUnverifiedEmail believes addresses that the provider calls unverified.
	AllowUnverifiedEmail bool `json:",omitempty"`
}

// ProviderStore keeps identity providers. Every method is one transaction.
type ProviderStore interface {
	CreateIdentityProvider(ctx context.Context, p *IdentityProvider) error
	// IdentityProvider fails with ErrProviderNotFound.
	IdentityProvider(ctx context.Context, id string) (*IdentityProvider, error)
	// UpdateIdentityProvider loads the provider, applies change and saves. It
	// may call change more than once. If change fails, nothing is saved. It
	// adds one to Revision. It fails with ErrProviderNotFound.
	UpdateIdentityProvider(ctx context.Context, id string, change func(*IdentityProvider) error) (*IdentityProvider, error)
	// DeleteIdentityProvider fails with ErrProviderNotFound.
	DeleteIdentityProvider(ctx context.Context, id string) error
	// IdentityProviders returns all providers, ordered by Created, then ID.
	IdentityProviders(ctx context.Context) ([]*IdentityProvider, error)
}

// problems returns everything that is wrong with the provider. stored is the
// provider that it replaces, nil for a new one. Cloudflare Access: a name has at
// most 350 characters. The other limits are ours.
func (p *IdentityProvider) problems(stored *IdentityProvider) []Problem {
	var k checker
	c := &p.Config
	k.text("name", p.Name, maxName)
	k.text("config.client_id", c.ClientID, maxText)
	p.secretProblems(&k, stored)
	k.endpoint("config.auth_url", c.AuthURL)
	k.endpoint("config.token_url", c.TokenURL)
	k.endpoint("config.certs_url", c.CertsURL)
	k.list("config.scopes", c.Scopes)
	if len(c.Scopes) > 0 && !slices.Contains(c.Scopes, "openid") {
		k.add("config.scopes", "must contain openid: without it the provider issues no ID token")
	}
	if slices.ContainsFunc(c.Scopes, func(s string) bool { return strings.ContainsAny(s, " \"\\") }) {
		k.add("config.scopes", "must have one scope in each element, without spaces and quotes")
	}
	k.list("config.claims", c.Claims)
	if c.EmailClaimName != "" {
		k.text("config.email_claim_name", c.EmailClaimName, maxClaim)
	}
	return k.problems
}

// secretProblems checks the client secret. The stored one is used on only while
// every endpoint stays the same: whoever may change a provider must not learn
// its secret by sending it to an address of their own.
func (p *IdentityProvider) secretProblems(k *checker, stored *IdentityProvider) {
	const key = "config.client_secret"
	if p.Config.ClientSecret != "" || stored == nil {
		k.text(key, p.Config.ClientSecret.Reveal(), maxText)
		return
	}
	if moved := p.Config.moved(&stored.Config); moved != "" {
		k.add(key, "is required when %s changes: the stored secret stays with the addresses that it was set for", moved)
	}
}

// moved returns the key of the first endpoint that differs from those of old, or
// "".
func (c *OIDC) moved(old *OIDC) string {
	switch {
	case c.TokenURL != old.TokenURL:
		return "config.token_url"
	case c.AuthURL != old.AuthURL:
		return "config.auth_url"
	case c.CertsURL != old.CertsURL:
		return "config.certs_url"
	}
	return ""
}

// check returns ErrProviderInvalid with every problem in its text. stored is as
// for problems.
func (p *IdentityProvider) check(stored *IdentityProvider) error {
	problems := p.problems(stored)
	if len(problems) == 0 {
		return nil
	}
	return ErrProviderInvalid.Saying("%s", textOf(problems))
}
