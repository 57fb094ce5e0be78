package cognitoapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
)

// maxUsers is the largest page of users and groups. Cognito: ListUsers.
const maxUsers = 60

// CreateGroup makes a group.
func (a *API) CreateGroup(ctx context.Context, in *wire.CreateGroupInput) (*wire.CreateGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	g := &user.Group{
		Pool: p.ID, Name: val(in.GroupName), Description: val(in.Description), RoleARN: val(in.RoleARN),
		Precedence: precedence(in.Precedence), Created: now, Modified: now,
	}
	if err := a.Users.Store.CreateGroup(ctx, g); err != nil {
		return nil, err
	}
	return &wire.CreateGroupOutput{Group: groupOut(g)}, nil
}

// GetGroup shows a group.
func (a *API) GetGroup(ctx context.Context, in *wire.GetGroupInput) (*wire.GetGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	g, err := a.Users.Store.Group(ctx, p.ID, val(in.GroupName))
	if err != nil {
		return nil, err
	}
	return &wire.GetGroupOutput{Group: groupOut(g)}, nil
}

// UpdateGroup changes what is given of a group.
func (a *API) UpdateGroup(ctx context.Context, in *wire.UpdateGroupInput) (*wire.UpdateGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	g, err := a.Users.Store.UpdateGroup(ctx, p.ID, val(in.GroupName), func(g *user.Group) error {
		if in.Description != nil {
			g.Description = *in.Description
		}
		if in.RoleARN != nil {
			g.RoleARN = *in.RoleARN
		}
		if in.Precedence != nil {
			g.Precedence = precedence(in.Precedence)
		}
		g.Modified = a.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateGroupOutput{Group: groupOut(g)}, nil
}

// DeleteGroup removes a group and its memberships.
func (a *API) DeleteGroup(ctx context.Context, in *wire.DeleteGroupInput) (*wire.DeleteGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.Store.DeleteGroup(ctx, p.ID, val(in.GroupName))
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
	size := limit(in.Limit, maxUsers)
	rows, err := a.Users.Store.Groups(ctx, p.ID, after, size+1)
	if err != nil {
		return nil, err
	}
	rows, after = page(rows, size, func(g *user.Group) string { return g.Name })
	out := &wire.ListGroupsOutput{Groups: groupsOut(rows)}
	out.NextToken, err = a.next(list, after)
	return out, err
}

// AdminAddUserToGroup makes a user a member; doing it twice is no error.
func (a *API) AdminAddUserToGroup(ctx context.Context, in *wire.AdminAddUserToGroupInput) (*wire.AdminAddUserToGroupOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.Store.AddMember(ctx, p.ID, val(in.GroupName), u.Sub, a.Now())
}

// AdminRemoveUserFromGroup ends a membership; none is no error.
func (a *API) AdminRemoveUserFromGroup(ctx context.Context, in *wire.AdminRemoveUserFromGroupInput) (*wire.AdminRemoveUserFromGroupOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Users.Store.RemoveMember(ctx, p.ID, val(in.GroupName), u.Sub)
}

// AdminListGroupsForUser lists a user's groups, best precedence first.
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
	all, err := a.Users.Store.GroupsOf(ctx, p.ID, u.Sub)
	if err != nil {
		return nil, err
	}
	size := limit(in.Limit, maxUsers)
	rows, after := page(startingAfter(all, after), size, rank)
	out := &wire.AdminListGroupsForUserOutput{Groups: groupsOut(rows)}
	out.NextToken, err = a.next(list, after)
	return out, err
}

// startingAfter cuts a short list, which is in the order of rank, behind that
// rank, whether a group of that rank is still there or not.
func startingAfter(groups []*user.Group, after string) []*user.Group {
	return slices.DeleteFunc(groups, func(g *user.Group) bool { return after != "" && rank(g) <= after })
}

// rank orders groups as texts: by precedence, none last, then by name.
func rank(g *user.Group) string {
	if g.Precedence == nil {
		return "~" + g.Name
	}
	return fmt.Sprintf("%019d %s", *g.Precedence, g.Name)
}

// ListUsersInGroup lists a group's members.
func (a *API) ListUsersInGroup(ctx context.Context, in *wire.ListUsersInGroupInput) (*wire.ListUsersInGroupOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	g, err := a.Users.Store.Group(ctx, p.ID, val(in.GroupName))
	if err != nil {
		return nil, err
	}
	list := strings.Join([]string{"ListUsersInGroup", string(p.ID), g.Name}, ":")
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := limit(in.Limit, maxUsers)
	rows, err := a.Users.Store.Members(ctx, p.ID, g.Name, user.Sub(after), size+1)
	if err != nil {
		return nil, err
	}
	rows, after = page(rows, size, func(u *user.User) string { return string(u.Sub) })
	out := &wire.ListUsersInGroupOutput{Users: usersOut(rows, nil)}
	out.NextToken, err = a.next(list, after)
	return out, err
}

func precedence(n *int64) *int {
	if n == nil {
		return nil
	}
	return ptr(int(*n))
}

func groupsOut(rows []*user.Group) []wire.Group {
	out := []wire.Group{}
	for _, g := range rows {
		out = append(out, *groupOut(g))
	}
	return out
}

func groupOut(g *user.Group) *wire.Group {
	out := &wire.Group{
		GroupName: ptr(g.Name), UserPoolID: ptr(string(g.Pool)), Description: nonZero(g.Description), RoleARN: nonZero(g.RoleARN),
		CreationDate: wire.At(g.Created), LastModifiedDate: wire.At(g.Modified),
	}
	if g.Precedence != nil {
		out.Precedence = ptr(int64(*g.Precedence))
	}
	return out
}
