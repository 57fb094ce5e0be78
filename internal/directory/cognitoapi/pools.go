package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateUserPool makes a user pool.
func (a *API) CreateUserPool(ctx context.Context, in *wire.CreateUserPoolInput) (*wire.CreateUserPoolOutput, error) {
	s, err := poolSettings(in)
	if err != nil {
		return nil, err
	}
	if s.Schema, err = schemaOf(in.Schema); err != nil {
		return nil, err
	}
	p, err := a.Pools.CreatePool(ctx, "", a.region(ctx), val(in.PoolName), s)
	if err != nil {
		return nil, err
	}
	return &wire.CreateUserPoolOutput{UserPool: a.wirePool(p, nil, 0)}, nil
}

// DescribeUserPool returns a pool with its domains and the number of its users.
func (a *API) DescribeUserPool(ctx context.Context, in *wire.DescribeUserPoolInput) (*wire.DescribeUserPoolOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	domains, err := a.Pools.DomainsOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	users, err := a.Users.Count(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := a.wirePool(p, domains, users)
	federated, err := a.Pools.HasProviders(ctx, p.ID)
	if federated { // Cognito: the attribute is there once the pool has a provider
		out.SchemaAttributes = append(out.SchemaAttributes, identitiesAttribute())
	}
	return &wire.DescribeUserPoolOutput{UserPool: out}, err
}

// UpdateUserPool replaces a pool's settings. A member that the request leaves out
// gets its default, except for those that [userpool.Engine.ReplaceSettings] keeps.
// Cognito: UpdateUserPool.
func (a *API) UpdateUserPool(ctx context.Context, in *wire.UpdateUserPoolInput) (*wire.UpdateUserPoolOutput, error) {
	s, err := poolSettings(asCreateUserPool(in))
	if err != nil {
		return nil, err
	}
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := a.Imports.CheckIdle(ctx, p.ID); err != nil {
		return nil, err
	}
	var mode *userpool.MFAMode
	if in.MFAConfiguration != nil {
		mode = new(modeOf(in.MFAConfiguration))
	}
	return nil, a.Pools.ReplaceSettings(ctx, p.ID, in.PoolName, mode, s)
}

// DeleteUserPool removes a pool with everything that belongs to it.
func (a *API) DeleteUserPool(ctx context.Context, in *wire.DeleteUserPoolInput) (*wire.DeleteUserPoolOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := a.Imports.CheckIdle(ctx, p.ID); err != nil {
		return nil, err
	}
	return nil, a.Pools.DeletePool(ctx, p.ID)
}

// ListUserPools lists pools, sorted by id.
func (a *API) ListUserPools(ctx context.Context, in *wire.ListUserPoolsInput) (*wire.ListUserPoolsOutput, error) {
	after, err := a.after("ListUserPools", in.NextToken)
	if err != nil {
		return nil, err
	}
	pools, next, err := a.Pools.ListPoolsIn(ctx, a.region(ctx), userpool.PoolID(after), int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolsOutput{UserPools: []wire.UserPoolDescription{}}
	for _, p := range pools {
		out.UserPools = append(out.UserPools, wire.UserPoolDescription{
			ID: new(string(p.ID)), Name: new(p.Name), LambdaConfig: wireTriggers(p.Settings.Triggers),
			CreationDate: wire.At(p.Created), LastModifiedDate: wire.At(p.Modified),
		})
	}
	out.NextToken, err = a.pageToken("ListUserPools", string(next))
	return out, err
}

// AddCustomAttributes adds attributes to a pool's schema.
func (a *API) AddCustomAttributes(ctx context.Context, in *wire.AddCustomAttributesInput) (*wire.AddCustomAttributesOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	var add []userpool.Attribute
	for _, s := range in.CustomAttributes {
		attribute, err := customAttribute(s)
		if err != nil {
			return nil, err
		}
		add = append(add, attribute)
	}
	if err := a.Imports.CheckIdle(ctx, p.ID); err != nil {
		return nil, err
	}
	return nil, a.Pools.AddCustomAttributes(ctx, p.ID, add)
}
