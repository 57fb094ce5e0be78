// Package access holds the objects of the access management API. For now these
// are the identity providers at which the team domain signs people in, and the
// tokens that tell who was signed in there.
//
// A provider is given as Cloudflare Access's API has it: its endpoints one by
// one, without discovery. Providers of the configuration file are declared and
// read-only; the others are kept in the store, with their client secret sealed:
//
//	configuration file ─ SetDeclared ─┐
//	management API ─ Create … ─ Store ┴▶ snapshot ─▶ Working: signs people in
//
// Every node reads the store again after a short while, so that what one node
// was told holds on all. Of what an ID token says, [IdentityProvider.Identity]
// lets through what the provider is configured to pass on, and nothing else.
// [Tokens] signs the application tokens that applications and scripts know.
//
// Who may call the API, its wire form and the road of a sign-in are the edge's.
package access

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
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

// IdentityProvider is one way to sign in at the team domain. What the engine
// returns is shared: nobody may change it.
type IdentityProvider struct {
	ID                string // a UUID
	Name              string
	Config            OIDC
	Declared          bool  // from the configuration file: read-only
	Revision          int64 // counts the changes, from 1
	Created, Modified time.Time
}

// OIDC is the configuration of a provider of type "oidc".
type OIDC struct {
	ClientID       string
	ClientSecret   seal.Secret `json:"-"` // as it is given; what is stored is SealedSecret
	SealedSecret   []byte
	AuthURL        string
	TokenURL       string
	CertsURL       string
	Scopes         []string // empty: openid, email, profile
	Claims         []string // further claims of the ID token that reach the identity
	PKCE           bool
	EmailClaimName string // empty: email
}

// Store keeps identity providers. Every method is one transaction.
type Store interface {
	CreateIdentityProvider(ctx context.Context, p *IdentityProvider) error
	// IdentityProvider fails with ErrProviderNotFound.
	IdentityProvider(ctx context.Context, id string) (*IdentityProvider, error)
	// UpdateIdentityProvider may call change more than once; if it fails,
	// nothing is saved. It adds one to Revision.
	UpdateIdentityProvider(ctx context.Context, id string, change func(*IdentityProvider) error) (*IdentityProvider, error)
	DeleteIdentityProvider(ctx context.Context, id string) error
	// IdentityProviders returns all, by Created, then ID.
	IdentityProviders(ctx context.Context) ([]*IdentityProvider, error)
}

// Engine keeps the providers and makes them work. Safe for concurrent use; its
// fields must not change once it is used.
type Engine struct {
	Store  Store
	Sealer *seal.Sealer
	HTTP   *http.Client     // for calls to providers; nil: relyingparty's own
	Now    func() time.Time // nil: time.Now

	mu       sync.Mutex
	declared []*IdentityProvider

	loading sync.Mutex
	current atomic.Pointer[snapshot]
}

func (e *Engine) now() time.Time {
	if e.Now == nil {
		return time.Now().UTC().Truncate(time.Millisecond)
	}
	return e.Now().UTC().Truncate(time.Millisecond)
}
