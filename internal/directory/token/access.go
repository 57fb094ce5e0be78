package token

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of access tokens that a caller presents.
var (
	ErrAccessInvalid   = fault.New(fault.Unauthenticated, "access_token_invalid", "Invalid Access Token")
	ErrAccessSignature = fault.New(fault.Unauthenticated, "access_token_signature", "Could not verify signature for Access Token")
	ErrAccessExpired   = fault.New(fault.Expired, "access_token_expired", "Access Token has expired")
	ErrAccessRevoked   = fault.New(fault.Unauthenticated, "access_token_revoked", "Access Token has been revoked")
	ErrAccessScope     = fault.New(fault.Denied, "access_token_scope", "Access Token does not have required scopes")
)

// Access is a verified access token: whose it is and what it allows.
type Access struct {
	Pool    *userpool.Pool
	Client  *userpool.Client
	User    *user.User
	Scopes  []string
	GrantID GrantID
	Device  device.Key // on which the user signed in; "": none

	Proof    Proof     // how the user signed in
	AuthTime time.Time // when
}

// VerifyAccess verifies an access token: that a pool of this installation signed
// it, that it is neither expired nor revoked, and that it has requiredScope ("":
// any). Besides the errors of access tokens it returns user.ErrUserNotFound if
// the user was deleted.
//
// The token names its issuer, which names the pool. The token is then checked
// with the keys of that pool alone.
func (e *Engine) VerifyAccess(ctx context.Context, access seal.Secret, requiredScope string) (*Access, error) {
	s, ok := parseSigned(access.Reveal())
	if !ok {
		return nil, ErrAccessInvalid
	}
	pool, err := e.poolOf(ctx, s.claims.Issuer)
	if err != nil {
		return nil, err
	}
	if err := e.checkSigned(ctx, pool, s); err != nil {
		return nil, err
	}
	a := &Access{Pool: pool, Scopes: strings.Fields(s.claims.Scope)}
	if err := e.findBearer(ctx, a, &s.claims); err != nil {
		return nil, err
	}
	if err := e.checkStanding(ctx, a, &s.claims); err != nil {
		return nil, err
	}
	if requiredScope != "" && !contains(a.Scopes, requiredScope) {
		return nil, ErrAccessScope
	}
	return a, nil
}

// poolOf returns the pool of an issuer. The issuer comes from a token that is not
// verified yet.
func (e *Engine) poolOf(ctx context.Context, issuer string) (*userpool.Pool, error) {
	id := userpool.PoolID(issuer[strings.LastIndexByte(issuer, '/')+1:])
	pool, err := e.Pools.Pool(ctx, id)
	if errors.Is(err, userpool.ErrPoolNotFound) {
		return nil, ErrAccessInvalid.Because(errPoolGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load pool: %w", err)
	}
	if e.Issuer(pool) != issuer {
		return nil, ErrAccessInvalid
	}
	return pool, nil
}

// checkSigned checks the signature, kind and expiry of an access token of a user.
func (e *Engine) checkSigned(ctx context.Context, pool *userpool.Pool, s *signed) error {
	err := e.checkAccess(ctx, pool, s)
	if (err == nil || errors.Is(err, ErrAccessExpired)) && s.claims.Username == "" {
		return ErrAccessInvalid // a machine's
	}
	return err
}

// checkAccess checks the signature, kind and expiry of an access token of a user or
// a machine.
func (e *Engine) checkAccess(ctx context.Context, pool *userpool.Pool, s *signed) error {
	ring, err := e.ring(ctx, pool)
	switch {
	case err != nil:
		return err
	case !ring.verify(s):
		return ErrAccessSignature
	case s.claims.Use != "access" || ring.public[s.kid].use != UseAccess:
		return ErrAccessInvalid // an ID token
	case e.now().Unix() >= s.claims.Expires:
		return ErrAccessExpired
	}
	return nil
}

// findBearer loads the app client and the user of the token.
func (e *Engine) findBearer(ctx context.Context, a *Access, c *tokenClaims) (err error) {
	a.Client, err = e.Pools.ClientOf(ctx, a.Pool.ID, userpool.ClientID(c.ClientID))
	if errors.Is(err, userpool.ErrClientNotFound) {
		return ErrAccessRevoked.Because(errClientGone)
	}
	if err != nil {
		return fmt.Errorf("load client: %w", err)
	}
	if a.User, err = e.Users.User(ctx, a.Pool.ID, user.Sub(c.Subject)); err != nil {
		return fmt.Errorf("load user: %w", err)
	}
	return nil
}

// checkStanding returns an error if the token was revoked, which is with its grant.
// A deleted grant counts as revoked.
func (e *Engine) checkStanding(ctx context.Context, a *Access, c *tokenClaims) error {
	if !a.User.Enabled {
		return ErrAccessRevoked.Because(errUserDisabled)
	}
	g, err := e.grantOfAccess(ctx, a, c)
	if errors.Is(err, ErrGrantNotFound) {
		return ErrAccessRevoked.Because(err)
	}
	if err != nil {
		return fmt.Errorf("load grant: %w", err)
	}
	if !g.Revoked.IsZero() || g.Client != a.Client.ID || g.Sub != a.User.Sub {
		return ErrAccessRevoked
	}
	a.GrantID, a.Device, a.Proof, a.AuthTime = g.ID, g.DeviceKey, g.Proof, g.AuthTime
	return nil
}

// grantOfAccess finds the grant by the origin of the token or, if it was issued
// while the client had revocation turned off, by its event. No token is compared by
// time with a sign-out: the two may be of nodes whose clocks differ.
func (e *Engine) grantOfAccess(ctx context.Context, a *Access, c *tokenClaims) (*Grant, error) {
	if c.Origin == "" {
		return e.store.GrantByEvent(ctx, a.Pool.ID, a.User.Sub, c.Event)
	}
	return e.store.Grant(ctx, a.Pool.ID, GrantID(c.Origin))
}
