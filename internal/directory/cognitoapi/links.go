package cognitoapi

import (
	"context"
	"errors"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// localUsers is what stands for the pool itself where a provider is named.
const localUsers = "Cognito"

// AdminLinkProviderForUser lets a user of an identity provider sign in as a user
// of the pool.
func (a *API) AdminLinkProviderForUser(ctx context.Context, in *wire.AdminLinkProviderForUserInput) (*wire.AdminLinkProviderForUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	provider, err := a.namedProvider(ctx, p, "SourceUser", in.SourceUser)
	if err != nil {
		return nil, err
	}
	u, err := a.destination(ctx, p, in.DestinationUser)
	if err != nil {
		return nil, err
	}
	source := in.SourceUser
	return nil, a.Users.LinkIdentity(ctx, p, u, provider, val(source.ProviderAttributeName), val(source.ProviderAttributeValue))
}

// AdminDisableProviderForUser takes a link away, or the password of a user of the
// pool.
func (a *API) AdminDisableProviderForUser(ctx context.Context, in *wire.AdminDisableProviderForUserInput) (*wire.AdminDisableProviderForUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	attribute, value := val(in.User.ProviderAttributeName), val(in.User.ProviderAttributeValue)
	if val(in.User.ProviderName) == localUsers {
		if attribute != user.SubjectAttribute {
			return nil, user.ErrIdentity.Saying("The ProviderAttributeName of a user of the pool is %s.", user.SubjectAttribute)
		}
		return nil, a.Accounts.TakePassword(ctx, p, value)
	}
	provider, err := a.namedProvider(ctx, p, "User", in.User)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.UnlinkIdentity(ctx, p, provider.Name, attribute, value)
}

// namedProvider returns the provider that a member of a request names.
func (a *API) namedProvider(ctx context.Context, p *userpool.Pool, member string, id *wire.ProviderUserIdentifier) (*userpool.Provider, error) {
	provider, err := a.Pools.Provider(ctx, p.ID, val(id.ProviderName))
	if errors.Is(err, userpool.ErrProviderNotFound) {
		return nil, user.ErrIdentity.Saying("The ProviderName of %s is not an identity provider of user pool %s.", member, p.ID)
	}
	return provider, err
}

// destination returns the user to whom an identity is to be linked: of the pool by
// its name, or of a provider by its name there.
func (a *API) destination(ctx context.Context, p *userpool.Pool, id *wire.ProviderUserIdentifier) (*user.User, error) {
	name := val(id.ProviderAttributeValue)
	if val(id.ProviderName) == localUsers {
		return a.Users.Find(ctx, p, name)
	}
	provider, err := a.namedProvider(ctx, p, "DestinationUser", id)
	if err != nil {
		return nil, err
	}
	return a.Users.Federated(ctx, p, provider.Name, name)
}
