package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/account"
)

// SignUp makes an unconfirmed user.
func (a *API) SignUp(ctx context.Context, in *SignUpInput) (*SignUpOutput, error) {
	p, c, err := a.clientAlone(ctx, in.ClientID)
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
	return &SignUpOutput{UserConfirmed: ptr(false), UserSub: ptr(string(u.Sub)), CodeDeliveryDetails: deliveryOut(d)}, nil
}

// ConfirmSignUp proves a new user's code.
func (a *API) ConfirmSignUp(ctx context.Context, in *ConfirmSignUpInput) (*ConfirmSignUpOutput, error) {
	p, c, err := a.clientAlone(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmSignUp(ctx, p, c, val(in.Username), val(in.ConfirmationCode), val(in.ForceAliasCreation))
}

// ResendConfirmationCode sends a new sign-up code.
func (a *API) ResendConfirmationCode(ctx context.Context, in *ResendConfirmationCodeInput) (*ResendConfirmationCodeOutput, error) {
	p, c, err := a.clientAlone(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	d, err := a.Accounts.ResendConfirmation(ctx, p, c, val(in.Username))
	return &ResendConfirmationCodeOutput{CodeDeliveryDetails: deliveryOut(d)}, err
}

// ForgotPassword sends a reset code.
func (a *API) ForgotPassword(ctx context.Context, in *ForgotPasswordInput) (*ForgotPasswordOutput, error) {
	p, c, err := a.clientAlone(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	d, err := a.Accounts.ForgotPassword(ctx, p, c, val(in.Username))
	return &ForgotPasswordOutput{CodeDeliveryDetails: deliveryOut(d)}, err
}

// ConfirmForgotPassword proves a reset code and sets a new password.
func (a *API) ConfirmForgotPassword(ctx context.Context, in *ConfirmForgotPasswordInput) (*ConfirmForgotPasswordOutput, error) {
	p, c, err := a.clientAlone(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.proveClient(c, in.Username, in.SecretHash); err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmForgotPassword(ctx, p, c, val(in.Username), val(in.ConfirmationCode), val(in.Password))
}

func deliveryOut(d *account.Delivery) *CodeDeliveryDetails {
	if d == nil {
		return nil
	}
	return &CodeDeliveryDetails{Destination: ptr(d.Destination), DeliveryMedium: ptr(d.Medium), AttributeName: ptr(d.Attribute)}
}
