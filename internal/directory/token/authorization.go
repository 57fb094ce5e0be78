package token

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Errors that are shown on a page, because there is no redirect URI to trust.
var (
	ErrClientIDMissing  = fault.New(fault.Invalid, "authorize_client_missing", "Required String parameter 'client_id' is not present")
	ErrClientUnusable   = fault.New(fault.Invalid, "authorize_client_unusable", "The app client does not exist, or does not sign people in here.")
	ErrRedirectMissing  = fault.New(fault.Invalid, "authorize_redirect_missing", "Required String parameter 'redirect_uri' is not present")
	ErrRedirectMismatch = fault.New(fault.Invalid, "authorize_redirect_mismatch", "The redirect_uri is not one of the app client's callback URLs.")
	ErrUnvouched        = fault.New(fault.Invalid, "authorize_unvouched", "Nobody has checked the application that sent you here, so this page does not send you back to it.")
)

// Errors that the client gets in a redirect.
var (
	ErrRequestMalformed = fault.New(fault.Invalid, "authorize_malformed", "A parameter of the authorization request is not valid.")
	ErrResponseType     = fault.New(fault.Invalid, "authorize_response_type", "The response_type must be code or token.")
	ErrChallenge        = fault.New(fault.Invalid, "authorize_challenge", "The code challenge must be one of S256.")
	ErrResource         = fault.New(fault.Invalid, "authorize_resource", "The resource is not a resource server of the user pool.")
	ErrLoginRequired    = fault.New(fault.Unauthenticated, "login_required", "The user must sign in.")
)

// The response types of an authorization request.
const (
	ResponseCode  = "code"
	ResponseToken = "token"
)

// AuthorizationRequest is a checked request to /oauth2/authorize, or to a page
// that passes its parameters on.
type AuthorizationRequest struct {
	Pool         *userpool.Pool
	Client       *userpool.Client
	Issuer       string // of the pool; every answer names it (RFC 9207 §2)
	ResponseType string // ResponseCode or ResponseToken; "": of CheckReturn
	RedirectURI  string // exactly as registered
	State        string
	Scopes       []string
	Resource     string // RFC 8707; "": none
	Nonce        string
	Challenge    string         // PKCE, S256; "": none
	Prompts      []string       // none, login, select_account, consent
	MaxAge       *time.Duration // nil: not asked for
	ACRValues    []string       // the levels of assurance that the client asks for, best first
	// IdentityProvider and IDPIdentifier are as sent and not checked: for an
	// unknown provider the sign-in page shows a message.
	IdentityProvider string
	IDPIdentifier    string
	LoginHint        string
	Lang             string
}

// Prompt reports whether the client asked for that prompt, such as "login".
func (r *AuthorizationRequest) Prompt(value string) bool { return contains(r.Prompts, value) }

// CheckAuthorization reads and checks the parameters of an authorization
// request to pool. A *[RedirectError] is sent to the client in a redirect. Show
// every other error on a page, and do not redirect the browser.
//
// The redirect URI is checked first, so that an unregistered one is never a
// target.
func (e *Engine) CheckAuthorization(ctx context.Context, pool *userpool.Pool, q url.Values) (*AuthorizationRequest, error) {
	client, err := e.authorizingClient(ctx, pool, q)
	if err != nil {
		return nil, err
	}
	r := &AuthorizationRequest{Pool: pool, Client: client, Issuer: e.Issuer(pool)}
	if r.RedirectURI, err = redirectURI(client, q); err != nil {
		return nil, err
	}
	if len(q["state"]) == 1 {
		r.State = q.Get("state")
	}
	if err := e.readRequest(ctx, r, q); err != nil {
		return nil, r.Deny(err)
	}
	return r, nil
}

// CheckReturn is [Engine.CheckAuthorization] for a page that signs nobody in: it
// reads the client, and the redirect URI and state with which the page sends the
// browser back.
func (e *Engine) CheckReturn(ctx context.Context, pool *userpool.Pool, q url.Values) (*AuthorizationRequest, error) {
	client, err := e.authorizingClient(ctx, pool, q)
	if err != nil {
		return nil, err
	}
	r := &AuthorizationRequest{Pool: pool, Client: client, Issuer: e.Issuer(pool)}
	if r.RedirectURI, err = redirectURI(client, q); err != nil {
		return nil, err
	}
	if repeated(q, "state") || len(q.Get("state")) > maxParameter {
		return nil, ErrRequestMalformed
	}
	r.State = q.Get("state")
	return r, nil
}

