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
	Device   device.Key     // on which the client runs; "": it did not say
	Pool     *userpool.Pool // of the client; nil: it is loaded
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
	i, used, err := e.refreshable(ctx, client, in.Token)
	if errors.Is(err, ErrWrongClient) || errors.Is(err, ErrGrantNotFound) {
		return nil, ErrRefreshInvalid.Because(err)
	}
	if err != nil {
		return nil, err
	}
	g := i.grant
	if !g.accepts(used.generation, now, client.RefreshGrace()) {
		return nil, e.endReused(ctx, g, now)
	}
	i.now = now
	if err := e.mayRefresh(ctx, i, in.Pool); err != nil {
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

// refreshable loads the grant of a refresh token of the client, with its user, who is
// nil if gone. Errors: as grantOf.
func (e *Engine) refreshable(ctx context.Context, client *userpool.Client, refresh seal.Secret) (*issuance, refreshToken, error) {
	t, ok := e.readRefreshToken(refresh)
	if !ok {
		return nil, t, ErrGrantNotFound
	}
	g, u, groups, err := e.store.Refreshing(ctx, client.Pool, seal.Hash(t.handle.Reveal()))
	if err != nil {
		return nil, t, fmt.Errorf("load grant: %w", err)
	}
	if g.Client != client.ID {
		return nil, t, ErrWrongClient
	}
	return &issuance{client: client, user: u, groups: groups, grant: g}, t, nil
}

// mayRefresh checks that the grant may be refreshed, and completes i. pool may be nil.
func (e *Engine) mayRefresh(ctx context.Context, i *issuance, pool *userpool.Pool) (err error) {
	if pool == nil {
		if pool, err = e.Pools.Pool(ctx, i.client.Pool); err != nil {
			return fmt.Errorf("load pool: %w", err)
		}
	}
	i.pool = pool
	if i.user == nil {
		return ErrRefreshInvalid.Because(errUserGone)
	}
	if err := mayRefresh(i.grant, i.user, i.now); err != nil {
		return err
	}
	i.grant, err = e.narrowed(ctx, i.client, i.grant)
	return err
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
