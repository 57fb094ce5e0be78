package relyingparty

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// Logout is what a provider's logout token says: that the sessions of a person,
// or one session of the provider's, have ended. Subject or ProviderSession is
// set, or both.
type Logout struct {
	Issuer, Subject, ProviderSession string
	TokenID                          string // each token counts once
	Until                            time.Time
}

// logoutEvent is the member of "events" that makes a token a logout token.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutClaims are the claims of a logout token; OpenID Connect Back-Channel
// Logout §2.4.
type logoutClaims struct {
	Issuer   string                     `json:"iss"`
	Audience json.RawMessage            `json:"aud"`
	Subject  string                     `json:"sub"`
	Session  string                     `json:"sid"`
	TokenID  string                     `json:"jti"`
	IssuedAt float64                    `json:"iat"`
	Expiry   float64                    `json:"exp"`
	Events   map[string]json.RawMessage `json:"events"`
	Nonce    any                        `json:"nonce"`
}

// ReadLogout verifies a logout token; OpenID Connect Back-Channel Logout §2.6.
// The caller accepts each TokenID once.
func (p *Discovered) ReadLogout(ctx context.Context, token seal.Secret) (*Logout, error) {
	// Before the provider is asked for anything: a token of another one does not
	// concern it. Whether it says the truth shows below.
	if said, err := claimsOf(token); err != nil || identity.Text(said, "iss") != p.cfg.Issuer {
		return nil, failed(StepClaims, ErrUntrusted, "The logout token is from another issuer.").because(err)
	}
	e, err := p.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	payload, err := e.keys.VerifySignature(ctx, token.Reveal())
	if err != nil {
		return nil, err
	}
	var c logoutClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, failed(StepClaims, ErrUntrusted, "The claims of the logout token can't be read.").because(err)
	}
	until := time.Unix(int64(c.Expiry), 0).Add(clockLeeway)
	if fault := c.fault(p.cfg.Issuer, p.cfg.ClientID, p.cfg.Now(), until); fault != "" {
		return nil, failed(StepClaims, ErrUntrusted, "The logout token %s.", fault)
	}
	return &Logout{Issuer: c.Issuer, Subject: c.Subject, ProviderSession: c.Session, TokenID: c.TokenID, Until: until}, nil
}

// fault returns what is wrong with the claims, or "".
func (c *logoutClaims) fault(issuer, clientID string, now, until time.Time) string {
	var event map[string]any
	switch {
	case c.Issuer != issuer:
		return "is from another issuer"
	case !slices.Contains(audiences(c.Audience), clientID):
		return "is meant for another client"
	case c.TokenID == "" || c.IssuedAt == 0 || c.Expiry == 0:
		return `lacks "jti", "iat" or "exp"`
	case !now.Before(until):
		return "has expired"
	case now.Add(clockLeeway).Before(time.Unix(int64(c.IssuedAt), 0)):
		return "is from the future"
	case json.Unmarshal(c.Events[logoutEvent], &event) != nil || event == nil:
		return "is a token of another kind"
	case c.Nonce != nil:
		return "has a nonce, as ID tokens have"
	case c.Subject == "" && c.Session == "":
		return `names neither a person ("sub") nor a session ("sid")`
	}
	return ""
}
