package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of refresh tokens.
var (
	ErrRefreshInvalid = fault.New(fault.Unauthenticated, "refresh_token_invalid", "Invalid Refresh Token")
	ErrRefreshRevoked = fault.New(fault.Unauthenticated, "refresh_token_revoked", "Refresh Token has been revoked")
	ErrRefreshExpired = fault.New(fault.Expired, "refresh_token_expired", "Refresh Token has expired")
	ErrRefreshReused  = fault.New(fault.Unauthenticated, "refresh_token_reused", "Refresh Token has been used already")
	ErrUserDisabled   = fault.New(fault.Denied, "token_user_disabled", "User is disabled.")
)

// RefreshInput is a request for the next tokens of a sign-in.
type RefreshInput struct {
	Token    seal.Secret
	Metadata map[string]string // ClientMetadata, for the pool's function
	From     Visitor
	Device   device.Key // on which the client runs; "": it did not say
	// Check may refuse the user whose token it is, before anything is written.
	// nil: it does not.
	Check func(*user.User) error
}

// Refresh issues new ID and access tokens of the grant of the refresh token, with
// the user's present attributes and groups. If the client rotates refresh tokens,
// it also returns the next refresh token, which ends when the first one would have
// ended, and a second use of the old token gets [ErrRefreshReused]. The caller has
// authenticated client; for the token of another client the error is
// ErrRefreshInvalid.
func (e *Engine) Refresh(ctx context.Context, client *userpool.Client, in RefreshInput) (*Tokens, error) {
	now := e.now()
	g, used, err := e.grantOf(ctx, client, in.Token)
	if errors.Is(err, ErrWrongClient) || errors.Is(err, ErrGrantNotFound) {
		return nil, ErrRefreshInvalid.Because(err)
	}
	if err != nil {
		return nil, err
	}
	if !g.accepts(used.generation, now, client.RefreshGrace()) {
		return nil, e.endReused(ctx, g, now)
	}
	i, err := e.refreshing(ctx, client, g, now)
	if err != nil {
		return nil, err
	}
	if err := i.checkDevice(in.Device); err != nil {
		return nil, err
	}
	if in.Check != nil {
		if err := in.Check(i.user); err != nil {
			return nil, err
		}
	}
	i.source, i.metadata = trigger.TokensRefresh, in.Metadata
	tokens, err := e.issue(ctx, i)
	if err != nil {
		return nil, err
	}
	// The old token is used up last, so that no failure before it costs the
	// client its sign-in.
	use := use{client: client, token: used, activity: activity(i.pool, in.From, now), now: now}
	switch {
	case client.RotatesRefresh():
		tokens.Refresh, err = e.nextRefresh(ctx, g, use)
	case g.Activity.Tracked() && use.activity.Tracked():
		err = e.noteUse(ctx, g, use)
	}
	if err != nil {
		return nil, err
	}
	return tokens, nil
}

// refreshing loads what is needed to refresh g, and checks that it may be
// refreshed.
func (e *Engine) refreshing(ctx context.Context, client *userpool.Client, g *Grant, now time.Time) (*issuance, error) {
	pool, err := e.Pools.Pool(ctx, client.Pool)
	if err != nil {
		return nil, fmt.Errorf("load pool: %w", err)
	}
	u, err := e.Users.User(ctx, g.Pool, g.Sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return nil, ErrRefreshInvalid.Because(errUserGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load user: %w", err)
	}
	if err := mayRefresh(g, u, now); err != nil {
		return nil, err
	}
	if g, err = e.narrowed(ctx, client, g); err != nil {
		return nil, err
	}
	return &issuance{pool: pool, client: client, user: u, grant: g, now: now}, nil
}

// checkDevice refuses to refresh a grant without the device to which it is bound,
// or before the device is confirmed. Cognito: "Getting a device key".
func (i *issuance) checkDevice(named device.Key) error {
	if i.pool.Settings.Devices == nil || i.grant.DeviceKey == "" {
		return nil
	}
	if named != i.grant.DeviceKey || !i.grant.DeviceConfirmed {
		return ErrRefreshInvalid.Because(errOtherDevice)
	}
	return nil
}

// RefreshOAuth is Refresh for the token endpoint. A client that has neither OAuth
// nor a way to refresh by the API gets ErrGrantNotAllowed.
func (e *Engine) RefreshOAuth(ctx context.Context, client *userpool.Client, in RefreshInput) (*Tokens, error) {
	if !client.Settings.OAuth && !client.RotatesRefresh() && !client.AllowsFlow(userpool.FlowRefreshToken) {
		return nil, ErrGrantNotAllowed
	}
	return e.Refresh(ctx, client, in)
}

// Causes, for the log. They are plain errors: if they were faults of other
// engines, an edge would answer with them.
var (
	errUserGone     = errors.New("the user was deleted")
	errUserDisabled = errors.New("the user is disabled")
	errUserStatus   = errors.New("the user must confirm the account or replace the password first")
	errClientGone   = errors.New("the app client was deleted")
	errNoScopeLeft  = errors.New("the app client has none of the scopes any more")
	errTwoUsers     = errors.New("the browser has sessions of two users")
	errPoolGone     = errors.New("there is no such pool")
	errOtherDevice  = errors.New("the refresh token is bound to a device that was not named, or is not confirmed")
)

// grantOf returns the grant of a refresh token, and the token as it was read.
// Errors: ErrGrantNotFound; ErrWrongClient for the token of another client.
func (e *Engine) grantOf(ctx context.Context, client *userpool.Client, refresh seal.Secret) (*Grant, refreshToken, error) {
	t, ok := e.readRefreshToken(refresh)
	if !ok {
		return nil, t, ErrGrantNotFound
	}
	g, err := e.store.GrantByRefresh(ctx, seal.Hash(t.handle.Reveal()))
	if err != nil {
		return nil, t, fmt.Errorf("load grant: %w", err)
	}
	if g.Pool != client.Pool || g.Client != client.ID {
		return nil, t, ErrWrongClient
	}
	return g, t, nil
}

// narrowed returns the grant with the scopes that the client still has and that
// still exist. RFC 9700 §2.3: a client gets no more than it is allowed now.
// Errors: ErrRefreshInvalid if no scope is left; ErrScopeUnreadable.
func (e *Engine) narrowed(ctx context.Context, client *userpool.Client, g *Grant) (*Grant, error) {
	if g.Source != SourceOAuth {
		return g, nil
	}
	scopes, err := e.keptScopes(ctx, client, g.Scopes)
	switch {
	case err != nil:
		return nil, err
	case len(scopes) == 0:
		return nil, ErrRefreshInvalid.Because(errNoScopeLeft)
	}
	kept := *g
	kept.Scopes = scopes
	return &kept, checkReadable(client, scopes)
}

func mayRefresh(g *Grant, u *user.User, now time.Time) error {
	switch {
	case !g.Revoked.IsZero():
		return ErrRefreshRevoked
	case !now.Before(g.Expires):
		return ErrRefreshExpired
	case !u.Enabled:
		return ErrUserDisabled
	}
	return nil
}
