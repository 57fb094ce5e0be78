package cognitoapi

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// AdminCreateUser invites a user, or with RESEND invites it again.
func (a *API) AdminCreateUser(ctx context.Context, in *wire.AdminCreateUserInput) (*wire.AdminCreateUserOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	invitation := account.Invitation{
		Username: val(in.Username), TemporaryPassword: val(in.TemporaryPassword), Attributes: attributeMap(in.UserAttributes),
		Mediums: in.DesiredDeliveryMediums, Silent: val(in.MessageAction) == "SUPPRESS", TakeAlias: val(in.ForceAliasCreation),
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
	case errors.Is(err, user.ErrAliasExists): // the operation has no other name for it
		err = user.ErrUsernameExists.Saying("%s", fault.As(err).Message)
	}
	if err != nil {
		return nil, err
	}
	return &wire.AdminCreateUserOutput{User: userOut(u, nil)}, nil
}

// AdminGetUser shows a user.
func (a *API) AdminGetUser(ctx context.Context, in *wire.AdminGetUserInput) (*wire.AdminGetUserOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return &wire.AdminGetUserOutput{
		Username: ptr(u.Username), UserAttributes: attributesOut(u, nil), Enabled: ptr(u.Enabled), UserStatus: ptr(string(u.Status)),
		UserCreateDate: wire.At(u.Created), UserLastModifiedDate: wire.At(u.Modified),
	}, nil
}

// ListUsers lists users that a filter finds.
func (a *API) ListUsers(ctx context.Context, in *wire.ListUsersInput) (*wire.ListUsersOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	if err := knownAttributes(p, in.AttributesToGet); err != nil {
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
	q.Limit = int(val(in.Limit))
	users, next, err := a.Users.List(ctx, p.ID, q)
	if err != nil {
		return nil, err
	}
	out := &wire.ListUsersOutput{Users: usersOut(users, in.AttributesToGet)}
	out.PaginationToken, err = a.pageToken(list, next)
	return out, err
}

func knownAttributes(p *userpool.Pool, names []string) error {
	for _, name := range names {
		if p.Attribute(name) == nil {
			return user.ErrFilter.Saying("One or more requested attributes do not exist.")
		}
	}
	return nil
}

// AdminUpdateUserAttributes sets attributes; an empty value removes one.
func (a *API) AdminUpdateUserAttributes(ctx context.Context, in *wire.AdminUpdateUserAttributesInput) (*wire.AdminUpdateUserAttributesOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetAttributes(ctx, p, val(in.Username), attributeMap(in.UserAttributes))
}

// AdminDeleteUserAttributes removes attributes.
func (a *API) AdminDeleteUserAttributes(ctx context.Context, in *wire.AdminDeleteUserAttributesInput) (*wire.AdminDeleteUserAttributesOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	gone := map[string]string{}
	for _, name := range in.UserAttributeNames {
		gone[name] = ""
	}
	return nil, a.Accounts.SetAttributes(ctx, p, val(in.Username), gone)
}

// AdminDisableUser stops a user from signing in and kills its tokens.
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

// AdminSetUserPassword sets a user's password, for good or for one sign-in.
func (a *API) AdminSetUserPassword(ctx context.Context, in *wire.AdminSetUserPasswordInput) (*wire.AdminSetUserPasswordOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SetPassword(ctx, p, val(in.Username), val(in.Password), val(in.Permanent))
}

// AdminResetUserPassword makes a user set a new password with a code.
func (a *API) AdminResetUserPassword(ctx context.Context, in *wire.AdminResetUserPasswordInput) (*wire.AdminResetUserPasswordOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ResetPassword(ctx, p, val(in.Username))
}

// AdminConfirmSignUp confirms a user without a code.
func (a *API) AdminConfirmSignUp(ctx context.Context, in *wire.AdminConfirmSignUpInput) (*wire.AdminConfirmSignUpOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ConfirmByAdmin(ctx, p, val(in.Username))
}

// AdminUserGlobalSignOut kills a user's tokens.
func (a *API) AdminUserGlobalSignOut(ctx context.Context, in *wire.AdminUserGlobalSignOutInput) (*wire.AdminUserGlobalSignOutOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.SignOut(ctx, p, val(in.Username))
}

func attributeMap(list []wire.Attribute) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[val(a.Name)] = val(a.Value)
	}
	return m
}

// attributesOut shows a user's attributes, sub first: all, or those that show
// lets through.
func attributesOut(u *user.User, show func(name string) bool) []wire.Attribute {
	out := []wire.Attribute{}
	for _, name := range u.Names() {
		if show == nil || show(name) {
			out = append(out, wire.Attribute{Name: ptr(name), Value: ptr(u.Attribute(name))})
		}
	}
	return out
}

func userOut(u *user.User, only []string) *wire.User {
	var show func(string) bool
	if len(only) > 0 {
		show = func(name string) bool { return slices.Contains(only, name) }
	}
	return &wire.User{
		Username: ptr(u.Username), Attributes: attributesOut(u, show), Enabled: ptr(u.Enabled), UserStatus: ptr(string(u.Status)),
		UserCreateDate: wire.At(u.Created), UserLastModifiedDate: wire.At(u.Modified),
	}
}

func usersOut(rows []*user.User, only []string) []wire.User {
	out := []wire.User{}
	for _, u := range rows {
		out = append(out, *userOut(u, only))
	}
	return out
}
