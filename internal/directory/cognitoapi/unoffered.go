package cognitoapi

import (
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
)

// unofferedMember is a member of an input that asks for something that
// Gatehouse does not do. Such a member is refused: if a setting were stored and
// nothing acted on it, the pool would not do what its owner was told.
type unofferedMember struct {
	requested bool // whether this input asks for it
	name      string
}

// refuseRequested returns ErrNotOffered with the names of the members that an
// input asks for, or nil if it asks for no such member.
func refuseRequested(list ...unofferedMember) error {
	var names []string
	for _, m := range list {
		if m.requested {
			names = append(names, m.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return ErrNotOffered.Saying("This version of Gatehouse does not offer: %s. See docs/compatibility.md.", strings.Join(names, ", "))
}

// Unoffered lists the members of some operations that are refused if a request
// asks for them.
type Unoffered struct {
	Operations []string
	Members    []string
}

// UnofferedMembers returns the members that are refused. It reads the tables
// that refuse them.
func UnofferedMembers() []Unoffered {
	return []Unoffered{
		{[]string{"CreateUserPool", "UpdateUserPool"}, namesOf(unofferedPoolMembers(&wire.CreateUserPoolInput{}))},
		{[]string{"CreateUserPoolClient", "UpdateUserPoolClient"}, namesOf(unofferedClientMembers(&wire.CreateUserPoolClientInput{}))},
		{[]string{"CreateUserPoolDomain", "UpdateUserPoolDomain"}, namesOf(unofferedDomainMembers(nil))},
	}
}

func namesOf(list []unofferedMember) []string {
	var names []string
	for _, m := range list {
		names = append(names, m.name)
	}
	return names
}
