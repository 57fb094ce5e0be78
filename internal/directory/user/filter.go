package user

import (
	"slices"
	"strings"

	"gatehouse/internal/directory/userpool"
)

// Query asks for a page of a pool's users. They are sorted by the value of
// Attribute and then by age, the oldest first, or by age alone if Attribute is "".
type Query struct {
	Attribute string // "", username, sub, status, cognito:user_status, or a searchable attribute
	Value     string // folded (FoldSearch) if lists compare the attribute in any case
	Prefix    bool   // true: the attribute begins with Value; false: it is equal
	After     string // where the last page ended; "": the first page
	Limit     int
	// WithoutPasswords leaves Password nil, also of users who have one, so that the
	// page is read faster.
	WithoutPasswords bool
}

// ParseFilter reads the filter of ListUsers: an attribute, an operator ("=" for
// equal, "^=" for begins with) and a quoted value. "" asks for all users.
// ErrFilter. Cognito: ListUsers, Filter.
//
//	filter    = [ attribute ws ("=" / "^=") ws value ]
//	attribute = name / quoted
//	value     = quoted            ; "\" stands before a character that is meant literally
func ParseFilter(filter string) (Query, error) {
	rest := strings.TrimSpace(filter)
	if rest == "" {
		return Query{}, nil
	}
	name, rest, ok := filterName(rest)
	if !ok {
		return Query{}, ErrFilter
	}
	rest = strings.TrimLeft(rest, " ")
	prefix := strings.HasPrefix(rest, "^=")
	rest, ok = strings.CutPrefix(strings.TrimPrefix(rest, "^"), "=")
	if !ok {
		return Query{}, ErrFilter
	}
	value, rest, ok := quoted(strings.TrimLeft(rest, " "))
	if !ok || strings.TrimSpace(rest) != "" {
		return Query{}, ErrFilter
	}
	return queryFor(name, value, prefix)
}

// CheckRequested checks that the pool's schema has all attributes that a list is to
// return. ErrFilter. Cognito: ListUsers, AttributesToGet.
func CheckRequested(p *userpool.Pool, names []string) error {
	for _, name := range names {
		if p.Attribute(name) == nil && name != identities {
			return errRequested
		}
	}
	return nil
}

// CheckPresent checks that each user of a page has all attributes that a list is to
// return. ErrFilter. Cognito: ListUsers, AttributesToGet.
func CheckPresent(users []*User, names []string) error {
	for _, u := range users {
		for _, name := range names {
			if u.Attribute(name) == "" {
				return errRequested
			}
		}
	}
	return nil
}

var errRequested = ErrFilter.Saying("One or more requested attributes do not exist.")

func queryFor(name, value string, prefix bool) (Query, error) {
	q := Query{Attribute: name, Value: value, Prefix: prefix}
	switch {
	case name == "username" || name == "sub":
		return q, nil
	case name == "status":
		if value != "Enabled" && value != "Disabled" {
			return Query{}, ErrFilter.Saying("Invalid status value: %s", value)
		}
		q.Prefix = false
		return q, nil
	case name == "cognito:user_status":
		q.Value = strings.ToUpper(value)
		return q, nil
	case slices.Contains(searchable, name):
		q.Value = FoldSearch(value)
		return q, nil
	}
	return Query{}, ErrFilter.Saying("Invalid search attribute: %s", name)
}

func filterName(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return quoted(s)
	}
	i := strings.IndexAny(s, " =^")
	if i <= 0 {
		return "", "", false
	}
	return s[:i], s[i:], true
}

func quoted(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// FilterText returns a filter with the same meaning as the query.
func FilterText(q Query) string {
	if q.Attribute == "" {
		return ""
	}
	op := " = "
	if q.Prefix {
		op = " ^= "
	}
	value := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(q.Value)
	return q.Attribute + op + `"` + value + `"`
}
