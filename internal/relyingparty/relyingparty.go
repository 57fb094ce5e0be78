// Package relyingparty signs people in at OpenID providers: it is the client
// side of OAuth 2.0 and OpenID Connect.
//
// There are two kinds of [Provider]. [Discovered] is told an issuer and asks it
// for everything else, as Pomerium does; [Explicit] is told the endpoints and
// asks nobody, as Cloudflare Access does. One sign-in goes so, and each step
// that fails says in a [StepError] which it was, what the provider answered
// and what a person can do about it:
//
//	Attempts.Begin   authorize  state, nonce, PKCE; sealed into a cookie
//	     (the browser is at the provider and comes back)
//	Attempts.Finish  callback   state against cookie, the provider's own error
//	Provider.Exchange token     code for tokens
//	                 keys       the provider's signing keys
//	                 signature  of the ID token
//	                 claims     iss, aud, exp, nonce, at_hash
//	                 userinfo   (Discovered) same person, more claims
//	                 email      (Explicit) an address is required
//	     Result
//
// Where cookies and redirects go is left to the edges; what a [Result] may do,
// to policy; how long it lives, to session.
package relyingparty

import (
	"context"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// Provider is an OpenID provider, seen from a client of it. Implementations
// are safe for concurrent use.
type Provider interface {
	// ID names the provider among ours. A session that was made by one
	// provider is none for another.
	ID() string
	// AuthURL returns where the browser goes to sign in.
	AuthURL(ctx context.Context, q AuthRequest) (string, error)
	// Exchange redeems a code and verifies all that comes back for it. The ID
	// token must hold nonce.
	Exchange(ctx context.Context, code seal.Secret, verifier, nonce, redirectURI string) (*Result, error)
	// Refresh redeems a refresh token. The answer must be about the person
	// whose UserID is given. Errors that are ErrRefused end the session; others
	// may be tried again.
	Refresh(ctx context.Context, refresh seal.Secret, userID string) (*Result, error)
	// LogoutURL is where the browser goes to sign out at the provider too, and
	// comes back to redirect from; "" when the provider offers none.
	LogoutURL(ctx context.Context, idToken seal.Secret, redirect string) string
	// Revoke asks the provider to take back what it issued; a provider that
	// offers no revocation is left alone.
	Revoke(ctx context.Context, t Tokens) error
}

// AuthRequest is an authorization request to a provider.
type AuthRequest struct {
	State, Nonce string
	// Challenge is the S256 PKCE challenge of the verifier that Exchange gets.
	// A provider that is set not to use PKCE leaves it out.
	Challenge   string
	RedirectURI string
	// AnotherAccount asks the provider to show its sign-in page although the
	// person has a session there, so that another account can be used.
	AnotherAccount bool
}

// Tokens is what a provider issued at a sign-in.
type Tokens struct {
	ID, Access, Refresh seal.Secret
}

// Result is what a provider vouches for. The caller owns it.
type Result struct {
	Issuer  string // the "iss" claim
	Subject string // the "sub" claim
	UserID  string // Pomerium: "oid", else "sub"
	Email   string // may be empty, except with Explicit
	Name    string
	// Claims are those of the ID token, and with Discovered those of UserInfo
	// that the ID token does not have: on the same name the ID token wins,
	// because it is signed for us and names us as its audience.
	Claims map[string]any
	Tokens Tokens
	// Expiry is when the first of the access token and the ID token ends. Zero
	// means that the identity does not hang on the tokens and is not renewed
	// (Explicit).
	Expiry time.Time
}

// Identity returns the person for a session that does not exist yet: SessionID
// is empty. Every call makes a new identity, which keeps nothing of an earlier
// sign-in or refresh.
func (r *Result) Identity(providerID string) identity.Identity {
	return identity.Identity{
		UserID: r.UserID, Email: r.Email, Name: r.Name, Provider: providerID,
		Groups: identity.Groups(r.Claims), Claims: identity.Flatten(r.Claims),
	}
}
