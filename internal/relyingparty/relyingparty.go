// Package relyingparty signs people in at OpenID providers: it is the client
// side of OAuth 2.0 and OpenID Connect.
//
// There are two kinds of [Provider]. [Discovered] knows an issuer and fetches
// everything else from it, as Pomerium does. [Explicit] knows the endpoints from
// its configuration, as Cloudflare Access does. A sign-in has these steps; if
// one fails, a [StepError] says which, what the provider answered and what a
// person can do:
//
//	Attempts.Begin   authorize  state, nonce, PKCE; all from one sealed seed
//	     (the browser is at the provider and comes back)
//	Attempts.Finish  callback   state against browser, the provider's own error
//	Provider.Exchange token     code for tokens
//	                 keys       the provider's signing keys
//	                 signature  of the ID token
//	                 claims     iss, aud, exp, nonce, at_hash
//	                 userinfo   (Discovered) same person, more claims
//	                 email      (Explicit) an address is required
//	     Result
//
// Cookies and redirects belong to the callers. What a person may do belongs to
// policy, and how long they stay signed in to session.
package relyingparty

import (
	"context"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// Provider is an OpenID provider at which we are a client. Implementations are
// safe for concurrent use.
type Provider interface {
	// ID identifies the provider among ours. A session belongs to the provider
	// that made it.
	ID() string
	// CheckIssuer refuses a callback that says it comes from another issuer, or
	// that does not say where it comes from although this provider always does
	// (RFC 9207 §2.4). iss is empty if the callback has none.
	CheckIssuer(ctx context.Context, iss string) error
	// AuthURL returns where the browser goes to sign in.
	AuthURL(ctx context.Context, q AuthRequest) (string, error)
	// Exchange redeems a code and verifies the answer. The ID token must hold
	// nonce.
	Exchange(ctx context.Context, code seal.Secret, verifier, nonce, redirectURI string) (*Result, error)
	// Refresh redeems the refresh token of a session. The answer must be about
	// the same person. After ErrUnreachable the caller may try again; other errors
	// end the session. If the provider issued tokens before an error, the result has
	// the refresh token that is to be used now, and nothing else.
	Refresh(ctx context.Context, held Held) (*Result, error)
	// Recheck asks, between two renewals, whether the tokens of a session still
	// stand, and what is known about the person now. Its errors are those of
	// Refresh. It returns nil if the provider has nobody to ask.
	Recheck(ctx context.Context, held Held) (*Result, error)
	// LogoutURL returns where the browser goes to sign out at the provider too.
	// It comes back to redirect. "" means that the provider has no such page.
	LogoutURL(ctx context.Context, idToken seal.Secret, redirect string) string
	// Revoke asks the provider to revoke tokens. It does nothing if the provider
	// offers no revocation.
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
	// MaxAge asks the provider to let the person sign in anew if that was longer ago
	// (OpenID Connect Core §3.1.2.1). 0: it may be as long as it likes. Anew asks for it
	// in any case.
	MaxAge time.Duration
	Anew   bool
}

// Tokens are the tokens that a provider issued at a sign-in.
type Tokens struct {
	ID, Access, Refresh seal.Secret
}

// Result is a verified answer of a provider. The caller owns it.
type Result struct {
	Issuer  string // the "iss" claim
	Subject string // the "sub" claim
	UserID  string // Pomerium: "oid", else "sub"
	Email   string // may be empty, except with Explicit
	// EmailUnverified says that Email proves nothing: the provider calls it
	// unverified, and is not set to be believed all the same. EmailClaim is the
	// claim that Email comes from, if the configuration names one.
	EmailUnverified bool
	EmailClaim      string
	Name            string
	// Claims are the claims of the ID token. Discovered adds those of UserInfo
	// whose names the ID token does not have. The ID token is preferred because
	// it is signed, and names us as its audience.
	Claims map[string]any
	Tokens Tokens
	// Expiry is when the access token or the ID token ends, whichever is first.
	// Zero (Explicit) means that the identity is not renewed.
	Expiry time.Time
	// Rechecks says that [Provider].Recheck has somebody to ask.
	Rechecks bool
}

// Identity returns the person for a session that does not exist yet: SessionID
// is empty. Every call makes a new identity, which keeps nothing of an earlier
// sign-in or refresh.
func (r *Result) Identity(providerID string) identity.Identity {
	id := identity.New(r.Claims)
	id.UserID, id.Email, id.Name, id.Provider = r.UserID, r.Email, r.Name, providerID
	if r.EmailUnverified {
		id.WithholdEmail(r.EmailClaim)
	}
	return id
}

// Withholds reports whether a claim must not be passed on, because it holds an
// unverified e-mail address.
func (r *Result) Withholds(claim string) bool {
	return r.EmailUnverified && identity.IsEmailClaim(claim, r.EmailClaim)
}
