package policy

// The syntax tree: what was written, checked, with the place of everything.

// group is one operator with its criteria.
type group struct {
	path     string // policy[0].allow.and
	op       string // and, or, not, nor
	criteria []criterion
}

// criterion is one criterion with its data understood.
type criterion struct {
	path string
	sub  string // what follows the first slash of the name; keeps its case
	kind *kind
	cond condition
}

// rule is one rule: its groups by action, in the order and, or, not, nor.
type rule struct {
	allow, deny []group
}

// document prints rules as decoded YAML, in the shortest form that parses to
// the same tree.
func document(rules []rule) any {
	list := []any{}
	for _, r := range rules {
		printed := map[string]any{}
		if len(r.allow) > 0 {
			printed["allow"] = printGroups(r.allow)
		}
		if len(r.deny) > 0 {
			printed["deny"] = printGroups(r.deny)
		}
		list = append(list, printed)
	}
	return list
}

func printGroups(groups []group) any {
	printed := map[string]any{}
	for _, g := range groups {
		list := []any{}
		for _, c := range g.criteria {
			list = append(list, map[string]any{c.name(): c.cond.data()})
		}
		printed[g.op] = list
	}
	return printed
}

// name is the criterion's key.
func (c criterion) name() string {
	if c.sub == "" {
		return c.kind.name
	}
	return c.kind.name + "/" + c.sub
}
