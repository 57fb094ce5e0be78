package relyingparty

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// Held is what a session has of a provider's earlier answers. All of it was
// verified when it came.
type Held struct {
	Tokens
	Subject, UserID string
	Expiry          time.Time
}

// unknownLife is how long tokens are used whose end the provider does not say.
const unknownLife = time.Hour

// Refresh implements [Provider]. A new ID token replaces everything that the old
// one said. If the answer has none (OpenID Connect Core §12.2), the old one
// stays, with what UserInfo says now.
func (p *Discovered) Refresh(ctx context.Context, held Held) (*Result, error) {
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	token, err := p.asChanged(ctx, &e, func(e *endpoints) (*oauth2.Token, error) {
		return e.token.refresh(ctx, e.TokenURL, held.Tokens.Refresh)
	})
	if err != nil {
		return nil, err
	}
	var r *Result
	if tokensOf(token).ID != "" {
		r, err = p.result(ctx, e, token, "")
	} else {
		now := held
		now.Tokens = tokensOf(token)
		now.Tokens.ID, now.Expiry = held.Tokens.ID, endOf(token, p.cfg.Now())
		r, err = p.again(ctx, e, now)
	}
	if err == nil {
		err = samePerson(r, held)
	}
	if err != nil {
		return unfinished(token), tryAgain(err)
	}
	return r, nil
}

// unfinished is the result of a refresh that failed after the token endpoint had
// answered. The old refresh token may be spent.
func unfinished(t *oauth2.Token) *Result {
	return &Result{Tokens: Tokens{Refresh: tokensOf(t).Refresh}}
}

// endOf returns when the access token of an answer ends. "expires_in" is only
// recommended (RFC 6749 §5.1).
func endOf(t *oauth2.Token, now time.Time) time.Time {
	if t.ExpiresIn > 0 {
		return now.Add(time.Duration(t.ExpiresIn) * time.Second)
	}
	return now.Add(unknownLife)
}

// expiryOf returns when the access token or the ID token ends, whichever is first and
// counts.
func (p *Discovered) expiryOf(t *oauth2.Token, id *idToken, now time.Time) time.Time {
	if t.ExpiresIn <= 0 {
		return id.Expiry
	}
	access := endOf(t, now)
	if p.cfg.OutlivesIDToken || access.Before(id.Expiry) {
		return access
	}
	return id.Expiry
}

// Recheck implements [Provider].
func (p *Discovered) Recheck(ctx context.Context, held Held) (*Result, error) {
	e, err := p.endpoints(ctx)
	if err != nil || e.UserInfoURL == "" {
		return nil, err
	}
	r, err := p.again(ctx, e, held)
	if next := p.changed(ctx, e, err); next != nil && next.UserInfoURL != "" {
		r, err = p.again(ctx, next, held)
	}
	if err != nil {
		return nil, tryAgain(err)
	}
	return r, samePerson(r, held)
}

// again returns the claims of the ID token in held, with what UserInfo says now.
// UserInfo is the newer word: where it speaks, it counts.
func (p *Discovered) again(ctx context.Context, e *endpoints, held Held) (*Result, error) {
	claims, err := claimsOf(held.Tokens.ID)
	if err != nil {
		return nil, failed(StepClaims, ErrRefused, "The ID token of the session can't be read.").because(err)
	}
	if e.UserInfoURL != "" {
		more, err := p.userInfo(ctx, e, held.Access, held.Subject)
		if err != nil {
			return nil, err
		}
		renew(claims, more)
	}
	if err := p.fetchGroups(ctx, e, claims, held.Access); err != nil {
		return nil, err
	}
	return p.resultOf(e, claims, held.Tokens, held.Expiry)
}

// tryAgain makes an error about a session one that may pass, unless the provider
// says that the token or the person may not any more. It says so at UserInfo, with
// 401 or 403. Keys that can't be had say nothing about a person.
func tryAgain(err error) error {
	step, ok := errors.AsType[*StepError](err)
	switch {
	case !ok:
		return err
	case step.Step == StepKeys,
		step.Step == StepUserInfo && errors.Is(err, ErrRefused) && step.Status != http.StatusUnauthorized && step.Status != http.StatusForbidden:
		return ErrUnreachable.Because(err)
	}
	return err
}

// renew sets claims to what UserInfo says now. What the ID token says about
// itself and about the sign-in stays.
func renew(claims, now map[string]any) {
	before := maps.Clone(claims)
	for name, value := range now {
		if !identity.OfSignIn(name) {
			claims[name] = value
		}
	}
	for _, k := range addressKinds {
		k.renew(claims, before, now)
	}
}

// claimsOf returns the claims of an ID token that was verified before.
func claimsOf(token seal.Secret) (map[string]any, error) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return nil, errors.New("not a signed token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, err
	}
	var claims map[string]any
	if err := unmarshal(payload, &claims); err != nil {
		return nil, err
	}
	return claims, nil
}

// samePerson checks that an answer is about the person of a session; OpenID
// Connect Core §12.2.
func samePerson(r *Result, held Held) error {
	if r.UserID != held.UserID || held.Subject != "" && r.Subject != held.Subject {
		return failed(StepClaims, ErrRefused, "The provider renewed the session of one person with the tokens of another.")
	}
	return nil
}

// resultOf returns the result of claims that are complete.
func (p *Discovered) resultOf(e *endpoints, claims map[string]any, tokens Tokens, expiry time.Time) (*Result, error) {
	nameGroups(claims, p.cfg.GroupsClaim)
	identity.Normalize(claims)
	userID := p.cfg.UserPrefix + identity.UserID(claims)
	if err := others(p.cfg.Others).check(userID); err != nil {
		return nil, err
	}
	return &Result{
		Issuer: identity.Text(claims, "iss"), Subject: identity.Text(claims, "sub"), UserID: userID,
		Email: identity.Text(claims, "email"), Name: identity.Text(claims, "name"),
		EmailUnverified: (identity.SaysUnverified(claims) || e.allTenants(p.cfg.Issuer) && doubtsTenant(claims)) && !p.cfg.AllowUnverifiedEmail,
		Claims:          claims, Tokens: tokens, Expiry: expiry, Rechecks: e.UserInfoURL != "",
	}, nil
}
