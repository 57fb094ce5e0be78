package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateResourceServer adds a resource server to a pool.
func (a *API) CreateResourceServer(ctx context.Context, in *wire.CreateResourceServerInput) (*wire.CreateResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	r, err := a.Pools.CreateResourceServer(ctx, userpool.ResourceServer{Pool: p.ID, Identifier: val(in.Identifier), Name: val(in.Name), Scopes: scopesOf(in.Scopes)})
	if err != nil {
		return nil, err
	}
	return &wire.CreateResourceServerOutput{ResourceServer: wireResourceServer(r)}, nil
}

// DescribeResourceServer returns a resource server.
func (a *API) DescribeResourceServer(ctx context.Context, in *wire.DescribeResourceServerInput) (*wire.DescribeResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	r, err := a.Pools.ResourceServer(ctx, p.ID, val(in.Identifier))
	if err != nil {
		return nil, err
	}
	return &wire.DescribeResourceServerOutput{ResourceServer: wireResourceServer(r)}, nil
}

// UpdateResourceServer replaces a resource server's name and scopes.
func (a *API) UpdateResourceServer(ctx context.Context, in *wire.UpdateResourceServerInput) (*wire.UpdateResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	r, err := a.Pools.ReplaceResourceServer(ctx, p.ID, val(in.Identifier), val(in.Name), scopesOf(in.Scopes))
	if err != nil {
		return nil, err
	}
	return &wire.UpdateResourceServerOutput{ResourceServer: wireResourceServer(r)}, nil
}

// DeleteResourceServer removes a resource server.
func (a *API) DeleteResourceServer(ctx context.Context, in *wire.DeleteResourceServerInput) (*wire.DeleteResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.DeleteResourceServer(ctx, p.ID, val(in.Identifier))
}

// ListResourceServers lists a pool's resource servers, sorted by identifier.
func (a *API) ListResourceServers(ctx context.Context, in *wire.ListResourceServersInput) (*wire.ListResourceServersOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListResourceServers:" + string(p.ID)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	servers, next, err := a.Pools.ListResourceServers(ctx, p.ID, after, int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListResourceServersOutput{ResourceServers: []wire.ResourceServer{}}
	for _, r := range servers {
		out.ResourceServers = append(out.ResourceServers, *wireResourceServer(r))
	}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

func scopesOf(list []wire.ResourceServerScope) []userpool.Scope {
	var scopes []userpool.Scope
	for _, s := range list {
		scopes = append(scopes, userpool.Scope{Name: val(s.ScopeName), Description: val(s.ScopeDescription)})
	}
	return scopes
}

func wireResourceServer(r *userpool.ResourceServer) *wire.ResourceServer {
	out := &wire.ResourceServer{UserPoolID: new(string(r.Pool)), Identifier: new(r.Identifier), Name: new(r.Name), Scopes: []wire.ResourceServerScope{}}
	for _, s := range r.Scopes {
		out.Scopes = append(out.Scopes, wire.ResourceServerScope{ScopeName: new(s.Name), ScopeDescription: new(s.Description)})
	}
	return out
}
