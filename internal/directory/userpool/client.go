package userpool

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
)

// ClientID is the id of an app client. It is unique in the whole directory.
type ClientID string

// Errors of app clients.
var (
	ErrClientNotFound   = fault.New(fault.NotFound, "client_not_found", "User pool client does not exist.")
	ErrClientExists     = fault.New(fault.Conflict, "client_exists", "An app client with this id already exists.")
	ErrClientSettings   = fault.New(fault.Invalid, "client_settings", "The settings of the app client are not valid.")
	ErrOAuthFlow        = fault.New(fault.Invalid, "client_oauth_flow", "The OAuth flows of the app client are not valid.")
	ErrScopeNotFound    = fault.New(fault.NotFound, "scope_not_found", "The scope does not exist.")
	ErrSecretMissing    = fault.New(fault.Unauthenticated, "client_secret_missing", "The app client is configured with a secret, but none was received.")
	ErrSecretMismatch   = fault.New(fault.Unauthenticated, "client_secret_mismatch", "The secret of the app client does not match.")
	ErrSecretNotFound   = fault.New(fault.NotFound, "client_secret_not_found", "The client secret does not exist.")
	ErrTooManyResources = fault.New(fault.Invalid, "too_many_resources", "The pool has as many of these as it may have.")
	ErrTooManyUntried   = fault.New(fault.Throttled, "too_many_untried", "Too many applications have registered themselves. Try again tomorrow.")
)

// The flows of the API that a client may allow.
const (
	FlowUserSRP           = "ALLOW_USER_SRP_AUTH"
	FlowUserPassword      = "ALLOW_USER_PASSWORD_AUTH"
	FlowAdminUserPassword = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
	FlowRefreshToken      = "ALLOW_REFRESH_TOKEN_AUTH"
	FlowCustom            = "ALLOW_CUSTOM_AUTH"
	FlowUserChoice        = "ALLOW_USER_AUTH"         // the user chooses the first factor
	FlowClientToken       = "ALLOW_CLIENT_TOKEN_AUTH" // tokens for the client itself; no user signs in to it
)

// The OAuth grants that a client may allow.
const (
	GrantCode              = "code"
	GrantImplicit          = "implicit"
	GrantClientCredentials = "client_credentials"
)

// ProviderCognito is the pool itself as an identity provider.
const ProviderCognito = "COGNITO"

// Client is an app client: a program that gets tokens of one pool, for its users or
// for itself.
type Client struct {
	ID                ClientID
	Pool              PoolID
	Name              string
	Created, Modified time.Time
	Secrets           []ClientSecret // at most two; empty: a public client
	Settings          ClientSettings
	Origin            Origin
}

// Origin says who made an app client.
type Origin string

// The origins. A client that registered itself without a token is untried until
// somebody signs in to it, or the pool's owner changes it.
const (
	ByOwner  Origin = ""      // through the API, the configuration or an import
	ByToken  Origin = "TOKEN" // registered itself, with a token of the pool
	ByAnyone Origin = "OPEN"  // registered itself without one
	Untried  Origin = "UNTRIED"
)

// What limits clients that anybody may have registered, so that nobody can fill a pool
// with them: whoever has an account can try many.
const (
	MaxOpen     = 1000           // of a pool at once, tried or not
	UntriedLife = 24 * time.Hour // a client that is untried for so long is removed
)

// Registered reports whether the client registered itself. Cognito: ClientType DCR.
func (c *Client) Registered() bool { return c.Origin != ByOwner }

// Unvouched reports whether the client registered itself without a token: nobody whom
// the pool's owner trusts knows whose client it is.
func (c *Client) Unvouched() bool { return c.Origin == ByAnyone || c.Origin == Untried }

// ClientSettings is what a client's owner may choose. It is stored as one JSON
// document, so a field keeps its name. A zero value stands for Cognito's
// default, and the API does not show it.
type ClientSettings struct {
	AuthFlows []string `json:",omitempty"` // nil: SRP, custom and refresh

	OAuth              bool     `json:",omitempty"` // AllowedOAuthFlowsUserPoolClient
	Grants             []string `json:",omitempty"` // code, implicit, client_credentials
	Scopes             []string `json:",omitempty"`
	CallbackURLs       []string `json:",omitempty"`
	LogoutURLs         []string `json:",omitempty"`
	DefaultRedirectURI string   `json:",omitempty"`
	Providers          []string `json:",omitempty"` // SupportedIdentityProviders

	ReadAttributes  []string `json:",omitempty"` // nil: all
	WriteAttributes []string `json:",omitempty"` // nil: all standard attributes that a user may write

	AccessTokenValidity, IDTokenValidity, RefreshTokenValidity int               `json:",omitempty"` // in Units; 0: default
	Units                                                      map[string]string `json:",omitempty"` // AccessToken, IdToken, RefreshToken: seconds, minutes, hours, days

	AuthSessionMinutes int  `json:",omitempty"` // 0: 3
	HideUserExistence  bool `json:",omitempty"` // PreventUserExistenceErrors ENABLED
	// ExistenceChosen is true if the owner sent PreventUserExistenceErrors. Only
	// then does the API show it.
	ExistenceChosen bool `json:",omitempty"`
	RevocationOff   bool `json:",omitempty"` // EnableTokenRevocation false
	// RefreshRotation is what the owner sent. nil: nothing, which means off.
	RefreshRotation *RefreshRotation `json:",omitempty"`
	// SSOMinutes is what the owner sent. nil: nothing, which means 60. See
	// [Client.SSOMinutes]; SetClientSSO sets it.
	SSOMinutes *int `json:",omitempty"`
	// TellsAddresses lets the client say from which address its user calls. Only a
	// client with a secret can have it. EnablePropagateAdditionalUserContextData.
	TellsAddresses bool `json:",omitempty"`
}

