package user

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gatehouse/internal/directory/userpool"
)

// Group returns a group of a pool. ErrGroupNotFound.
func (e *Engine) Group(ctx context.Context, pool userpool.PoolID, name string) (*Group, error) {
	return e.store.Group(ctx, pool, name)
}

// ListGroups returns a page of a pool's groups, sorted by name, and the name
// after which the next page starts: "" after the last page.
func (e *Engine) ListGroups(ctx context.Context, pool userpool.PoolID, after string, size int) (groups []*Group, next string, err error) {
	size = userpool.PageSize(size, userpool.MaxPage)
	rows, err := e.store.Groups(ctx, pool, after, size+1)
	if err != nil {
		return nil, "", err
	}
	groups, next = userpool.CutPage(rows, size, func(g *Group) string { return g.Name })
	return groups, next, nil
}

// How many groups a pool has at most, and in how many a user may be. Cognito:
// "Quotas".
const (
	MaxGroups   = 10_000
	MaxGroupsOf = 100
)

// CreateGroup makes a group and sets its times. ErrGroupExists,
// userpool.ErrPoolNotFound, userpool.ErrTooManyResources.
func (e *Engine) CreateGroup(ctx context.Context, g Group) (*Group, error) {
	now := e.now()
	g.Created, g.Modified = now, now
	err := e.store.CreateGroup(ctx, &g)
	if errors.Is(err, userpool.ErrTooManyResources) {
		err = userpool.ErrTooManyResources.Saying("A user pool may have at most %d groups.", MaxGroups)
	}
	if err != nil {
		return nil, err
	}
	return &g, nil
}

// GroupChange is what may change of a group. A nil field changes nothing.
type GroupChange struct {
	Description, RoleARN *string
	Precedence           *int
}

// UpdateGroup changes a group. ErrGroupNotFound.
func (e *Engine) UpdateGroup(ctx context.Context, pool userpool.PoolID, name string, change GroupChange) (*Group, error) {
	return e.store.UpdateGroup(ctx, pool, name, func(g *Group) error {
		if change.Description != nil {
			g.Description = *change.Description
		}
		if change.RoleARN != nil {
			g.RoleARN = *change.RoleARN
		}
		if change.Precedence != nil {
			g.Precedence = change.Precedence
		}
		g.Modified = e.now()
		return nil
	})
}

// DeleteGroup removes a group and its memberships. ErrGroupNotFound.
func (e *Engine) DeleteGroup(ctx context.Context, pool userpool.PoolID, name string) error {
	return e.store.DeleteGroup(ctx, pool, name)
}

// AddMember makes a user a member of a group of its pool. It does nothing if the
// user is a member already. ErrGroupNotFound, ErrUserNotFound, ErrTooManyGroups.
func (e *Engine) AddMember(ctx context.Context, group string, u *User) error {
	return e.store.AddMember(ctx, u.Pool, group, u.Sub, e.now())
}

// RemoveMember ends a user's membership of a group of its pool. It does nothing
// if the user is not a member. ErrGroupNotFound, ErrUserNotFound.
func (e *Engine) RemoveMember(ctx context.Context, group string, u *User) error {
	return e.store.RemoveMember(ctx, u.Pool, group, u.Sub)
}

// ListMembers returns a page of a group's members, sorted by sub, and the sub
// after which the next page starts: "" after the last page. ErrGroupNotFound.
func (e *Engine) ListMembers(ctx context.Context, pool userpool.PoolID, group string, after Sub, size int) (members []*User, next Sub, err error) {
	if _, err := e.store.Group(ctx, pool, group); err != nil {
		return nil, "", err
	}
	size = userpool.PageSize(size, userpool.MaxPage)
	rows, err := e.store.Members(ctx, pool, group, after, size+1)
	if err != nil {
		return nil, "", err
	}
	members, next = userpool.CutPage(rows, size, func(u *User) Sub { return u.Sub })
	return members, next, nil
}

// GroupsOf returns all groups of a user, sorted by precedence (groups without
// one last), then by name.
func (e *Engine) GroupsOf(ctx context.Context, pool userpool.PoolID, sub Sub) ([]*Group, error) {
	return e.store.GroupsOf(ctx, pool, sub)
}

// ListGroupsOf returns a page of a user's groups in the order of
// [Engine.GroupsOf], and the value of after for the next page: "" after the last
// page.
func (e *Engine) ListGroupsOf(ctx context.Context, u *User, after string, size int) (groups []*Group, next string, err error) {
	all, err := e.GroupsOf(ctx, u.Pool, u.Sub)
	if err != nil {
		return nil, "", err
	}
	rest := slices.DeleteFunc(all, func(g *Group) bool { return after != "" && rank(g) <= after })
	groups, next = userpool.CutPage(rest, userpool.PageSize(size, userpool.MaxPage), rank)
	return groups, next, nil
}

// rank returns a text that sorts groups by precedence and then by name, groups
// without a precedence last.
func rank(g *Group) string {
	if g.Precedence == nil {
		return "~" + g.Name
	}
	return fmt.Sprintf("%019d %s", *g.Precedence, g.Name)
}
