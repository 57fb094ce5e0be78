package cognitoapi

import (
	"cmp"
	"context"
	"errors"
	"net/url"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateUserPoolDomain gives a pool a domain: a prefix domain or, with
// CustomDomainConfig, a custom domain.
func (a *API) CreateUserPoolDomain(ctx context.Context, in *wire.CreateUserPoolDomainInput) (*wire.CreateUserPoolDomainOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := refuseRequested(unofferedDomainMembers(in.Routing)...); err != nil {
		return nil, err
	}
	d := userpool.Domain{Name: val(in.Domain), Pool: p.ID, ManagedLoginVersion: int(val(in.ManagedLoginVersion))}
	if in.CustomDomainConfig != nil {
		d.Custom, d.CertificateARN, d.SecurityPolicy = true, val(in.CustomDomainConfig.CertificateARN), val(in.CustomDomainConfig.SecurityPolicy)
	}
	if _, err := a.Pools.CreateDomain(ctx, d); err != nil {
		return nil, err
	}
	out := &wire.CreateUserPoolDomainOutput{ManagedLoginVersion: in.ManagedLoginVersion}
	if d.Custom {
		out.CloudFrontDomain = new(a.ownHost())
	}
	return out, nil
}

// ownHost returns the host that answers for every domain: what the DNS name of a
// custom domain must lead to. Cognito: the host of a CloudFront distribution.
func (a *API) ownHost() string {
	u, err := url.Parse(a.Tokens.BaseURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// assetBucket returns the name of the bucket in which Cognito has the files of its
// pages, as DescribeUserPoolDomain shows it. Cognito: observed.
func (a *API) assetBucket() string {
	site := map[string]string{"us-west-2": "pdx", "ap-northeast-1": "nrt"}[a.Region]
	return "aws-cognito-prod-" + cmp.Or(site, "iad") + "-assets"
}

// DescribeUserPoolDomain returns a domain. If no pool has it, the description is
// empty. Cognito: observed.
func (a *API) DescribeUserPoolDomain(ctx context.Context, in *wire.DescribeUserPoolDomainInput) (*wire.DescribeUserPoolDomainOutput, error) {
	d, err := a.Pools.Domain(ctx, val(in.Domain))
	if errors.Is(err, userpool.ErrDomainNotFound) || err == nil && d.Pool.Region() != a.region(ctx) {
		return &wire.DescribeUserPoolDomainOutput{DomainDescription: &wire.DomainDescription{}}, nil
	}
	if err != nil {
		return nil, err
	}
	out := &wire.DomainDescription{
		UserPoolID: new(string(d.Pool)), AWSAccountID: new(a.AccountID), Domain: new(d.Name), Status: new("ACTIVE"),
		Version: new(d.Created.UTC().Format("20060102150405")), ManagedLoginVersion: new(int64(d.ManagedLoginVersion)), CustomDomainConfig: &wire.CustomDomainConfig{},
		CloudFrontDistribution: new(a.ownHost()), S3Bucket: new(a.assetBucket()),
	}
	if d.Custom {
		out.CustomDomainConfig.CertificateARN, out.CustomDomainConfig.SecurityPolicy = nonZero(d.CertificateARN), new(d.LowestTLS())
	}
	return &wire.DescribeUserPoolDomainOutput{DomainDescription: out}, nil
}

// UpdateUserPoolDomain changes the certificate of a custom domain, the lowest version
// of TLS that it takes, and which version of the pages a domain shows. What the
// request leaves out stays.
func (a *API) UpdateUserPoolDomain(ctx context.Context, in *wire.UpdateUserPoolDomainInput) (*wire.UpdateUserPoolDomainOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := refuseRequested(unofferedDomainMembers(in.Routing)...); err != nil {
		return nil, err
	}
	var change userpool.DomainChange
	if in.ManagedLoginVersion != nil {
		change.ManagedLoginVersion = new(int(*in.ManagedLoginVersion))
	}
	if in.CustomDomainConfig != nil {
		change.CertificateARN, change.SecurityPolicy = new(val(in.CustomDomainConfig.CertificateARN)), in.CustomDomainConfig.SecurityPolicy
	}
	d, err := a.Pools.UpdateDomain(ctx, p.ID, val(in.Domain), change)
	if err != nil {
		return nil, err
	}
	out := &wire.UpdateUserPoolDomainOutput{ManagedLoginVersion: new(int64(d.ManagedLoginVersion))}
	if d.Custom {
		out.CloudFrontDomain = new(a.ownHost())
	}
	return out, nil
}

// DeleteUserPoolDomain takes a domain from its pool.
func (a *API) DeleteUserPoolDomain(ctx context.Context, in *wire.DeleteUserPoolDomainInput) (*wire.DeleteUserPoolDomainOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.DeleteDomain(ctx, p.ID, val(in.Domain))
}

func unofferedDomainMembers(routing *wire.Routing) []unofferedMember {
	return []unofferedMember{{routing != nil, "Routing"}}
}
