package userpool

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// ClientID names an app client; unique in the whole directory.
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
	ErrTooManyResources = fault.New(fault.Throttled, "too_many_resources", "The pool has as many of these as it may have.")
)

// Flows that an app client may allow in the API.
const (
	FlowUserSRP           = "ALLOW_USER_SRP_AUTH"
	FlowUserPassword      = "ALLOW_USER_PASSWORD_AUTH"
	FlowAdminUserPassword = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
	FlowRefreshToken      = "ALLOW_REFRESH_TOKEN_AUTH"
	FlowCustom            = "ALLOW_CUSTOM_AUTH"
)

// OAuth grants that an app client may allow.
const (
	GrantCode              = "code"
	GrantImplicit          = "implicit"
	GrantClientCredentials = "client_credentials"
)

// ProviderCognito is the pool itself as an identity provider.
const ProviderCognito = "COGNITO"

// Client is an app client: an OAuth client of one pool.
type Client struct {
	ID                ClientID
	Pool              PoolID
	Name              string
	Created, Modified time.Time
	Secrets           []ClientSecret // none: a public client; at most two
	Settings          ClientSettings
}

// ClientSecret is one secret of a client, sealed.
type ClientSecret struct {
	ID      string // "<client id>--<seconds since the epoch>"
	Sealed  []byte
	Created time.Time
}

// ClientSettings is what a client's owner may choose; stored as JSON.
// Zero values mean Cognito's defaults, so that they are shown as absent.
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
	WriteAttributes []string `json:",omitempty"` // nil: all standard ones that a person may write

	AccessTokenValidity, IDTokenValidity, RefreshTokenValidity int               `json:",omitempty"` // in Units; 0: default
	Units                                                      map[string]string `json:",omitempty"` // AccessToken, IdToken, RefreshToken: seconds, minutes, hours, days

	AuthSessionMinutes int  `json:",omitempty"` // 0: 3
	HideUserExistence  bool `json:",omitempty"` // PreventUserExistenceErrors ENABLED
	// ExistenceChosen says that the owner sent PreventUserExistenceErrors.
	ExistenceChosen bool `json:",omitempty"`
	RevocationOff   bool `json:",omitempty"` // EnableTokenRevocation false
}

// Confidential reports whether the client has a secret.
func (c *Client) Confidential() bool { return len(c.Secrets) > 0 }

// AllowsFlow reports whether the API flow is open to the client. A client
// without a list allows SRP, custom and refresh, as Cognito's do; one whose
// list has the names of before 2019 allows refresh besides, and SRP unless it
// is for custom authentication only.
func (c *Client) AllowsFlow(flow string) bool {
	flows := c.Settings.AuthFlows
	switch {
	case len(flows) == 0:
		flows = []string{FlowUserSRP, FlowCustom, FlowRefreshToken}
	case isLegacy(flows[0]) && flow == FlowRefreshToken:
		return true
	case isLegacy(flows[0]) && flow == FlowUserSRP:
		return !contains(flows, "CUSTOM_AUTH_FLOW_ONLY")
	}
	return contains(flows, flow)
}

// AllowsGrant reports whether the OAuth grant is open to the client.
func (c *Client) AllowsGrant(grant string) bool {
	return c.Settings.OAuth && contains(c.Settings.Grants, grant)
}

// Offers reports whether the client signs people in with provider.
func (c *Client) Offers(provider string) bool { return contains(c.Settings.Providers, provider) }

// MayRead reports whether the client may see the attribute. Those for
// developers are for the signed operations alone.
func (c *Client) MayRead(attribute string) bool {
	return !IsDeveloperOnly(attribute) && c.mayRead(attribute)
}

func (c *Client) mayRead(attribute string) bool {
	return c.Settings.ReadAttributes == nil || attribute == "sub" || contains(c.Settings.ReadAttributes, attribute)
}

