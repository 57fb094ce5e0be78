package cognitoapi

import (
	"context"
	"encoding/base64"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateIdentityProvider adds an identity provider to a pool.
func (a *API) CreateIdentityProvider(ctx context.Context, in *wire.CreateIdentityProviderInput) (*wire.CreateIdentityProviderOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	provider, err := a.Pools.CreateProvider(ctx, p, val(in.ProviderName), val(in.ProviderType), userpool.ProviderChange{
		Details: detailsOf(in.ProviderDetails), Attributes: in.AttributeMapping, ACR: in.ACRMapping, Identifiers: in.IDPIdentifiers,
	})
	if err != nil {
		return nil, err
	}
	out, err := a.wireProvider(provider)
	if in.IDPIdentifiers == nil { // Cognito: the answer repeats them only if they were sent
		out.IDPIdentifiers = nil
	}
	return &wire.CreateIdentityProviderOutput{IdentityProvider: out}, err
}

// DescribeIdentityProvider returns an identity provider.
func (a *API) DescribeIdentityProvider(ctx context.Context, in *wire.DescribeIdentityProviderInput) (*wire.DescribeIdentityProviderOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	provider, err := a.Pools.Provider(ctx, p.ID, val(in.ProviderName))
	if err != nil {
		return nil, err
	}
	out, err := a.wireProvider(provider)
	return &wire.DescribeIdentityProviderOutput{IdentityProvider: out}, err
}

// GetIdentityProviderByIdentifier returns the identity provider that has an
// identifier.
func (a *API) GetIdentityProviderByIdentifier(ctx context.Context, in *wire.GetIdentityProviderByIdentifierInput) (*wire.GetIdentityProviderByIdentifierOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	provider, err := a.Pools.ProviderByIdentifier(ctx, p.ID, val(in.IDPIdentifier))
	if err != nil {
		return nil, err
	}
	out, err := a.wireProvider(provider)
	return &wire.GetIdentityProviderByIdentifierOutput{IdentityProvider: out}, err
}

// UpdateIdentityProvider changes the members that the request has.
func (a *API) UpdateIdentityProvider(ctx context.Context, in *wire.UpdateIdentityProviderInput) (*wire.UpdateIdentityProviderOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	provider, err := a.Pools.UpdateProvider(ctx, p, val(in.ProviderName), userpool.ProviderChange{
		Details: detailsOf(in.ProviderDetails), Attributes: in.AttributeMapping, ACR: in.ACRMapping, Identifiers: in.IDPIdentifiers,
	})
	if err != nil {
		return nil, err
	}
	out, err := a.wireProvider(provider)
	if in.IDPIdentifiers == nil {
		out.IDPIdentifiers = nil
	}
	return &wire.UpdateIdentityProviderOutput{IdentityProvider: out}, err
}

// DeleteIdentityProvider removes an identity provider.
func (a *API) DeleteIdentityProvider(ctx context.Context, in *wire.DeleteIdentityProviderInput) (*wire.DeleteIdentityProviderOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.DeleteProvider(ctx, p.ID, val(in.ProviderName))
}

// ListIdentityProviders lists a pool's identity providers, sorted by name.
func (a *API) ListIdentityProviders(ctx context.Context, in *wire.ListIdentityProvidersInput) (*wire.ListIdentityProvidersOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListIdentityProviders:" + string(p.ID)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	providers, next, err := a.Pools.ListProviders(ctx, p.ID, after, int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListIdentityProvidersOutput{Providers: []wire.ProviderDescription{}}
	for _, p := range providers {
		out.Providers = append(out.Providers, wire.ProviderDescription{
			ProviderName: new(p.Name), ProviderType: new(p.Type), CreationDate: wire.At(p.Created), LastModifiedDate: wire.At(p.Modified),
		})
	}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

// GetSigningCertificate returns the certificate by which SAML providers recognise
// what a pool signs.
func (a *API) GetSigningCertificate(ctx context.Context, in *wire.GetSigningCertificateInput) (*wire.GetSigningCertificateOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	der, err := a.Pools.SigningCertificate(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &wire.GetSigningCertificateOutput{Certificate: new(base64.StdEncoding.EncodeToString(der))}, nil
}

// detailsOf returns nil if the request has no details.
func detailsOf(m wire.SecretMap) userpool.Details {
	if m == nil {
		return nil
	}
	d := userpool.Details{}
	for key, value := range m {
		d[key] = seal.Secret(value)
	}
	return d
}

// wireProvider returns the wire form of an identity provider, with the secret of
// the client.
func (a *API) wireProvider(p *userpool.Provider) (*wire.IdentityProvider, error) {
	out := &wire.IdentityProvider{
		UserPoolID: new(string(p.Pool)), ProviderName: new(p.Name), ProviderType: new(p.Type), ProviderDetails: wire.SecretMap{},
		AttributeMapping: p.Settings.Attributes, ACRMapping: p.Settings.ACR, IDPIdentifiers: append([]string{}, p.Settings.Identifiers...),
		CreationDate: wire.At(p.Created), LastModifiedDate: wire.At(p.Modified),
	}
	details, err := a.Pools.RevealDetails(p)
	for key, value := range details {
		out.ProviderDetails[key] = value.Reveal()
	}
	return out, err
}
