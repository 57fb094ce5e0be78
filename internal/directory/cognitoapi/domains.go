package cognitoapi

import (
	"context"
	"errors"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateUserPoolDomain gives a pool its domain: a prefix, or with
// CustomDomainConfig a whole host name.
func (a *API) CreateUserPoolDomain(ctx context.Context, in *wire.CreateUserPoolDomainInput) (*wire.CreateUserPoolDomainOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := refuse(unofferedDomainMembers(in.Routing != nil)...); err != nil {
		return nil, err
	}
	d := userpool.Domain{Name: val(in.Domain), Pool: p.ID, ManagedLoginVersion: int(val(in.ManagedLoginVersion))}
	if in.CustomDomainConfig != nil {
		d.Custom, d.CertificateARN = true, val(in.CustomDomainConfig.CertificateARN)
	}
	if _, err := a.Pools.CreateDomain(ctx, d); err != nil {
		return nil, err
	}
	out := &wire.CreateUserPoolDomainOutput{ManagedLoginVersion: in.ManagedLoginVersion}
	if d.Custom {
		out.CloudFrontDomain = ptr(d.Name)
	}
	return out, nil
}

// DescribeUserPoolDomain shows a domain; an empty description when nobody has
// it. Cognito: observed.
func (a *API) DescribeUserPoolDomain(ctx context.Context, in *wire.DescribeUserPoolDomainInput) (*wire.DescribeUserPoolDomainOutput, error) {
	d, err := a.Pools.Store.Domain(ctx, val(in.Domain))
	if errors.Is(err, userpool.ErrDomainNotFound) {
		return &wire.DescribeUserPoolDomainOutput{DomainDescription: &wire.DomainDescription{}}, nil
	}
	if err != nil {
		return nil, err
	}
	out := &wire.DomainDescription{
		UserPoolID: ptr(string(d.Pool)), AWSAccountID: ptr(a.AccountID), Domain: ptr(d.Name), Status: ptr("ACTIVE"),
		Version: ptr(d.Created.UTC().Format("20060102150405")), ManagedLoginVersion: ptr(int64(d.ManagedLoginVersion)), CustomDomainConfig: &wire.CustomDomainConfig{},
	}
	if d.Custom {
		out.CustomDomainConfig.CertificateARN = nonZero(d.CertificateARN)
		out.CloudFrontDistribution = ptr(d.Name)
	}
	return &wire.DescribeUserPoolDomainOutput{DomainDescription: out}, nil
}

// UpdateUserPoolDomain changes a domain's certificate and the version of its
// pages.
func (a *API) UpdateUserPoolDomain(ctx context.Context, in *wire.UpdateUserPoolDomainInput) (*wire.UpdateUserPoolDomainOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := refuse(unofferedDomainMembers(in.Routing != nil)...); err != nil {
		return nil, err
	}
	d, err := a.Pools.Store.UpdateDomain(ctx, p.ID, val(in.Domain), func(d *userpool.Domain) error {
		if in.ManagedLoginVersion != nil {
			d.ManagedLoginVersion = int(*in.ManagedLoginVersion)
		}
		if in.CustomDomainConfig != nil && d.Custom {
			d.CertificateARN = val(in.CustomDomainConfig.CertificateARN)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateUserPoolDomainOutput{ManagedLoginVersion: ptr(int64(d.ManagedLoginVersion))}, nil
}

// DeleteUserPoolDomain takes a domain from its pool.
func (a *API) DeleteUserPoolDomain(ctx context.Context, in *wire.DeleteUserPoolDomainInput) (*wire.DeleteUserPoolDomainOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.Store.DeleteDomain(ctx, p.ID, val(in.Domain))
}

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
	return &wire.CreateResourceServerOutput{ResourceServer: resourceServerOut(r)}, nil
}

// DescribeResourceServer shows a resource server.
func (a *API) DescribeResourceServer(ctx context.Context, in *wire.DescribeResourceServerInput) (*wire.DescribeResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	r, err := a.Pools.Store.ResourceServer(ctx, p.ID, val(in.Identifier))
	if err != nil {
		return nil, resourceServerError(err, in.Identifier)
	}
	return &wire.DescribeResourceServerOutput{ResourceServer: resourceServerOut(r)}, nil
}

// UpdateResourceServer replaces a resource server's name and scopes.
func (a *API) UpdateResourceServer(ctx context.Context, in *wire.UpdateResourceServerInput) (*wire.UpdateResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	r, err := a.Pools.Store.UpdateResourceServer(ctx, p.ID, val(in.Identifier), func(r *userpool.ResourceServer) error {
		r.Name, r.Scopes = val(in.Name), scopesOf(in.Scopes)
		return nil
	})
	if err != nil {
		return nil, resourceServerError(err, in.Identifier)
	}
	return &wire.UpdateResourceServerOutput{ResourceServer: resourceServerOut(r)}, nil
}

// DeleteResourceServer removes a resource server.
func (a *API) DeleteResourceServer(ctx context.Context, in *wire.DeleteResourceServerInput) (*wire.DeleteResourceServerOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, resourceServerError(a.Pools.Store.DeleteResourceServer(ctx, p.ID, val(in.Identifier)), in.Identifier)
}

// ListResourceServers lists a pool's resource servers by identifier.
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
	size := limit(in.MaxResults, 50)
	rows, err := a.Pools.Store.ResourceServers(ctx, p.ID, after, size+1)
	if err != nil {
		return nil, err
	}
	rows, after = page(rows, size, func(r *userpool.ResourceServer) string { return r.Identifier })
	out := &wire.ListResourceServersOutput{ResourceServers: []wire.ResourceServer{}}
	for _, r := range rows {
		out.ResourceServers = append(out.ResourceServers, *resourceServerOut(r))
	}
	out.NextToken, err = a.next(list, after)
	return out, err
}

func scopesOf(list []wire.ResourceServerScope) []userpool.Scope {
	var scopes []userpool.Scope
	for _, s := range list {
		scopes = append(scopes, userpool.Scope{Name: val(s.ScopeName), Description: val(s.ScopeDescription)})
	}
	return scopes
}

func resourceServerOut(r *userpool.ResourceServer) *wire.ResourceServer {
	out := &wire.ResourceServer{UserPoolID: ptr(string(r.Pool)), Identifier: ptr(r.Identifier), Name: ptr(r.Name), Scopes: []wire.ResourceServerScope{}}
	for _, s := range r.Scopes {
		out.Scopes = append(out.Scopes, wire.ResourceServerScope{ScopeName: ptr(s.Name), ScopeDescription: ptr(s.Description)})
	}
	return out
}

func resourceServerError(err error, id *string) error {
	if errors.Is(err, userpool.ErrResourceServerNotFound) {
		return userpool.ErrResourceServerNotFound.Saying("Resource server %s does not exist.", strings.TrimSpace(val(id)))
	}
	return err
}

func unofferedDomainMembers(routing bool) []notOffered {
	return []notOffered{{routing, "Routing"}}
}
