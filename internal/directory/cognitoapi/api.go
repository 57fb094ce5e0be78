package cognitoapi

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
)

// API has a method for each operation that Gatehouse offers. A method calls
// one engine. [API.Operations] lists them.
type API struct {
	Pools    *userpool.Engine
	Users    *user.Engine
	Accounts *account.Engine
	Devices  *device.Engine
	SignIns  *signin.Engine
	Tokens   *token.Engine
	Branding *branding.Engine
	Imports  *userimport.Engine
	Limits   *ratelimit.Engine
	Risks    *risk.Engine
	Sealer   *seal.Sealer
	Now      func() time.Time

	URL       string // the directory's own address
	Region    string // the region of the pools
	AccountID string // twelve digits; a part of every ARN
	// RegionOfCaller takes the region for which a request was signed instead of
	// Region. It is for development, where Region and the
	// client's region may differ.
	RegionOfCaller bool
}

// Errors of the operations themselves.
var (
	ErrNotOffered   = fault.New(fault.Invalid, "member_not_offered", "The request asks for something that this version of Gatehouse does not offer.")
	ErrPageToken    = fault.New(fault.Invalid, "page_token", "Invalid pagination token given.")
	ErrRevokeClient = fault.New(fault.Unauthenticated, "revoke_client", "Unauthorized")
	ErrARN          = fault.New(fault.NotFound, "arn_unknown", "The resource does not exist.")
)

// region returns the region of a request: it makes and sees pools of that region.
func (a *API) region(ctx context.Context) string {
	if c, ok := CallerOf(ctx); ok && a.RegionOfCaller && c.Region != "" {
		return c.Region
	}
	return a.Region
}

func (a *API) poolARN(id userpool.PoolID) string {
	return "arn:aws:cognito-idp:" + id.Region() + ":" + a.AccountID + ":userpool/" + string(id)
}

// pool loads the pool with an id. A pool of another region is not found, as at
// Cognito, where each region has its own endpoint.
func (a *API) pool(ctx context.Context, id *string) (*userpool.Pool, error) {
	p, err := a.Pools.Pool(ctx, userpool.PoolID(val(id)))
	if err == nil && p.ID.Region() != a.region(ctx) {
		return nil, userpool.ErrPoolNotFound.Saying("User pool %s does not exist.", p.ID)
	}
	return p, err
}

// poolAndClient loads a pool and one of its clients.
func (a *API) poolAndClient(ctx context.Context, pool, client *string) (*userpool.Pool, *userpool.Client, error) {
	p, err := a.pool(ctx, pool)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.Pools.ClientOf(ctx, p.ID, userpool.ClientID(val(client)))
	return p, c, err
}

// clientAndPool loads a client and its pool, for the operations that name a
// client only.
func (a *API) clientAndPool(ctx context.Context, id *string) (*userpool.Pool, *userpool.Client, error) {
	c, p, err := a.Pools.ClientAndPool(ctx, userpool.ClientID(val(id)))
	return p, c, err
}

// poolAndUser loads a pool and one of its users.
func (a *API) poolAndUser(ctx context.Context, pool, name *string) (*userpool.Pool, *user.User, error) {
	p, err := a.pool(ctx, pool)
	if err != nil {
		return nil, nil, err
	}
	u, err := a.Users.Find(ctx, p, val(name))
	return p, u, err
}

// bearer verifies the access token with which a user calls an operation for
// itself.
func (a *API) bearer(ctx context.Context, access *seal.Secret) (*token.Access, error) {
	return a.Tokens.VerifyAccess(ctx, val(access), userpool.ScopeUserAdmin)
}
