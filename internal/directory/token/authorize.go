package token

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Suffices reports whether a browser session is enough to answer the request
// without showing a page. who is the user of the session.
func (e *Engine) Suffices(r *AuthorizationRequest, who SignedIn) bool {
	if r.Prompt("login") || r.Prompt("select_account") || !e.Accepts(r, who) {
		return false
	}
	if r.Client.Unvouched() { // anybody may have sent this browser here
		return false
	}
	// Cognito: identity_provider limits the check to sessions of that provider.
	wanted := r.IdentityProvider
	return wanted == "" && r.IDPIdentifier == "" || wanted == who.Provider
}

// Accepts reports whether the client lets the user of a browser session go on
// without proving anything again, as far as the session decides that.
func (e *Engine) Accepts(r *AuthorizationRequest, who SignedIn) bool {
	return e.Continues(r, who) && r.assured(who) && !r.lacksFactor(who)
}

// Continues reports whether the client takes what the user of a browser session has
// proved for what it is. If it does not accept the session, the user can go on by
// proving what lacks.
func (e *Engine) Continues(r *AuthorizationRequest, who SignedIn) bool {
	age := e.now().Sub(who.AuthTime)
	switch {
	case r.MaxAge != nil && age > *r.MaxAge: // OpenID Connect Core §3.1.2.1
		return false
	case age >= time.Duration(r.Client.SSOMinutes(r.Pool))*time.Minute:
		return false
	}
	return r.Client.Offers(who.Provider)
}

// assured reports whether the sign-in reaches the level of assurance that the client
// asks for, if it asks for one that the pool knows.
func (r *AuthorizationRequest) assured(who SignedIn) bool {
	level, named := user.Target(r.Pool, who.User, user.FirstFactorsFor(r.Pool, r.Client, who.User), r.ACRValues)
	return !named || level > 0 && !who.Overtaken() && who.Proof.For(r.Pool, r.Client, who.User).Level() >= level
}

// lacksFactor reports whether the pool demands a second factor by now, and the user
// has signed in without one.
func (r *AuthorizationRequest) lacksFactor(who SignedIn) bool {
	return r.Pool.Settings.MFA.Mode == userpool.MFARequired && who.Provider == userpool.ProviderCognito && !who.Proof.Multiple()
}

// Authorize answers the request for a signed-in user. It returns the URL for the
// redirect, which has a code, or the tokens for response_type=token. An error may
// be a *[RedirectError].
func (e *Engine) Authorize(ctx context.Context, r *AuthorizationRequest, who SignedIn) (redirect string, err error) {
	if who.User.Pool != r.Pool.ID || !who.User.Enabled {
		return "", r.Refuse(ErrUserDisabled)
	}
	if r.ResponseType == ResponseToken {
		return e.answerWithTokens(ctx, r, who)
	}
	return e.answerWithCode(ctx, r, who)
}

func (e *Engine) answerWithCode(ctx context.Context, r *AuthorizationRequest, who SignedIn) (string, error) {
	now, code := e.now(), ids.UUID()
	err := e.store.CreateAuthCode(ctx, &Code{
		Hash: seal.Hash(code), Pool: r.Pool.ID, Client: r.Client.ID, Sub: who.User.Sub, RedirectURI: r.RedirectURI,
		Scopes: r.Scopes, Resource: r.Resource, Nonce: r.Nonce, Challenge: r.Challenge, Parent: who.Session,
		Proof: who.Proof, AuthTime: who.AuthTime, Created: now, Expires: now.Add(codeLife),
	}, notOvertaken(who.User))
	if err != nil {
		return "", r.Refuse(fmt.Errorf("save authorization code: %w", err))
	}
	var p params
	p.add("code", code)
	if r.State != "" {
		p.add("state", r.State)
	}
	p.add("iss", r.Issuer)
	return p.inQuery(r.RedirectURI), nil
}

// answerWithTokens is the implicit grant (RFC 6749 §4.2): no refresh token, so
// the grant lives as long as the access token.
func (e *Engine) answerWithTokens(ctx context.Context, r *AuthorizationRequest, who SignedIn) (string, error) {
	now := e.now()
	g := r.grant(who, now, r.Client.AccessTokenLife())
	tokens, err := e.issue(ctx, &issuance{pool: r.Pool, client: r.Client, user: who.User, grant: g, now: now, nonce: r.Nonce, source: trigger.TokensHostedAuth})
	if err != nil {
		return "", r.Refuse(err)
	}
	if err := e.store.CreateGrant(ctx, g, 0, completion(who.User, Leftover{})); err != nil {
		return "", r.Refuse(fmt.Errorf("save grant: %w", err))
	}
	var p params
	if tokens.ID != "" {
		p.add("id_token", tokens.ID.Reveal())
	}
	p.add("access_token", tokens.Access.Reveal())
	p.add("token_type", "Bearer")
	p.add("expires_in", strconv.Itoa(int(tokens.ExpiresIn.Seconds())))
	if r.State != "" {
		p.add("state", r.State)
	}
	p.add("iss", r.Issuer)
	return p.inFragment(r.RedirectURI), nil
}

func (r *AuthorizationRequest) grant(who SignedIn, now time.Time, life time.Duration) *Grant {
	return &Grant{
		ID: GrantID(ids.UUID()), Pool: r.Pool.ID, Client: r.Client.ID, Sub: who.User.Sub, Source: SourceOAuth,
		Scopes: r.Scopes, Resource: r.Resource, EventID: ids.UUID(),
		Proof: who.Proof, AuthTime: who.AuthTime, Created: now, Expires: now.Add(life),
	}
}
