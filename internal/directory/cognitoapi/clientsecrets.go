package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// AddUserPoolClientSecret adds a second secret to an app client. It returns the
// value if Gatehouse made it.
func (a *API) AddUserPoolClientSecret(ctx context.Context, in *wire.AddUserPoolClientSecretInput) (*wire.AddUserPoolClientSecretOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	added, value, err := a.Pools.AddSecret(ctx, p.ID, userpool.ClientID(val(in.ClientID)), val(in.ClientSecret))
	if err != nil {
		return nil, err
	}
	descriptor := wireSecret(added)
	if in.ClientSecret == nil {
		descriptor.ClientSecretValue = &value
	}
	return &wire.AddUserPoolClientSecretOutput{ClientSecretDescriptor: &descriptor}, nil
}

// ListUserPoolClientSecrets lists the secrets of an app client, without their
// values. There are two at most, on one page.
func (a *API) ListUserPoolClientSecrets(ctx context.Context, in *wire.ListUserPoolClientSecretsInput) (*wire.ListUserPoolClientSecretsOutput, error) {
	_, c, err := a.poolAndClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	if _, err := a.after("ListUserPoolClientSecrets:"+string(c.ID), in.NextToken); err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolClientSecretsOutput{ClientSecrets: []wire.ClientSecretDescriptor{}}
	for _, s := range c.Secrets {
		out.ClientSecrets = append(out.ClientSecrets, wireSecret(s))
	}
	return out, nil
}

// DeleteUserPoolClientSecret makes a secret of an app client invalid.
func (a *API) DeleteUserPoolClientSecret(ctx context.Context, in *wire.DeleteUserPoolClientSecretInput) (*wire.DeleteUserPoolClientSecretOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Pools.DeleteSecret(ctx, p.ID, userpool.ClientID(val(in.ClientID)), val(in.ClientSecretID))
}

func wireSecret(s userpool.ClientSecret) wire.ClientSecretDescriptor {
	return wire.ClientSecretDescriptor{ClientSecretID: new(s.ID), ClientSecretCreateDate: wire.At(s.Created)}
}
