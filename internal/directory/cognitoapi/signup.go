package cognitoapi

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// SignUp makes an unconfirmed user and sends it a code.
func (a *API) SignUp(ctx context.Context, in *wire.SignUpInput) (*wire.SignUpOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.checkSecretHash(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	attributes, err := attributesOf(in.UserAttributes)
	if err != nil {
		return nil, err
	}
	u, d, err := a.Accounts.SignUp(ctx, p, c, account.SignUp{
		Username: val(in.Username), Password: val(in.Password), Attributes: attributes,
		Validation: validationMap(in.ValidationData), Metadata: in.ClientMetadata, Visit: userVisit(ctx, c, in.UserContextData),
	})
	if err != nil {
		return nil, err
	}
	session, err := a.SignIns.SignUpSession(p, c, u)
	if err != nil {
		return nil, err
	}
	return &wire.SignUpOutput{UserConfirmed: new(u.Status == user.Confirmed), UserSub: new(string(u.Sub)), CodeDeliveryDetails: wireDelivery(d), Session: nonZero(session)}, nil
}

// ConfirmSignUp confirms a user whose code is right. A session that is not ours is
// refused before the code is used.
func (a *API) ConfirmSignUp(ctx context.Context, in *wire.ConfirmSignUpInput) (*wire.ConfirmSignUpOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.checkSecretHash(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	var session seal.Secret
	if in.Session != nil {
		if session, err = a.SignIns.ConfirmSession(ctx, p, c, val(in.Username), *in.Session); err != nil {
			return nil, err
		}
	}
	if err := a.Accounts.ConfirmSignUp(ctx, p, c, account.Confirmation{
		Username: val(in.Username), Code: val(in.ConfirmationCode), TakeAlias: val(in.ForceAliasCreation), Metadata: in.ClientMetadata,
	}); err != nil {
		return nil, err
	}
	return &wire.ConfirmSignUpOutput{Session: nonZero(session)}, nil
}

// ResendConfirmationCode sends a new sign-up code.
func (a *API) ResendConfirmationCode(ctx context.Context, in *wire.ResendConfirmationCodeInput) (*wire.ResendConfirmationCodeOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.checkSecretHash(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	d, err := a.Accounts.ResendConfirmation(ctx, p, c, val(in.Username), in.ClientMetadata, userVisit(ctx, c, in.UserContextData))
	return &wire.ResendConfirmationCodeOutput{CodeDeliveryDetails: wireDelivery(d)}, err
}

// ForgotPassword sends a code that allows to set a new password.
func (a *API) ForgotPassword(ctx context.Context, in *wire.ForgotPasswordInput) (*wire.ForgotPasswordOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.checkSecretHash(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	d, err := a.Accounts.ForgotPassword(ctx, p, c, val(in.Username), in.ClientMetadata, userVisit(ctx, c, in.UserContextData))
	return &wire.ForgotPasswordOutput{CodeDeliveryDetails: wireDelivery(d)}, err
}

// ConfirmForgotPassword sets a new password if the code is right.
func (a *API) ConfirmForgotPassword(ctx context.Context, in *wire.ConfirmForgotPasswordInput) (*wire.ConfirmForgotPasswordOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.checkSecretHash(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmForgotPassword(ctx, p, c, account.Reset{
		Username: val(in.Username), Code: val(in.ConfirmationCode), Password: val(in.Password), Metadata: in.ClientMetadata,
		Visit: userVisit(ctx, c, in.UserContextData),
	})
}

// wireDelivery returns the wire form of where a code was sent. It is nil if no code
// was sent.
func wireDelivery(d *account.Delivery) *wire.CodeDeliveryDetails {
	if d == nil {
		return nil
	}
	return &wire.CodeDeliveryDetails{Destination: new(d.Destination), DeliveryMedium: new(d.Medium), AttributeName: new(d.Attribute)}
}

// checkSecretHash checks the secret hash of the operations in this file. They have
// their own text for a wrong one.
func (a *API) checkSecretHash(c *userpool.Client, name *string, hash *seal.Secret) error {
	err := a.SignIns.CheckSecretHash(c, val(name), val(hash).Reveal())
	if errors.Is(err, userpool.ErrSecretMismatch) {
		return userpool.ErrSecretMismatch.Saying("SecretHash does not match for the client: %s", c.ID)
	}
	return err
}
