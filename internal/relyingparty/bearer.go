package relyingparty

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// What a program presents with every request, and nobody has signed in for.

// VerifyIDToken verifies an ID token that came alone, and returns what it says.
// Pomerium: the claims of the token count, and UserInfo is not asked.
func (p *Discovered) VerifyIDToken(ctx context.Context, token seal.Secret) (*Result, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	r, err := p.readIDToken(ctx, e, token)
	if next := p.changed(ctx, e, err); next != nil {
		return p.readIDToken(ctx, next, token)
	}
	return r, err
}

func (p *Discovered) readIDToken(ctx context.Context, e *endpoints, token seal.Secret) (*Result, error) {
	id, err := e.keys.verify(ctx, token, expected{
		issuer: p.cfg.Issuer, clientID: p.cfg.ClientID, alone: true,
		idKey: discoveredNames.clientID, issKey: discoveredNames.issuer, now: p.cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	if use := id.claims["token_use"]; use != nil && use != "id" || id.claims["events"] != nil { // Cognito; logout tokens
		return nil, failed(StepClaims, ErrUntrusted, "The bearer token is no ID token.")
	}
	return p.resultOf(e, id.claims, Tokens{ID: token}, id.Expiry)
}

// VerifyAccessToken asks the provider whose access token this is. With audiences
// that are not nil the token must be meant for one of them, which the provider says
// at UserInfo or in a token that it signed. A signed token also says more about the
// person than UserInfo, and when it ends; otherwise Expiry is zero.
func (p *Discovered) VerifyAccessToken(ctx context.Context, token seal.Secret, audiences []string) (*Result, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	r, err := p.readAccessToken(ctx, e, token, audiences)
	if next := p.changed(ctx, e, err); next != nil {
		return p.readAccessToken(ctx, next, token, audiences)
	}
	return r, err
}

func (p *Discovered) readAccessToken(ctx context.Context, e *endpoints, token seal.Secret, audiences []string) (*Result, error) {
	signed, err := p.signedAccessToken(ctx, e, token)
	if err != nil && (errors.Is(err, ErrUnreachable) || len(p.cfg.AccessTokenIssuers) > 0) {
		return nil, err
	}
	claims, err := p.accessTokenClaims(ctx, e, token, signed)
	if err != nil {
		return nil, err
	}
	var said map[string]any
	r := &Verified{}
	if signed != nil {
		r, said = signed, signed.Claims
	}
	if audiences != nil && !meantFor(audiences, claims, said) {
		return nil, failed(StepClaims, ErrRefused, `The access token is meant for somebody else ("aud"). See idp_access_token_allowed_audiences.`)
	}
	found, err := p.resultOf(e, claims, Tokens{Access: token}, r.Expiry)
	if err != nil {
		return nil, err
	}
	found.Issuer = cmp.Or(found.Issuer, p.cfg.Issuer)
	return found, nil
}

// accessTokenClaims returns what is known about the person of an access token. The
// tokens of AccessTokenIssuers count by themselves; UserInfo takes only those with
// the scope openid.
func (p *Discovered) accessTokenClaims(ctx context.Context, e *endpoints, token seal.Secret, signed *Verified) (map[string]any, error) {
	own := len(p.cfg.AccessTokenIssuers) > 0
	if own && !slices.Contains(strings.Fields(identity.Text(signed.Claims, "scp")), "openid") {
		return signed.Claims, nil
	}
	claims, err := p.userInfoOf(ctx, e, token)
	if err != nil || signed == nil {
		return claims, err
	}
	if !own && identity.Text(claims, "sub") != signed.Subject {
		return nil, failed(StepUserInfo, ErrUntrusted, `The UserInfo endpoint answered about another person ("sub") than the access token.`)
	}
	unite(claims, signed.Claims)
	return claims, nil
}

func (p *Discovered) userInfoOf(ctx context.Context, e *endpoints, token seal.Secret) (map[string]any, error) {
	if e.UserInfoURL == "" {
		return nil, failed(StepUserInfo, ErrRefused, "The provider has no UserInfo endpoint that could say whose access token this is.")
	}
	var claims map[string]any
	header := http.Header{"Authorization": {"Bearer " + token.Reveal()}}
	if err := getJSON(ctx, p.cfg.HTTP, StepUserInfo, "UserInfo endpoint", discoveredNames.issuer, e.UserInfoURL, header, &claims); err != nil {
		return nil, err
	}
	if identity.Text(claims, "sub") == "" {
		return nil, failed(StepUserInfo, ErrUntrusted, `The UserInfo endpoint does not say whose access token this is ("sub").`)
	}
	return claims, nil
}

// signedAccessToken verifies an access token that is a JWT of the provider. It
// returns nil without an error for every other token, which only UserInfo knows.
func (p *Discovered) signedAccessToken(ctx context.Context, e *endpoints, token seal.Secret) (*Verified, error) {
	issuers := p.cfg.AccessTokenIssuers
	if len(issuers) == 0 {
		issuers = []string{p.cfg.Issuer}
	}
	claims, err := claimsOf(token)
	if err != nil || !slices.Contains(issuers, identity.Text(claims, "iss")) {
		if len(p.cfg.AccessTokenIssuers) == 0 {
			return nil, nil
		}
		return nil, failed(StepClaims, ErrUntrusted, "The access token is not one of this provider.")
	}
	return e.accessKeys.verifyBearer(ctx, token, identity.Text(claims, "iss"), func([]string, map[string]any) bool { return true }, p.cfg.Now)
}

// meantFor reports whether UserInfo or the signed token name one of audiences.
// Cognito: access tokens have no "aud", and name their client.
func meantFor(audiences []string, userInfo, signed map[string]any) bool {
	for _, claims := range []map[string]any{userInfo, signed} {
		named, _ := identity.Flatten(claims).Get("aud")
		for audience := range named.All() {
			if text, ok := audience.Text(); ok && slices.Contains(audiences, text) {
				return true
			}
		}
	}
	client := identity.Text(signed, "client_id")
	return signed["aud"] == nil && client != "" && slices.Contains(audiences, client)
}

// asymmetric are the algorithms of access tokens: discovery names only those of ID
// tokens.
var asymmetric = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}