// MayWrite reports whether the client may set the attribute for its user.
// Verified flags and the sub are never a client's to write.
func (c *Client) MayWrite(attribute string) bool {
	switch attribute {
	case "sub", "email_verified", "phone_number_verified":
		return false
	}
	if IsDeveloperOnly(attribute) {
		return false
	}
	if c.Settings.WriteAttributes == nil {
		return !IsCustom(attribute)
	}
	return contains(c.Settings.WriteAttributes, attribute)
}

// AuthSession is how long a challenge may be answered.
func (c *Client) AuthSession() time.Duration {
	if c.Settings.AuthSessionMinutes == 0 {
		return 3 * time.Minute
	}
	return time.Duration(c.Settings.AuthSessionMinutes) * time.Minute
}

// Lifetimes of the client's tokens. Cognito: access and ID one hour, refresh
// thirty days, units hours and days unless named.
func (c *Client) AccessTokenLife() time.Duration {
	return c.life(c.Settings.AccessTokenValidity, "AccessToken", "hours", time.Hour)
}

// IDTokenLife is the life of an ID token.
func (c *Client) IDTokenLife() time.Duration {
	return c.life(c.Settings.IDTokenValidity, "IdToken", "hours", time.Hour)
}

// RefreshTokenLife is the life of a refresh token, counted from sign-in.
func (c *Client) RefreshTokenLife() time.Duration {
	return c.life(c.Settings.RefreshTokenValidity, "RefreshToken", "days", 30*24*time.Hour)
}

var unitOf = map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

func (c *Client) life(n int, unit, standard string, whenZero time.Duration) time.Duration {
	if n == 0 {
		return whenZero
	}
	name := c.Settings.Units[unit]
	if name == "" {
		name = standard
	}
	return time.Duration(min(n, int(maxLife/unitOf[name]))) * unitOf[name]
}

// maxLife is more than any rule allows, and less than a Duration can hold.
const maxLife = 20_000 * 24 * time.Hour

// Reveal opens a client's first secret. ErrSecretMissing when it has none.
func (e *Engine) Reveal(c *Client) (seal.Secret, error) {
	if !c.Confidential() {
		return "", ErrSecretMissing
	}
	return e.open(c, c.Secrets[0])
}

// CheckSecret proves that given is one of the client's secrets. A public
// client has none to prove: any given secret is a mismatch, none is right.
func (e *Engine) CheckSecret(c *Client, given seal.Secret) error {
	return e.checkEach(c, given, func(secret seal.Secret) bool { return secret.Equal(given.Reveal()) })
}

// CheckSecretHash proves the SECRET_HASH of an API call for username:
// base64(HMAC-SHA256(secret, username + client id)).
// Cognito: "Computing secret hash values".
func (e *Engine) CheckSecretHash(c *Client, username string, hash seal.Secret) error {
	return e.checkEach(c, hash, func(secret seal.Secret) bool {
		return SecretHash(secret, username, c.ID).Equal(hash.Reveal())
	})
}

func (e *Engine) checkEach(c *Client, given seal.Secret, match func(seal.Secret) bool) error {
	switch {
	case !c.Confidential() && given == "":
		return nil
	case !c.Confidential():
		return ErrSecretMismatch
	case given == "":
		return ErrSecretMissing
	}
	found := false
	for _, s := range c.Secrets {
		secret, err := e.open(c, s)
		if err != nil {
			return err
		}
		found = match(secret) || found
	}
	if !found {
		return ErrSecretMismatch
	}
	return nil
}

// SecretHash computes the SECRET_HASH that a client with secret must send.
func SecretHash(secret seal.Secret, username string, client ClientID) seal.Secret {
	m := hmac.New(sha256.New, []byte(secret.Reveal()))
	m.Write([]byte(username + string(client)))
	return seal.Secret(base64.StdEncoding.EncodeToString(m.Sum(nil)))
}

func (e *Engine) open(c *Client, s ClientSecret) (seal.Secret, error) {
	b, err := e.Sealer.Open(s.Sealed, sealContext(c.ID))
	return seal.Secret(b), err
}

func sealContext(id ClientID) string { return "client-secret:" + string(id) }
