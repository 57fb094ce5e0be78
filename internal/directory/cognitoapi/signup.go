package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// SignUp makes an unconfirmed user.
func (a *API) SignUp(ctx context.Context, in *wire.SignUpInput) (*wire.SignUpOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	u, d, err := a.Accounts.SignUp(ctx, p, c, account.SignUp{Username: val(in.Username), Password: val(in.Password), Attributes: attributeMap(in.UserAttributes)})
	if err != nil {
		return nil, err
	}
	return &wire.SignUpOutput{UserConfirmed: ptr(false), UserSub: ptr(string(u.Sub)), CodeDeliveryDetails: deliveryOut(d)}, nil
}

// ConfirmSignUp proves a new user's code.
func (a *API) ConfirmSignUp(ctx context.Context, in *wire.ConfirmSignUpInput) (*wire.ConfirmSignUpOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmSignUp(ctx, p, c, val(in.Username), val(in.ConfirmationCode), val(in.ForceAliasCreation))
}

// ResendConfirmationCode sends a new sign-up code.
func (a *API) ResendConfirmationCode(ctx context.Context, in *wire.ResendConfirmationCodeInput) (*wire.ResendConfirmationCodeOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	d, err := a.Accounts.ResendConfirmation(ctx, p, c, val(in.Username))
	return &wire.ResendConfirmationCodeOutput{CodeDeliveryDetails: deliveryOut(d)}, err
}

// ForgotPassword sends a reset code.
func (a *API) ForgotPassword(ctx context.Context, in *wire.ForgotPasswordInput) (*wire.ForgotPasswordOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	d, err := a.Accounts.ForgotPassword(ctx, p, c, val(in.Username))
	return &wire.ForgotPasswordOutput{CodeDeliveryDetails: deliveryOut(d)}, err
}

// ConfirmForgotPassword proves a reset code and sets a new password.
func (a *API) ConfirmForgotPassword(ctx context.Context, in *wire.ConfirmForgotPasswordInput) (*wire.ConfirmForgotPasswordOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmForgotPassword(ctx, p, c, val(in.Username), val(in.ConfirmationCode), val(in.Password))
}

func deliveryOut(d *account.Delivery) *wire.CodeDeliveryDetails {
	if d == nil {
		return nil
	}
	return &wire.CodeDeliveryDetails{Destination: ptr(d.Destination), DeliveryMedium: ptr(d.Medium), AttributeName: ptr(d.Attribute)}
}
