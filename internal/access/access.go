// Package access holds the objects of the access management API. For now these
// are the identity providers at which the team domain signs people in.
//
// A provider is given as Cloudflare Access's API has it: its endpoints one by
// one, without discovery. Providers of the configuration file are declared and
// read-only; the others are kept in the store, with their client secret sealed.
// [Engine.Provider] makes of either what signs people in (package
// relyingparty). Who may call the API, and its wire form, are the edge's.
package access

import (
	"context"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/seal"
)

// Errors of identity providers.
var (
	ErrProviderNotFound = fault.New(fault.NotFound, "idp_not_found", "There is no such identity provider.")
	ErrProviderInvalid  = fault.New(fault.Invalid, "idp_invalid", "The identity provider is not valid.")
	ErrProviderDeclared = fault.New(fault.Denied, "idp_declared", "This identity provider is declared in the configuration file; change it there.")
)

// IdentityProvider is one way to sign in at the team domain.
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
	ClientSecret   seal.Secret `json:"-"`
	SealedSecret   []byte      // what the store keeps of ClientSecret
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
// fields must not change once it is used, save through SetDeclared.
type Engine struct {
	Store  Store
	Sealer *seal.Sealer
	HTTP   *http.Client // for calls to providers; nil: relyingparty's own
	Now    func() time.Time

	mu       sync.Mutex
	declared []*IdentityProvider
	made     map[string]made
}

// made is a provider at work, for one revision of its settings.
type made struct {
	revision int64
	modified time.Time
	provider relyingparty.Provider
}
