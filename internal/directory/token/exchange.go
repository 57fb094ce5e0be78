package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of exchanging a code, besides those of codes.
var (
	ErrExchangeRedirect = fault.New(fault.Denied, "exchange_redirect", "The redirect_uri is not that of the authorization request.")
	ErrVerifier         = fault.New(fault.Denied, "exchange_verifier", "The code verifier does not match the code challenge.")
)

// Exchange is a request for the tokens of a code.
type Exchange struct {
	Code        seal.Secret
	RedirectURI string
	Verifier    seal.Secret // of PKCE; "": none was sent
	From        Visitor
}

// ExchangeCode exchanges an authorization code for a new grant and its tokens,
// once. The caller has authenticated client. If the code was used already, the
// grant that was made for it is revoked, because one of the two callers stole the
// code (RFC 6749 §4.1.2). After any other error the code can still be used.
func (e *Engine) ExchangeCode(ctx context.Context, p *userpool.Pool, client *userpool.Client, x Exchange) (*Tokens, error) {
	if client.Pool != p.ID || !client.AllowsGrant(userpool.GrantCode) {
		return nil, ErrGrantNotAllowed
	}
	now, hash := e.now(), seal.Hash(x.Code.Reveal())
	code, err := e.store.AuthCode(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("load authorization code: %w", err)
	}
	u, err := e.userOfCode(ctx, p, code)
	if err != nil {
		return nil, err
	}
	scopes, err := e.keptScopes(ctx, client, code.Scopes)
	if err != nil {
		return nil, err
	}
	g := code.grant(now, now.Add(client.RefreshTokenLife()))
	g.Scopes = scopes
	if g.Activity = activity(p, x.From, now); g.Activity.Tracked() {
		g.Parent = code.Parent
	}
	refresh := newRefreshToken(g)
	may := func(c *Code) (*Grant, error) {
		if err := x.check(c, client, u, now); err != nil {
			return nil, err
		}
		if len(scopes) == 0 {
			return nil, ErrCodeUnknown.Because(errNoScopeLeft)
		}
		return g, nil
	}
	// The code is used up last, so that no failure before it costs the client its
	// code.
	var tokens *Tokens
	if _, err := may(code); err == nil && code.Used.IsZero() {
		tokens, err = e.issue(ctx, &issuance{pool: p, client: client, user: u, grant: g, now: now, nonce: code.Nonce, source: trigger.TokensHostedAuth})
		if err != nil {
			return nil, err
		}
		if err := e.Pools.NoteSignIn(ctx, client); err != nil {
			return nil, fmt.Errorf("note the sign-in to the client: %w", err)
		}
	}
	if err := e.store.RedeemAuthCode(ctx, hash, now, p.SessionsPerUser(), may); err != nil {
		return nil, fmt.Errorf("redeem authorization code: %w", err)
	}
	if tokens == nil { // the code changed while this call looked at it
		return nil, ErrCodeUnknown
	}
	tokens.Refresh = refresh
	return tokens, nil
}

func (e *Engine) userOfCode(ctx context.Context, p *userpool.Pool, code *Code) (*user.User, error) {
	if code.Pool != p.ID {
		return nil, ErrCodeUnknown
	}
	u, err := e.Users.User(ctx, p.ID, code.Sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return nil, ErrCodeUnknown.Because(errUserGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load user: %w", err)
	}
	return u, nil
}

// check checks the exchange against the code.
func (x *Exchange) check(c *Code, client *userpool.Client, u *user.User, now time.Time) error {
	switch {
	case c.Pool != client.Pool || c.Client != client.ID || c.Sub != u.Sub:
		return ErrCodeUnknown
	case !now.Before(c.Expires):
		return ErrCodeExpired
	case c.RedirectURI != x.RedirectURI:
		return ErrExchangeRedirect
	case (c.Challenge != "" || x.Verifier != "") && !proves(x.Verifier.Reveal(), c.Challenge):
		// RFC 9700 §4.8.2: a verifier for a code without a challenge is refused,
		// too. Otherwise an attacker who takes the challenge out of the
		// authorization request could have the client redeem a code of theirs.
		return ErrVerifier
	case !u.Enabled:
		return ErrCodeUnknown.Because(errUserDisabled)
	}
	return checkReadable(client, c.Scopes)
}

func (c *Code) grant(now, expires time.Time) *Grant {
	return &Grant{
		ID: GrantID(ids.UUID()), Pool: c.Pool, Client: c.Client, Sub: c.Sub, Source: SourceOAuth,
		Scopes: c.Scopes, Resource: c.Resource, EventID: ids.UUID(),
		Proof: c.Proof, AuthTime: c.AuthTime, Created: now, Expires: expires,
	}
}
