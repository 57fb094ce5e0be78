package cognitoapi

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
)

// AdminCreateUser makes a user and sends it an invitation. With the message action
// RESEND it sends the invitation of an existing user again.
func (a *API) AdminCreateUser(ctx context.Context, in *wire.AdminCreateUserInput) (*wire.AdminCreateUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	attributes, err := attributesOf(in.UserAttributes)
	if err != nil {
		return nil, err
	}
	invitation := account.Invitation{
		Username: val(in.Username), TemporaryPassword: val(in.TemporaryPassword), Attributes: attributes,
		Mediums: in.DesiredDeliveryMediums, Silent: val(in.MessageAction) == "SUPPRESS", TakeAlias: val(in.ForceAliasCreation),
		Validation: validationMap(in.ValidationData), Metadata: in.ClientMetadata,
	}
	delete(invitation.Attributes, "sub")
	invite := a.Accounts.Invite
	if val(in.MessageAction) == "RESEND" {
		invite = a.Accounts.ResendInvitation
	}
	u, err := invite(ctx, p, invitation)
	switch {
	case errors.Is(err, user.ErrUsernameExists):
		err = user.ErrUsernameExists.Saying("User account already exists")
	case errors.Is(err, user.ErrAliasExists): // the operation lists no AliasExistsException
		err = user.ErrUsernameExists.Saying("%s", fault.As(err).Message)
	}
	if err != nil {
		return nil, err
	}
	return &wire.AdminCreateUserOutput{User: new(wireUser(u, nil))}, nil
}

// AdminGetUser returns a user.
func (a *API) AdminGetUser(ctx context.Context, in *wire.AdminGetUserInput) (*wire.AdminGetUserOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	if err := a.Users.ReadIdentities(ctx, u); err != nil {
		return nil, err
	}
	return &wire.AdminGetUserOutput{
		Username: new(u.Username), UserAttributes: wireAttributes(u, nil), Enabled: new(u.Enabled), UserStatus: new(string(u.Status)),
		UserCreateDate: wire.At(u.Created), UserLastModifiedDate: wire.At(u.Modified),
		UserMFASettingList: u.Security.MFA.On(), PreferredMFASetting: nonZero(u.Security.MFA.Preferred), MFAOptions: wireOptions(u.Security.MFA),
	}, nil
}

// ListUsers lists the users that match a filter.
func (a *API) ListUsers(ctx context.Context, in *wire.ListUsersInput) (*wire.ListUsersOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := user.CheckRequested(p, in.AttributesToGet); err != nil {
		return nil, err
	}
	q, err := user.ParseFilter(val(in.Filter))
	if err != nil {
		return nil, err
	}
	list := "ListUsers:" + string(p.ID) + ":" + user.FilterText(q)
	if q.After, err = a.after(list, in.PaginationToken); err != nil {
		return nil, err
	}
	q.Limit, q.WithoutPasswords = int(val(in.Limit)), true
	users, next, err := a.Users.List(ctx, p.ID, q)
	if err != nil {
		return nil, err
	}
	if err := a.Users.ReadIdentities(ctx, users...); err != nil {
		return nil, err
	}
	if err := user.CheckPresent(users, in.AttributesToGet); err != nil {
		return nil, err
	}
	out := &wire.ListUsersOutput{Users: wireUsers(users, in.AttributesToGet)}
	out.PaginationToken, err = a.pageToken(list, next)
	return out, err
}

// AdminUpdateUserAttributes sets attributes. An empty value removes an attribute. A
// new e-mail address or phone number that the pool verifies gets a code.
func (a *API) AdminUpdateUserAttributes(ctx context.Context, in *wire.AdminUpdateUserAttributesInput) (*wire.AdminUpdateUserAttributesOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	changes, err := attributesOf(in.UserAttributes)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetAttributes(ctx, p, val(in.Username), changes, in.ClientMetadata)
}

// AdminDeleteUserAttributes removes attributes.
func (a *API) AdminDeleteUserAttributes(ctx context.Context, in *wire.AdminDeleteUserAttributesInput) (*wire.AdminDeleteUserAttributesOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetAttributes(ctx, p, val(in.Username), removal(in.UserAttributeNames), nil)
}

