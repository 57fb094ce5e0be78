package cognitoapi

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// CreateManagedLoginBranding gives an app client a style.
func (a *API) CreateManagedLoginBranding(ctx context.Context, in *wire.CreateManagedLoginBrandingInput) (*wire.CreateManagedLoginBrandingOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	s, err := a.Branding.CreateStyle(ctx, p.ID, c.ID, branding.StyleChange{Provided: in.UseCognitoProvidedValues, Settings: in.Settings, Assets: assetsOf(in.Assets)})
	if err != nil {
		return nil, err
	}
	return &wire.CreateManagedLoginBrandingOutput{ManagedLoginBranding: wireStyle(s)}, nil
}

// UpdateManagedLoginBranding changes a style. What the request leaves out stays.
func (a *API) UpdateManagedLoginBranding(ctx context.Context, in *wire.UpdateManagedLoginBrandingInput) (*wire.UpdateManagedLoginBrandingOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	s, err := a.Branding.UpdateStyle(ctx, p.ID, strings.ToLower(val(in.ManagedLoginBrandingID)), branding.StyleChange{Provided: in.UseCognitoProvidedValues, Settings: in.Settings, Assets: assetsOf(in.Assets)})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateManagedLoginBrandingOutput{ManagedLoginBranding: wireStyle(s)}, nil
}

// DescribeManagedLoginBranding returns a style.
func (a *API) DescribeManagedLoginBranding(ctx context.Context, in *wire.DescribeManagedLoginBrandingInput) (*wire.DescribeManagedLoginBrandingOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	s, err := a.Branding.Style(ctx, p.ID, strings.ToLower(val(in.ManagedLoginBrandingID)), val(in.ReturnMergedResources))
	if err != nil {
		return nil, err
	}
	return &wire.DescribeManagedLoginBrandingOutput{ManagedLoginBranding: wireStyle(s)}, nil
}

// DescribeManagedLoginBrandingByClient returns the style of an app client.
func (a *API) DescribeManagedLoginBrandingByClient(ctx context.Context, in *wire.DescribeManagedLoginBrandingByClientInput) (*wire.DescribeManagedLoginBrandingByClientOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	s, err := a.Branding.StyleOf(ctx, p.ID, c.ID, val(in.ReturnMergedResources))
	if err != nil {
		return nil, err
	}
	return &wire.DescribeManagedLoginBrandingByClientOutput{ManagedLoginBranding: wireStyle(s)}, nil
}

// DeleteManagedLoginBranding removes a style.
func (a *API) DeleteManagedLoginBranding(ctx context.Context, in *wire.DeleteManagedLoginBrandingInput) (*wire.DeleteManagedLoginBrandingOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Branding.DeleteStyle(ctx, p.ID, strings.ToLower(val(in.ManagedLoginBrandingID)))
}

// SetUICustomization replaces how the classic pages look for an app client, or for
// all clients without their own look.
func (a *API) SetUICustomization(ctx context.Context, in *wire.SetUICustomizationInput) (*wire.SetUICustomizationOutput, error) {
	p, owner, err := a.poolAndOwner(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	domains, err := a.Pools.DomainsOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(domains) == 0 {
		return nil, branding.ErrNoDomain
	}
	c, err := a.Branding.Customize(ctx, p.ID, owner, val(in.CSS), in.ImageFile)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = &branding.Customization{Pool: p.ID, Owner: owner}
	}
	return &wire.SetUICustomizationOutput{UICustomization: a.wireCustomization(c)}, nil
}

// GetUICustomization returns how the classic pages look for an app client. If
// nothing was set, the answer is empty.
func (a *API) GetUICustomization(ctx context.Context, in *wire.GetUICustomizationInput) (*wire.GetUICustomizationOutput, error) {
	p, owner, err := a.poolAndOwner(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	c, err := a.Branding.Customization(ctx, p.ID, owner)
	if errors.Is(err, branding.ErrCustomizationNotFound) {
		return &wire.GetUICustomizationOutput{UICustomization: &wire.UICustomization{}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &wire.GetUICustomizationOutput{UICustomization: a.wireCustomization(c)}, nil
}

// poolAndOwner loads a pool and, unless the request is for all of them, an app
// client.
func (a *API) poolAndOwner(ctx context.Context, pool, client *string) (*userpool.Pool, string, error) {
	if client == nil || *client == branding.EveryClient {
		p, err := a.pool(ctx, pool)
		return p, branding.EveryClient, err
	}
	p, c, err := a.poolAndClient(ctx, pool, client)
	if err != nil {
		return nil, "", err
	}
	return p, string(c.ID), nil
}

// assetsOf returns nil if the request has no assets.
func assetsOf(list []wire.Asset) []branding.Asset {
	if list == nil {
		return nil
	}
	out := []branding.Asset{}
	for _, s := range list {
		out = append(out, branding.Asset{Category: val(s.Category), ColorMode: val(s.ColorMode), Extension: val(s.Extension), ResourceID: val(s.ResourceID), Bytes: s.Bytes})
	}
	return out
}

func wireStyle(s *branding.Style) *wire.ManagedLoginBranding {
	out := &wire.ManagedLoginBranding{
		ManagedLoginBrandingID: new(s.ID), UserPoolID: new(string(s.Pool)), UseCognitoProvidedValues: new(s.Provided), Settings: s.Settings, Assets: []wire.Asset{},
		CreationDate: wire.At(s.Created), LastModifiedDate: wire.At(s.Modified),
	}
	for _, x := range s.Assets {
		out.Assets = append(out.Assets, wire.Asset{Category: new(x.Category), ColorMode: new(x.ColorMode), Extension: new(x.Extension), ResourceID: nonZero(x.ResourceID), Bytes: x.Bytes})
	}
	return out
}

func (a *API) wireCustomization(c *branding.Customization) *wire.UICustomization {
	out := &wire.UICustomization{UserPoolID: new(string(c.Pool)), ClientID: new(c.Owner), CSS: nonZero(c.CSS)}
	if c.Modified.IsZero() {
		return out
	}
	out.CSSVersion, out.CreationDate, out.LastModifiedDate = new(c.Version()), wire.At(c.Created), wire.At(c.Modified)
	if len(c.Logo) > 0 {
		out.ImageURL = new(a.Tokens.BaseURL + "/" + string(c.Pool) + "/logo?" + url.Values{"client": {c.Owner}, "version": {c.Version()}}.Encode())
	}
	return out
}
