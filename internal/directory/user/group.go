package user

import (
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Errors of groups.
var (
	ErrGroupNotFound = fault.New(fault.NotFound, "group_not_found", "Group not found.")
	ErrGroupExists   = fault.New(fault.Conflict, "group_exists", "A group with the name already exists.")
)

// Group is a set of users of one pool.
type Group struct {
	Pool              userpool.PoolID
	Name              string
	Description       string
	RoleARN           string
	Precedence        *int // 0 is best; nil comes last
	Created, Modified time.Time
}

// PreferredRole returns the role of the best group, or "" when two best groups
// name different roles or none names one. groups are in order of precedence.
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
