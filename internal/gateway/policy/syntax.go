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

// name returns the key of a criterion.
func (c criterion) name() string {
	if c.sub == "" {
		return c.kind.name
	}
	return c.kind.name + "/" + c.sub
}
