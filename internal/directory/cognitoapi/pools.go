package cognitoapi

import (
	"context"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateUserPool makes a pool.
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
	return &wire.CreateUserPoolOutput{UserPool: a.poolOut(p, nil, 0)}, nil
}

// DescribeUserPool shows a pool with its domains and the number of its users.
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
	return &wire.DescribeUserPoolOutput{UserPool: a.poolOut(p, domains, users)}, nil
}

// UpdateUserPool sets a pool's settings; what is left out goes back to its
// default, but for the tier. Cognito: UpdateUserPool.
func (a *API) UpdateUserPool(ctx context.Context, in *wire.UpdateUserPoolInput) (*wire.UpdateUserPoolOutput, error) {
	s, err := poolSettings(updateAsCreate(in))
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.ReplaceSettings(ctx, userpool.PoolID(val(in.UserPoolID)), in.PoolName, s)
}

// DeleteUserPool removes a pool and all that is in it.
func (a *API) DeleteUserPool(ctx context.Context, in *wire.DeleteUserPoolInput) (*wire.DeleteUserPoolOutput, error) {
	return nil, a.Pools.DeletePool(ctx, userpool.PoolID(val(in.UserPoolID)))
}

// ListUserPools lists pools by id.
func (a *API) ListUserPools(ctx context.Context, in *wire.ListUserPoolsInput) (*wire.ListUserPoolsOutput, error) {
	after, err := a.after("ListUserPools", in.NextToken)
	if err != nil {
		return nil, err
	}
	pools, next, err := a.Pools.ListPools(ctx, userpool.PoolID(after), int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolsOutput{UserPools: []wire.UserPoolDescription{}}
	for _, p := range pools {
		out.UserPools = append(out.UserPools, wire.UserPoolDescription{
			ID: ptr(string(p.ID)), Name: ptr(p.Name), LambdaConfig: &wire.LambdaConfig{},
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
	return nil, a.Pools.AddCustomAttributes(ctx, p.ID, add)
}

// GetUserPoolMfaConfig shows that a pool asks for no second factor: none is
// offered yet.
func (a *API) GetUserPoolMfaConfig(ctx context.Context, in *wire.GetUserPoolMfaConfigInput) (*wire.GetUserPoolMfaConfigOutput, error) {
	if _, err := a.pool(ctx, in.UserPoolID); err != nil {
		return nil, err
	}
	return &wire.GetUserPoolMfaConfigOutput{MFAConfiguration: ptr("OFF")}, nil
}

// TagResource adds tags to a pool.
func (a *API) TagResource(ctx context.Context, in *wire.TagResourceInput) (*wire.TagResourceOutput, error) {
	p, err := a.poolOfARN(ctx, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.Tag(ctx, p.ID, in.Tags)
}

// UntagResource removes tags from a pool.
func (a *API) UntagResource(ctx context.Context, in *wire.UntagResourceInput) (*wire.UntagResourceOutput, error) {
	p, err := a.poolOfARN(ctx, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.Untag(ctx, p.ID, in.TagKeys)
}

// ListTagsForResource shows a pool's tags.
func (a *API) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	p, err := a.poolOfARN(ctx, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := p.Settings.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return &wire.ListTagsForResourceOutput{Tags: tags}, nil
}

// poolOfARN finds the pool whose ARN this is, to the letter.
func (a *API) poolOfARN(ctx context.Context, arn *string) (*userpool.Pool, error) {
	_, id, _ := strings.Cut(val(arn), ":userpool/")
	if id == "" || a.poolARN(userpool.PoolID(id)) != val(arn) {
		return nil, ErrARN.Saying("Resource %s does not exist.", val(arn))
	}
	return a.pool(ctx, &id)
}