func (e *Engine) authorizingClient(ctx context.Context, pool *userpool.Pool, q url.Values) (*userpool.Client, error) {
	id := q["client_id"]
	if len(id) == 0 || id[0] == "" {
		return nil, ErrClientIDMissing
	}
	if len(id) > 1 {
		return nil, ErrClientUnusable
	}
	client, err := e.Pools.ClientOf(ctx, pool.ID, userpool.ClientID(id[0]))
	if errors.Is(err, userpool.ErrClientNotFound) {
		return nil, ErrClientUnusable.Because(errClientGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load client: %w", err)
	}
	if !client.Settings.OAuth || len(client.Settings.Providers) == 0 {
		return nil, ErrClientUnusable
	}
	return client, nil
}

// redirectURI returns the registered URI that equals the parameter, compared as
// texts (RFC 9700 §4.1.3). Without the parameter, a client with one identity
// provider gets its default URI. Cognito: DefaultRedirectURI.
func redirectURI(client *userpool.Client, q url.Values) (string, error) {
	given, s := q["redirect_uri"], &client.Settings
	if len(given) == 0 || given[0] == "" {
		switch {
		case len(s.Providers) != 1 || len(given) > 1:
			return "", ErrRedirectMissing
		case s.DefaultRedirectURI != "":
			given = []string{s.DefaultRedirectURI}
		case len(s.CallbackURLs) == 1:
			given = s.CallbackURLs
		default:
			return "", ErrRedirectMissing
		}
	}
	if len(given) != 1 || !contains(s.CallbackURLs, given[0]) || strings.Contains(given[0], "#") {
		return "", ErrRedirectMismatch
	}
	return given[0], nil
}

// single are the parameters that a request may have only once.
// RFC 6749 §3.1.
var single = []string{
	"response_type", "state", "scope", "identity_provider", "idp_identifier", "code_challenge_method",
	"code_challenge", "nonce", "lang", "login_hint", "prompt", "resource", "max_age", "acr_values",
}

// maxParameter is the greatest length of a parameter that is passed on.
const maxParameter = 4096

// readRequest reads the parameters whose errors the client gets, in the order in
// which Cognito's clients expect the errors.
func (e *Engine) readRequest(ctx context.Context, r *AuthorizationRequest, q url.Values) error {
	if repeated(q, single...) || slices.ContainsFunc(single, func(name string) bool { return len(q.Get(name)) > maxParameter }) {
		return ErrRequestMalformed
	}
	for _, read := range []func() error{
		func() error { return r.readResponseType(q) },
		func() error { return r.readChallenge(q) },
		func() error { return e.readScopes(ctx, r, q) },
		func() error { return e.readResource(ctx, r, q) },
		func() error { return r.readPrompt(q) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	r.ACRValues = strings.Fields(q.Get("acr_values"))
	r.Nonce, r.LoginHint, r.Lang = q.Get("nonce"), q.Get("login_hint"), q.Get("lang")
	r.IdentityProvider, r.IDPIdentifier = q.Get("identity_provider"), q.Get("idp_identifier")
	return nil
}

func (r *AuthorizationRequest) readResponseType(q url.Values) error {
	r.ResponseType = q.Get("response_type")
	grant := userpool.GrantCode
	switch r.ResponseType {
	case ResponseCode:
	case ResponseToken:
		grant = userpool.GrantImplicit
	default:
		return ErrResponseType
	}
	if !r.Client.AllowsGrant(grant) {
		return ErrGrantNotAllowed
	}
	return nil
}

// readChallenge accepts only S256: with "plain", the request would show the
// verifier. RFC 7636 §4.3.
func (r *AuthorizationRequest) readChallenge(q url.Values) error {
	challenge, method := q.Get("code_challenge"), q.Get("code_challenge_method")
	if challenge == "" && method == "" && !r.mustChallenge() {
		return nil
	}
	if method != "S256" || !challengeOK(challenge) {
		return ErrChallenge
	}
	r.Challenge = challenge
	return nil
}

// mustChallenge reports whether the client must use PKCE: one that registered itself
// and has no secret. RFC 9700 §2.1.1.
func (r *AuthorizationRequest) mustChallenge() bool {
	return r.Client.Registered() && !r.Client.Confidential()
}

func (e *Engine) readScopes(ctx context.Context, r *AuthorizationRequest, q url.Values) (err error) {
	if r.Scopes, err = e.userScopes(ctx, r.Client, q.Get("scope")); err != nil {
		return err
	}
	if r.ResponseType == ResponseToken { // a code is refused at the token endpoint
		return checkReadable(r.Client, r.Scopes)
	}
	return nil
}

// readResource reads the API for which the tokens will be: the URL that is the
// identifier of a resource server. RFC 8707 §2.
func (e *Engine) readResource(ctx context.Context, r *AuthorizationRequest, q url.Values) error {
	resource := q.Get("resource")
	if resource == "" {
		return nil
	}
	u, err := url.Parse(resource)
	if err != nil || u.Scheme == "" || strings.Contains(resource, "#") {
		return ErrResource
	}
	_, err = e.Pools.ResourceServer(ctx, r.Pool.ID, resource)
	if errors.Is(err, userpool.ErrResourceServerNotFound) {
		return ErrResource
	}
	if err != nil {
		return fmt.Errorf("load resource server: %w", err)
	}
	r.Resource = resource
	return nil
}

// readPrompt reads prompt and max_age. OpenID Connect Core §3.1.2.1.
func (r *AuthorizationRequest) readPrompt(q url.Values) error {
	r.Prompts = strings.Fields(q.Get("prompt"))
	if r.Prompt("none") && len(r.Prompts) > 1 {
		return ErrRequestMalformed
	}
	if age := q.Get("max_age"); age != "" {
		seconds, err := strconv.ParseUint(age, 10, 31)
		if err != nil {
			return ErrRequestMalformed
		}
		d := time.Duration(seconds) * time.Second
		r.MaxAge = &d
	}
	return nil
}