// removal returns the changes that remove attributes.
func removal(names []string) map[string]string {
	gone := map[string]string{}
	for _, name := range names {
		gone[name] = ""
	}
	return gone
}

// AdminDisableUser keeps a user from signing in and ends its tokens and browser
// sessions.
func (a *API) AdminDisableUser(ctx context.Context, in *wire.AdminDisableUserInput) (*wire.AdminDisableUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetEnabled(ctx, p, val(in.Username), false)
}

// AdminEnableUser lets a user sign in again.
func (a *API) AdminEnableUser(ctx context.Context, in *wire.AdminEnableUserInput) (*wire.AdminEnableUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetEnabled(ctx, p, val(in.Username), true)
}

// AdminDeleteUser removes a user.
func (a *API) AdminDeleteUser(ctx context.Context, in *wire.AdminDeleteUserInput) (*wire.AdminDeleteUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.Delete(ctx, p, val(in.Username))
}

// AdminSetUserPassword sets a user's password: for good, or to be changed at the
// next sign-in.
func (a *API) AdminSetUserPassword(ctx context.Context, in *wire.AdminSetUserPasswordInput) (*wire.AdminSetUserPasswordOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetPassword(ctx, p, val(in.Username), val(in.Password), val(in.Permanent))
}

// AdminResetUserPassword sends a user a code with which it must set a new
// password.
func (a *API) AdminResetUserPassword(ctx context.Context, in *wire.AdminResetUserPasswordInput) (*wire.AdminResetUserPasswordOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ResetPassword(ctx, p, val(in.Username), in.ClientMetadata)
}

// AdminConfirmSignUp confirms a user without a code.
func (a *API) AdminConfirmSignUp(ctx context.Context, in *wire.AdminConfirmSignUpInput) (*wire.AdminConfirmSignUpOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmByAdmin(ctx, p, val(in.Username), in.ClientMetadata)
}

// AdminUserGlobalSignOut revokes a user's tokens.
func (a *API) AdminUserGlobalSignOut(ctx context.Context, in *wire.AdminUserGlobalSignOutInput) (*wire.AdminUserGlobalSignOutOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SignOut(ctx, p, val(in.Username))
}

// attributesOf returns the attributes of a request. Each must have a value, which
// may be empty. user.ErrAttributes. Cognito: observed text.
func attributesOf(list []wire.Attribute) (map[string]string, error) {
	for _, a := range list {
		if a.Value == nil {
			return nil, user.ErrAttributes.Saying("Attribute value for %s must not be null", val(a.Name))
		}
	}
	return attributeMap(list), nil
}

// attributeMap returns the values of attributes by their names.
func attributeMap(list []wire.Attribute) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[val(a.Name)] = val(a.Value)
	}
	return m
}

// validationMap is attributeMap for ValidationData. It returns nil if none was sent.
func validationMap(list []wire.Attribute) map[string]string {
	if list == nil {
		return nil
	}
	return attributeMap(list)
}

// wireAttributes returns a user's attributes, the sub first. If show is not nil,
// it leaves out those for which show returns false.
func wireAttributes(u *user.User, show func(name string) bool) []wire.Attribute {
	names := u.Names()
	values := make([]string, len(names))
	out := make([]wire.Attribute, 0, len(names))
	for i, name := range names {
		if show == nil || show(name) {
			values[i] = u.Attribute(name)
			out = append(out, wire.Attribute{Name: &names[i], Value: &values[i]})
		}
	}
	return out
}

// wireUser returns the wire form of a user, which refers to u. If only is not empty,
// it has no other attributes.
func wireUser(u *user.User, only []string) wire.User {
	var show func(string) bool
	if len(only) > 0 {
		show = func(name string) bool { return slices.Contains(only, name) }
	}
	return wire.User{
		Username: &u.Username, Attributes: wireAttributes(u, show), Enabled: &u.Enabled, UserStatus: (*string)(&u.Status),
		UserCreateDate: wire.At(u.Created), UserLastModifiedDate: wire.At(u.Modified), MFAOptions: wireOptions(u.Security.MFA),
	}
}

func wireUsers(rows []*user.User, only []string) []wire.User {
	out := make([]wire.User, len(rows))
	for i, u := range rows {
		out[i] = wireUser(u, only)
	}
	return out
}
