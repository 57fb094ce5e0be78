package token

import (
	"context"
	"net/url"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// AuthorizationRequest is a request to /oauth2/authorize, or to a page that
// carries its parameters along, with everything checked.
type AuthorizationRequest struct {
	Pool         *userpool.Pool
	Client       *userpool.Client
	ResponseType string // code or token
	RedirectURI  string // exactly as registered
	State        string
	Scopes       []string
	Resource     string // RFC 8707; "": none
	Nonce        string
	Challenge    string   // PKCE, S256; "": none
	Prompts      []string // none, login, select_account, consent
	MaxAge       time.Duration
	HasMaxAge    bool
	// IdentityProvider and IDPIdentifier are as sent, and not checked: what
	// names no provider of the client opens the sign-in page with a message.
	IdentityProvider string
	IDPIdentifier    string
	LoginHint        string
	Lang             string
}

// Prompt reports whether the client asked for that prompt.
func (r *AuthorizationRequest) Prompt(value string) bool { return contains(r.Prompts, value) }

// RedirectError is a fault that the client is told of, through the browser: its
// redirect URI was checked, so the browser may be sent there.
type RedirectError struct {
	Name        string // OAuth's name of the error
	RedirectURI string
	State       string
	Fault       *fault.Error
}

// URL is where the browser is to be sent.
func (e *RedirectError) URL() string { return e.RedirectURI }

func (e *RedirectError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault.
func (e *RedirectError) Unwrap() error { return e.Fault }

// Errors that are shown on a page, since no redirect URI could be trusted.
var (
	ErrClientIDMissing  = fault.New(fault.Invalid, "authorize_client_missing", "Required String parameter 'client_id' is not present")
	ErrClientUnusable   = fault.New(fault.Invalid, "authorize_client_unusable", "The app client does not exist, or does not sign people in here.")
	ErrRedirectMissing  = fault.New(fault.Invalid, "authorize_redirect_missing", "Required String parameter 'redirect_uri' is not present")
	ErrRedirectMismatch = fault.New(fault.Invalid, "authorize_redirect_mismatch", "The redirect_uri is not one of the app client's callback URLs.")
)

// CheckAuthorization reads and checks the parameters of an authorization
// request to pool. Its errors are either of the kind that is shown on a page,
// in which case the browser must not be sent anywhere, or a *[RedirectError].
func (e *Engine) CheckAuthorization(ctx context.Context, pool *userpool.Pool, q url.Values) (*AuthorizationRequest, error) {
	return nil, ErrClientIDMissing
}

// SignedIn is a user who proved who they are, and when.
type SignedIn struct {
	User     *user.User
	AuthTime time.Time
	Provider string    // userpool.ProviderCognito, or an identity provider
	Expires  time.Time // of the browser session; zero: none
}

// Authorize answers the request for a signed-in user: it returns the URL to
// send the browser to, with a code, or with tokens for response_type=token.
func (e *Engine) Authorize(ctx context.Context, req *AuthorizationRequest, who SignedIn) (redirect string, err error) {
	return "", ErrClientUnusable
}
