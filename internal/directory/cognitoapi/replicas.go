package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/userpool"
)

// ListUserPoolReplicas lists the regions of a pool: its own.
func (a *API) ListUserPoolReplicas(ctx context.Context, in *wire.ListUserPoolReplicasInput) (*wire.ListUserPoolReplicasOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if _, err := a.after("ListUserPoolReplicas:"+string(p.ID), in.NextToken); err != nil { // there is one page, and so no token
		return nil, err
	}
	out := &wire.ListUserPoolReplicasOutput{UserPoolReplicas: []wire.UserPoolReplica{}}
	for _, r := range p.Replicas() {
		out.UserPoolReplicas = append(out.UserPoolReplicas, wire.UserPoolReplica{RegionName: new(r.Region), Role: new("PRIMARY"), Status: new("ACTIVE"), UserPoolARN: new(a.poolARN(p.ID))})
	}
	return out, nil
}

// CreateUserPoolReplica is refused: an installation is one region.
func (a *API) CreateUserPoolReplica(ctx context.Context, in *wire.CreateUserPoolReplicaInput) (*wire.CreateUserPoolReplicaOutput, error) {
	if _, err := a.pool(ctx, in.UserPoolID); err != nil {
		return nil, err
	}
	return nil, userpool.ErrNoReplicas
}

// UpdateUserPoolReplica finds no replica to change.
func (a *API) UpdateUserPoolReplica(ctx context.Context, in *wire.UpdateUserPoolReplicaInput) (*wire.UpdateUserPoolReplicaOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, p.SecondaryIn(val(in.RegionName))
}

// DeleteUserPoolReplica finds no replica to delete.
func (a *API) DeleteUserPoolReplica(ctx context.Context, in *wire.DeleteUserPoolReplicaInput) (*wire.DeleteUserPoolReplicaOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, p.SecondaryIn(val(in.RegionName))
}

// GetProvisionedLimit returns the limit of a category of operations.
func (a *API) GetProvisionedLimit(ctx context.Context, in *wire.GetProvisionedLimitInput) (*wire.GetProvisionedLimitOutput, error) {
	category, err := limitNamed(in.LimitDefinition)
	if err != nil {
		return nil, err
	}
	l, err := a.Limits.Limit(ctx, category)
	if err != nil {
		return nil, err
	}
	return &wire.GetProvisionedLimitOutput{Limit: wireLimit(l)}, nil
}

// UpdateProvisionedLimit asks for the limit of a category of operations.
func (a *API) UpdateProvisionedLimit(ctx context.Context, in *wire.UpdateProvisionedLimitInput) (*wire.UpdateProvisionedLimitOutput, error) {
	category, err := limitNamed(in.LimitDefinition)
	if err != nil {
		return nil, err
	}
	l, err := a.Limits.Provision(ctx, category, val(in.RequestedLimitValue))
	if err != nil {
		return nil, err
	}
	return &wire.UpdateProvisionedLimitOutput{Limit: wireLimit(l)}, nil
}

// limitNamed returns the category that a definition names, and which is all that it
// may name.
func limitNamed(d *wire.LimitDefinition) (string, error) {
	category, named := d.Attributes["Category"]
	if !named || len(d.Attributes) != 1 {
		return "", ratelimit.ErrLimitNotFound.Saying("The attributes of a limit are one entry Category.")
	}
	return category, nil
}

func wireLimit(l ratelimit.Limit) *wire.Limit {
	return &wire.Limit{
		LimitDefinition: &wire.LimitDefinition{LimitClass: new("API_CATEGORY"), Attributes: map[string]string{"Category": l.Category}},
		FreeLimitValue:  new(int64(l.Default)), ProvisionedLimitValue: new(int64(l.Provisioned)),
	}
}
