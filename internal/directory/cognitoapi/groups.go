package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
)

// CreateGroup makes a group in a pool.
func (a *API) CreateGroup(ctx context.Context, in *wire.CreateGroupInput) (*wire.CreateGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	g, err := a.Users.CreateGroup(ctx, user.Group{
		Pool: p.ID, Name: val(in.GroupName), Description: val(in.Description), RoleARN: val(in.RoleARN), Precedence: precedence(in.Precedence),
	})
	if err != nil {
		return nil, err
	}
	return &wire.CreateGroupOutput{Group: wireGroup(g)}, nil
}

// GetGroup returns a group.
func (a *API) GetGroup(ctx context.Context, in *wire.GetGroupInput) (*wire.GetGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	g, err := a.Users.Group(ctx, p.ID, val(in.GroupName))
	if err != nil {
		return nil, err
	}
	return &wire.GetGroupOutput{Group: wireGroup(g)}, nil
}

// UpdateGroup changes the members of a group that the request has.
func (a *API) UpdateGroup(ctx context.Context, in *wire.UpdateGroupInput) (*wire.UpdateGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	g, err := a.Users.UpdateGroup(ctx, p.ID, val(in.GroupName), user.GroupChange{
		Description: in.Description, RoleARN: in.RoleARN, Precedence: precedence(in.Precedence),
	})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateGroupOutput{Group: wireGroup(g)}, nil
}

// DeleteGroup removes a group and its memberships.
func (a *API) DeleteGroup(ctx context.Context, in *wire.DeleteGroupInput) (*wire.DeleteGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.DeleteGroup(ctx, p.ID, val(in.GroupName))
}

// ListGroups lists a pool's groups by name.
func (a *API) ListGroups(ctx context.Context, in *wire.ListGroupsInput) (*wire.ListGroupsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListGroups:" + string(p.ID)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	groups, next, err := a.Users.ListGroups(ctx, p.ID, after, int(val(in.Limit)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListGroupsOutput{Groups: wireGroups(groups)}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

// AdminAddUserToGroup makes a user a member of a group. If the user is one
// already, nothing happens.
func (a *API) AdminAddUserToGroup(ctx context.Context, in *wire.AdminAddUserToGroupInput) (*wire.AdminAddUserToGroupOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.AddMember(ctx, val(in.GroupName), u)
}

// AdminRemoveUserFromGroup ends a membership. If the user is not a member,
// nothing happens.
func (a *API) AdminRemoveUserFromGroup(ctx context.Context, in *wire.AdminRemoveUserFromGroupInput) (*wire.AdminRemoveUserFromGroupOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.RemoveMember(ctx, val(in.GroupName), u)
}

// AdminListGroupsForUser lists a user's groups, sorted by precedence.
func (a *API) AdminListGroupsForUser(ctx context.Context, in *wire.AdminListGroupsForUserInput) (*wire.AdminListGroupsForUserOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	list := "AdminListGroupsForUser:" + string(p.ID) + ":" + string(u.Sub)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	groups, next, err := a.Users.ListGroupsOf(ctx, u, after, int(val(in.Limit)))
	if err != nil {
		return nil, err
	}
	out := &wire.AdminListGroupsForUserOutput{Groups: wireGroups(groups)}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

// ListUsersInGroup lists a group's members.
func (a *API) ListUsersInGroup(ctx context.Context, in *wire.ListUsersInGroupInput) (*wire.ListUsersInGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListUsersInGroup:" + string(p.ID) + ":" + val(in.GroupName)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	members, next, err := a.Users.ListMembers(ctx, p.ID, val(in.GroupName), user.Sub(after), int(val(in.Limit)))
	if err != nil {
		return nil, err
	}
	if err := a.Users.ReadIdentities(ctx, members...); err != nil {
		return nil, err
	}
	out := &wire.ListUsersInGroupOutput{Users: wireUsers(members, nil)}
	out.NextToken, err = a.pageToken(list, string(next))
	return out, err
}

// precedence returns the precedence of a group: nil if the request has none.
func precedence(n *int64) *int {
	if n == nil {
		return nil
	}
	return new(int(*n))
}

func wireGroups(rows []*user.Group) []wire.Group {
	out := []wire.Group{}
	for _, g := range rows {
		out = append(out, *wireGroup(g))
	}
	return out
}

func wireGroup(g *user.Group) *wire.Group {
	out := &wire.Group{
		GroupName: new(g.Name), UserPoolID: new(string(g.Pool)), Description: nonZero(g.Description), RoleARN: nonZero(g.RoleARN),
		CreationDate: wire.At(g.Created), LastModifiedDate: wire.At(g.Modified),
	}
	if g.Precedence != nil {
		out.Precedence = new(int64(*g.Precedence))
	}
	return out
}
