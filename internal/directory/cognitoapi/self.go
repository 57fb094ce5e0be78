package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
)

// RevokeToken revokes a refresh token and the tokens that it issued.
func (a *API) RevokeToken(ctx context.Context, in *wire.RevokeTokenInput) (*wire.RevokeTokenOutput, error) {
	_, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.Pools.CheckSecret(c, val(in.ClientSecret)); err != nil {
		return nil, ErrRevokeClient.Because(err)
	}
	return nil, a.Tokens.Revoke(ctx, c, val(in.Token), val(in.RevokeAssociatedSessions) == linked)
}

// GetTokensFromRefreshToken issues new tokens for a refresh token, and a new refresh
// token if the client rotates them.
func (a *API) GetTokensFromRefreshToken(ctx context.Context, in *wire.GetTokensFromRefreshTokenInput) (*wire.GetTokensFromRefreshTokenOutput, error) {
	p, c, err := a.clientAndPool(ctx, in.ClientID)
	if err != nil {
		return nil, err
	}
	if err := a.Pools.CheckSecret(c, val(in.ClientSecret)); err != nil {
		return nil, err
	}
	tokens, err := a.Tokens.Refresh(ctx, c, token.RefreshInput{Pool: p, Token: val(in.RefreshToken), Metadata: in.ClientMetadata, From: visitorOf(ctx), Device: device.Key(val(in.DeviceKey))})
	if err != nil {
		return nil, err
	}
	return &wire.GetTokensFromRefreshTokenOutput{AuthenticationResult: wireResult(tokens)}, nil
}

// GlobalSignOut revokes all tokens of the user whose access token it gets.
func (a *API) GlobalSignOut(ctx context.Context, in *wire.GlobalSignOutInput) (*wire.GlobalSignOutOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Tokens.RevokeAllOf(ctx, b.Pool.ID, b.User.Sub)
}

// GetUser returns the user whose access token it gets, with the attributes that the
// client may read.
func (a *API) GetUser(ctx context.Context, in *wire.GetUserInput) (*wire.GetUserOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := a.Users.ReadIdentities(ctx, b.User); err != nil {
		return nil, err
	}
	shown := func(name string) bool { return b.User.ShownTo(b.Client, name) }
	m := b.User.Security.MFA
	return &wire.GetUserOutput{
		Username: new(b.User.Username), UserAttributes: wireAttributes(b.User, shown),
		UserMFASettingList: m.On(), PreferredMFASetting: nonZero(m.Preferred), MFAOptions: wireOptions(m),
	}, nil
}

// DeleteUser removes the user whose access token it gets.
func (a *API) DeleteUser(ctx context.Context, in *wire.DeleteUserInput) (*wire.DeleteUserOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.Delete(ctx, b.Pool.ID, b.User.Sub)
}

// UpdateUserAttributes sets attributes of the user whose access token it gets. An
// empty value removes an attribute. It says where it sent codes.
func (a *API) UpdateUserAttributes(ctx context.Context, in *wire.UpdateUserAttributesInput) (*wire.UpdateUserAttributesOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	changes, err := attributesOf(in.UserAttributes)
	if err != nil {
		return nil, err
	}
	deliveries, err := a.Accounts.SetOwnAttributes(ctx, b.Pool, b.Client, b.User, changes, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	out := &wire.UpdateUserAttributesOutput{CodeDeliveryDetailsList: []wire.CodeDeliveryDetails{}}
	for _, d := range deliveries {
		out.CodeDeliveryDetailsList = append(out.CodeDeliveryDetailsList, *wireDelivery(d))
	}
	return out, nil
}

// DeleteUserAttributes removes attributes of the user whose access token it gets.
func (a *API) DeleteUserAttributes(ctx context.Context, in *wire.DeleteUserAttributesInput) (*wire.DeleteUserAttributesOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	_, err = a.Accounts.SetOwnAttributes(ctx, b.Pool, b.Client, b.User, removal(in.UserAttributeNames), nil)
	return nil, err
}

// GetUserAttributeVerificationCode sends the user whose access token it gets a code
// that verifies its e-mail address or phone number.
func (a *API) GetUserAttributeVerificationCode(ctx context.Context, in *wire.GetUserAttributeVerificationCodeInput) (*wire.GetUserAttributeVerificationCodeOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	d, err := a.Accounts.SendVerification(ctx, trigger.Occasion{Pool: b.Pool, Client: b.Client.ID, Metadata: in.ClientMetadata}, b.User, val(in.AttributeName))
	return &wire.GetUserAttributeVerificationCodeOutput{CodeDeliveryDetails: wireDelivery(d)}, err
}

// VerifyUserAttribute marks an e-mail address or phone number of the user whose
// access token it gets as verified, if the code is right.
func (a *API) VerifyUserAttribute(ctx context.Context, in *wire.VerifyUserAttributeInput) (*wire.VerifyUserAttributeOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.VerifyContact(ctx, b.Pool, b.User, val(in.AttributeName), val(in.Code))
}

// ChangePassword sets a new password for the user whose access token it gets, if the
// old password is right.
func (a *API) ChangePassword(ctx context.Context, in *wire.ChangePasswordInput) (*wire.ChangePasswordOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ChangePassword(ctx, b.Pool, b.User, account.Change{
		Client: b.Client.ID, Previous: val(in.PreviousPassword), Proposed: val(in.ProposedPassword), Visit: risk.OfUser(visitorOf(ctx), b.Client, "", ""),
	})
}