// copied returns settings that share no memory with s, by the form in which they are
// stored.
func (s ClientSettings) copied() (c ClientSettings, err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// RefreshRotation says whether each refresh gives a new refresh token and uses the
// old one up. Cognito: RefreshTokenRotation.
type RefreshRotation struct {
	On           bool
	GraceSeconds int // how long the old token may still be used; 0: not at all
}

// ClientStore keeps app clients. See [Store] for what all methods have in
// common.
type ClientStore interface {
	// CreateClient fails with ErrPoolNotFound, ErrClientExists, or
	// ErrTooManyResources if the pool has [MaxClients], or ErrTooManyUntried if the
	// client is untried and the pool has [MaxOpen]; and like UpdateClient with
	// ErrProviderNotFound if the pool lacks a provider that the client offers.
	CreateClient(ctx context.Context, c *Client) error
	// Client fails with ErrClientNotFound, as do the methods that change one.
	Client(ctx context.Context, id ClientID) (*Client, error)
	// ClientAndPool returns a client with its pool. It fails with ErrClientNotFound, also
	// if the pool is gone.
	ClientAndPool(ctx context.Context, id ClientID) (*Client, *Pool, error)
	UpdateClient(ctx context.Context, pool PoolID, id ClientID, change func(*Client) error) (*Client, error)
	// DeleteClient removes the client and its tokens.
	DeleteClient(ctx context.Context, pool PoolID, id ClientID) error
	Clients(ctx context.Context, pool PoolID, after ClientID, limit int) ([]*Client, error)
}

// Confidential reports whether the client has a secret.
func (c *Client) Confidential() bool { return len(c.Secrets) > 0 }

// AllowsFlow reports whether the client may use a flow of the API. A client
// without a list of flows may use SRP, custom and refresh, as at Cognito. A
// client whose list has the names from before 2019 may use refresh too, and SRP
// unless it is for custom authentication only. No client whose refresh tokens
// rotate may use the refresh flow, which gives no new refresh token.
func (c *Client) AllowsFlow(flow string) bool {
	flows := c.Settings.AuthFlows
	switch {
	case flow == FlowRefreshToken && c.RotatesRefresh():
		return false
	case len(flows) == 0:
		flows = []string{FlowUserSRP, FlowCustom, FlowRefreshToken}
	case isLegacy(flows[0]) && flow == FlowRefreshToken:
		return true
	case isLegacy(flows[0]) && flow == FlowUserSRP:
		return !slices.Contains(flows, "CUSTOM_AUTH_FLOW_ONLY")
	}
	return slices.Contains(flows, flow)
}

// RotatesRefresh reports whether each refresh gives a new refresh token and uses
// the old one up.
func (c *Client) RotatesRefresh() bool {
	return c.Settings.RefreshRotation != nil && c.Settings.RefreshRotation.On
}

// AllowsGrant reports whether the client may use an OAuth grant.
func (c *Client) AllowsGrant(grant string) bool {
	return c.Settings.OAuth && slices.Contains(c.Settings.Grants, grant)
}

// Offers reports whether users may sign in to the client with a provider.
func (c *Client) Offers(provider string) bool { return slices.Contains(c.Settings.Providers, provider) }

// MayRead reports whether the client may read an attribute. Only signed
// operations read attributes for developers.
func (c *Client) MayRead(attribute string) bool {
	return !IsDeveloperOnly(attribute) && c.mayRead(attribute)
}

func (c *Client) mayRead(attribute string) bool {
	return c.Settings.ReadAttributes == nil || attribute == "sub" || slices.Contains(c.Settings.ReadAttributes, attribute)
}

// MayWrite reports whether the client may set an attribute of its user. No
// client may set the sub or say that a contact is verified.
func (c *Client) MayWrite(attribute string) bool {
	if attribute == "sub" || IsVerifiedFlag(attribute) || IsDeveloperOnly(attribute) {
		return false
	}
	if c.Settings.WriteAttributes == nil {
		return !IsCustom(attribute)
	}
	return slices.Contains(c.Settings.WriteAttributes, attribute)
}
