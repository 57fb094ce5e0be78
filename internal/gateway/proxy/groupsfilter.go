package proxy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/identity"
)

// GroupsFilter says of which groups of a person the upstreams of a route are told
// (jwt_groups_filter): in the assertion, in claim headers and for Kubernetes. Policies
// see all groups.
type GroupsFilter struct {
	names map[string]bool
	key   string // the same for filters that tell the same
}

// NewGroupsFilter returns a filter that tells of the named groups alone.
func NewGroupsFilter(names ...string) *GroupsFilter {
	f := &GroupsFilter{names: map[string]bool{}}
	for _, name := range names {
		f.names[name] = true
	}
	f.key = fmt.Sprintf("%q", slices.Sorted(maps.Keys(f.names)))
	return f
}

// cacheKey tells filters apart. A nil filter tells of all groups.
func (f *GroupsFilter) cacheKey() string {
	if f == nil {
		return ""
	}
	return f.key
}

// Of returns those of groups that are told. Groups that are not known (nil) stay so.
func (f *GroupsFilter) Of(groups []string) []string {
	if f == nil || groups == nil {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return !f.names[g] })
}

// told returns what is told of a person. id does not change.
func (f *GroupsFilter) told(id *identity.Identity) *identity.Identity {
	if f == nil {
		return id
	}
	less, claims := *id, id.Claims.Map()
	for claim, values := range claims {
		if holdsGroups(claim) {
			claims[claim] = slices.DeleteFunc(values, func(v any) bool { return !f.names[valueText(v)] })
		}
	}
	less.Groups, less.Claims = f.Of(id.Groups), identity.NewClaims(claims)
	return &less
}

// holdsGroups reports whether a claim has the groups of a person: "groups", or Cognito's
// "cognito:groups", or another of such a name.
func holdsGroups(claim string) bool {
	return identity.IsGroupsClaim(claim[strings.LastIndexAny(claim, ":/.")+1:])
}
