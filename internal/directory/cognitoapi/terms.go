package cognitoapi

import (
	"context"
	"strings"

	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// CreateTerms adds documents to which the sign-up page of an app client is to link.
func (a *API) CreateTerms(ctx context.Context, in *wire.CreateTermsInput) (*wire.CreateTermsOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	t, err := a.Branding.CreateTerms(ctx, p.ID, c.ID, val(in.TermsName), in.Links)
	if err != nil {
		return nil, err
	}
	return &wire.CreateTermsOutput{Terms: wireTerms(t)}, nil
}

// DescribeTerms returns terms.
func (a *API) DescribeTerms(ctx context.Context, in *wire.DescribeTermsInput) (*wire.DescribeTermsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	t, err := a.Branding.Terms(ctx, p.ID, strings.ToLower(val(in.TermsID)))
	if err != nil {
		return nil, err
	}
	return &wire.DescribeTermsOutput{Terms: wireTerms(t)}, nil
}

// DescribeTermsByClient returns the terms of an app client with a name.
func (a *API) DescribeTermsByClient(ctx context.Context, in *wire.DescribeTermsByClientInput) (*wire.DescribeTermsByClientOutput, error) {
	p, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	t, err := a.Branding.TermsOf(ctx, p.ID, c.ID, val(in.TermsName))
	if err != nil {
		return nil, err
	}
	return &wire.DescribeTermsByClientOutput{Terms: wireTerms(t)}, nil
}

// UpdateTerms changes the members that the request has.
func (a *API) UpdateTerms(ctx context.Context, in *wire.UpdateTermsInput) (*wire.UpdateTermsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	t, err := a.Branding.UpdateTerms(ctx, p.ID, strings.ToLower(val(in.TermsID)), val(in.TermsName), in.Links)
	if err != nil {
		return nil, err
	}
	return &wire.UpdateTermsOutput{Terms: wireTerms(t)}, nil
}

// DeleteTerms removes terms.
func (a *API) DeleteTerms(ctx context.Context, in *wire.DeleteTermsInput) (*wire.DeleteTermsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Branding.DeleteTerms(ctx, p.ID, strings.ToLower(val(in.TermsID)))
}

// ListTerms lists a pool's terms, sorted by id.
func (a *API) ListTerms(ctx context.Context, in *wire.ListTermsInput) (*wire.ListTermsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListTerms:" + string(p.ID)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	terms, next, err := a.Branding.ListTerms(ctx, p.ID, after, int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListTermsOutput{Terms: []wire.TermsDescription{}}
	for _, t := range terms {
		out.Terms = append(out.Terms, wire.TermsDescription{
			TermsID: new(t.ID), TermsName: new(t.Name), Enforcement: new("NONE"), CreationDate: wire.At(t.Created), LastModifiedDate: wire.At(t.Modified),
		})
	}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

func wireTerms(t *branding.Terms) *wire.Terms {
	return &wire.Terms{
		TermsID: new(t.ID), UserPoolID: new(string(t.Pool)), ClientID: new(string(t.Client)), TermsName: new(t.Name), TermsSource: new("LINK"), Enforcement: new("NONE"),
		Links: t.Links, CreationDate: wire.At(t.Created), LastModifiedDate: wire.At(t.Modified),
	}
}
