package cognitoapi

import (
	"context"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

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

// ListTagsForResource returns a pool's tags.
func (a *API) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	p, err := a.poolOfARN(ctx, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return &wire.ListTagsForResourceOutput{Tags: wireTags(p.Settings.Tags)}, nil
}

// poolOfARN returns the pool whose ARN is exactly arn. ErrARN.
func (a *API) poolOfARN(ctx context.Context, arn *string) (*userpool.Pool, error) {
	_, id, _ := strings.Cut(val(arn), ":userpool/")
	if id == "" || a.poolARN(userpool.PoolID(id)) != val(arn) {
		return nil, ErrARN.Saying("Resource %s does not exist.", val(arn))
	}
	return a.pool(ctx, &id)
}

// wireTags returns the tags of a pool. It never returns nil: a pool without tags
// has an empty map.
func wireTags(tags map[string]string) map[string]string {
	if tags == nil {
		return map[string]string{}
	}
	return tags
}
