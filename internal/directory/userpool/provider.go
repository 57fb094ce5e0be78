package userpool

import (
	"context"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// Errors of identity providers.
var (
	ErrProviderNotFound    = fault.New(fault.NotFound, "pool_provider_not_found", "Identity provider does not exist.")
	ErrProviderExists      = fault.New(fault.Conflict, "pool_provider_exists", "An identity provider with this name already exists.")
	ErrProviderInUse       = fault.New(fault.Invalid, "pool_provider_in_use", "An app client offers the identity provider.")
	ErrProviderDetails     = fault.New(fault.Invalid, "pool_provider_details", "The details of the identity provider are not valid.")
	ErrProviderType        = fault.New(fault.Invalid, "pool_provider_type", "The details are those of another type of identity provider.")
	ErrProviderIdentifier  = fault.New(fault.Invalid, "pool_provider_identifier", "Another identity provider of the pool has the identifier.")
	ErrProviderUnreachable = fault.New(fault.Invalid, "pool_provider_unreachable", "Unable to contact well-known endpoint")
)

// The types of identity providers.
const (
	ProviderSAML     = "SAML"
	ProviderOIDC     = "OIDC"
	ProviderGoogle   = "Google"
	ProviderFacebook = "Facebook"
	ProviderAmazon   = "LoginWithAmazon"
	ProviderApple    = "SignInWithApple"
)

// How many of each a pool may have. Cognito: "Quotas".
const (
	MaxProviders       = 300
	MaxClients         = 10_000
	MaxResourceServers = 300
)

// Provider is an identity provider of a pool: another system that signs users in.
// Signing in through one is not offered yet.
type Provider struct {
	Pool              PoolID
	Name              string
	Type              string
	Settings          ProviderSettings
	Sealed            []byte // the secret details
	Created, Modified time.Time
}

// ProviderSettings is what is known of a provider and is no secret. It is stored
// as one JSON document, so a field keeps its name.
type ProviderSettings struct {
	Details     map[string]string // as the API has them, with those that follow from others
	Attributes  map[string]string // from a pool's attribute to the provider's claim
	ACR         map[string]string `json:",omitempty"` // from Level1 … Level4 to the provider's value
	Identifiers []string          `json:",omitempty"` // idp_identifier values, in the order of the owner
	LinkedBy    []string          `json:",omitempty"` // the attributes by which users were linked
}

// Details are the details of a provider as their owner gives them and sees them.
// Some are secret, so none may be printed.
type Details map[string]seal.Secret

// text returns a detail that is no secret.
func (d Details) text(key string) string { return d[key].Reveal() }

// Endpoints are the addresses that an OpenID provider publishes of itself.
type Endpoints struct{ Authorize, Token, Attributes, Keys string }

// ProviderNetwork asks identity providers about themselves while one is set up.
type ProviderNetwork interface {
	// Allows reports whether the directory may ever call an address: with TLS, and
	// in development also this machine.
	Allows(address string) bool
	// Discover returns what an issuer publishes of itself.
	Discover(ctx context.Context, issuer string) (*Endpoints, error)
	// Metadata returns the document at an address.
	Metadata(ctx context.Context, address string) ([]byte, error)
}

// ProviderStore keeps identity providers. See [Store] for what all methods have in
// common.
type ProviderStore interface {
	// CreateProvider also makes the group of the provider's users, unless the pool
	// has a group of that name. It fails with ErrPoolNotFound, ErrProviderExists,
	// ErrProviderIdentifier, or ErrTooManyResources if the pool has most.
	CreateProvider(ctx context.Context, p *Provider, most int) error
	// Provider fails with ErrProviderNotFound, as do the methods that change one.
	Provider(ctx context.Context, pool PoolID, name string) (*Provider, error)
	ProviderByIdentifier(ctx context.Context, pool PoolID, identifier string) (*Provider, error)
	// UpdateProvider fails with ErrProviderIdentifier.
	UpdateProvider(ctx context.Context, pool PoolID, name string, change func(*Provider) error) (*Provider, error)
	// DeleteProvider fails with ErrProviderInUse if an app client offers it.
	DeleteProvider(ctx context.Context, pool PoolID, name string) error
	Providers(ctx context.Context, pool PoolID, after string, limit int) ([]*Provider, error)
	// ClientsOffering returns the app clients that offer a provider.
	ClientsOffering(ctx context.Context, pool PoolID, name string) ([]*Client, error)
}

// Group returns the name of the group for the users whom the provider signs in.
// Cognito: "Adding groups to a user pool".
func (p *Provider) Group() string { return string(p.Pool) + "_" + p.Name }

// UnaskedFor reports whether the provider may sign users in whom nobody sent there.
func (p *Provider) UnaskedFor() bool { return p.Settings.Details["IDPInit"] == "true" }

// noNetwork is a network from which nobody can be reached.
type noNetwork struct{}

var errNoNetwork = errors.New("no network is configured")

func (noNetwork) Allows(address string) bool { return strings.HasPrefix(address, "https://") }
func (noNetwork) Discover(context.Context, string) (*Endpoints, error) {
	return nil, errNoNetwork
}
func (noNetwork) Metadata(context.Context, string) ([]byte, error) { return nil, errNoNetwork }
