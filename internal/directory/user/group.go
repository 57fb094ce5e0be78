package user

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Errors of groups.
var (
	ErrGroupNotFound = fault.New(fault.NotFound, "group_not_found", "Group not found.")
	ErrGroupExists   = fault.New(fault.Conflict, "group_exists", "A group with the name already exists.")
	ErrTooManyGroups = fault.New(fault.Invalid, "groups_many", "A user may be in at most 100 groups.")
)

// Group is a set of users of one pool.
type Group struct {
	Pool              userpool.PoolID
	Name              string
	Description       string
	RoleARN           string
	Precedence        *int // 0 comes first; nil comes last
	Created, Modified time.Time
}

// GroupStore keeps groups and their members. Every method is one transaction.
type GroupStore interface {
	// CreateGroup fails with ErrGroupExists, userpool.ErrPoolNotFound, or
	// userpool.ErrTooManyResources if the pool has [MaxGroups].
	CreateGroup(ctx context.Context, g *Group) error
	// Group fails with ErrGroupNotFound, as do all methods for one group.
	Group(ctx context.Context, pool userpool.PoolID, name string) (*Group, error)
	// UpdateGroup may call change more than once. If change returns an error,
	// nothing is saved.
	UpdateGroup(ctx context.Context, pool userpool.PoolID, name string, change func(*Group) error) (*Group, error)
	DeleteGroup(ctx context.Context, pool userpool.PoolID, name string) error
	// Groups returns a page, sorted by name, of the groups after a name.
	Groups(ctx context.Context, pool userpool.PoolID, after string, limit int) ([]*Group, error)

	// AddMember does nothing if the user is a member already. ErrUserNotFound, and
	// ErrTooManyGroups if the user is in [MaxGroupsOf] groups.
	AddMember(ctx context.Context, pool userpool.PoolID, group string, sub Sub, now time.Time) error
	// RemoveMember does nothing if the user is not a member. ErrUserNotFound.
	RemoveMember(ctx context.Context, pool userpool.PoolID, group string, sub Sub) error
	// GroupsOf returns all groups of a user, sorted by precedence (groups
	// without one last), then by name.
	GroupsOf(ctx context.Context, pool userpool.PoolID, sub Sub) ([]*Group, error)
	// Members returns a page, sorted by sub, of the members after a sub.
	Members(ctx context.Context, pool userpool.PoolID, group string, after Sub, limit int) ([]*User, error)
}

// PreferredRole returns the role of the first group. It returns "" if that group
// has no precedence or no role, or if another group has the same precedence and
// a different role. groups are sorted by precedence.
// Cognito: "Adding groups to a user pool", precedence.
func PreferredRole(groups []*Group) string {
	if len(groups) == 0 || groups[0].Precedence == nil {
		return ""
	}
	role := groups[0].RoleARN
	for _, g := range groups[1:] {
		if g.Precedence == nil || *g.Precedence != *groups[0].Precedence {
			break
		}
		if g.RoleARN != role {
			return ""
		}
	}
	return role
}
