package policy

import "slices"

// groups matches the groups of the signed-in person.
var groups = kind{
	name:  "groups",
	class: ofIdentity,
	yes:   ReasonGroupsOK,
	no:    ReasonGroupsUnauthorized,
	doubt: doubtOfGroups,
	parse: parseGroups,
}

type groupsCondition struct{ listMatcher }

func parseGroups(p *parser, path, _ string, data any) condition {
	m := p.list(path, data)
	if m == nil {
		return nil
	}
	return groupsCondition{m}
}

func (c groupsCondition) holds(r *Request) bool {
	return matches(c.listMatcher, groupList(r.Identity.Groups))
}

// groupList implements list.
type groupList []string

func (l groupList) one() bool { return len(l) == 1 }

func (l groupList) listed(t *listTest) bool {
	return slices.ContainsFunc(l, func(g string) bool { return t.lists(scalar{text: g}) })
}

func (c groupsCondition) join(other condition) condition {
	m := c.listMatcher.join(other.(groupsCondition).listMatcher)
	if m == nil {
		return nil
	}
	return groupsCondition{m}
}

func (c groupsCondition) say(r *Request, not, full bool) string {
	sentence := "your groups" + must(not) + c.phrase(unless(full, unnamed))
	switch {
	case not:
		return sentence
	case len(r.Identity.Groups) == 0:
		return sentence + "; you have none"
	}
	return sentence + "; you have " + having(r.Identity.Groups)
}

func (c groupsCondition) fact() string { return "whose groups " + c.listMatcher.fact(groupFacts) }

var groupFacts = map[string]string{"has": "include", "is": "are exactly", "exclude": "do not include"}
