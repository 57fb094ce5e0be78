package user

import (
	"slices"
	"strings"
)

// ParseFilter reads a ListUsers filter: one clause of attribute, operator
// ("=" equal, "^=" begins with) and quoted value. "" asks for everybody.
// ErrFilter. Cognito: ListUsers, Filter.
//
//	filter    = [ attribute ws ("=" / "^=") ws value ]
//	attribute = name / quoted
//	value     = quoted            ; "\" takes the next character as it is
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

// FilterText prints a query as a filter that means the same.
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
