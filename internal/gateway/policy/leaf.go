package policy

// The compiled form has all-of, any-of, negation and leaves. It does not depend
// on the syntax that it came from.

// result is the value of a node for a request, with its reasons.
type result struct {
	is  truth
	why Reasons
}

type node interface {
	eval(*Request) result
	// explain says what would have to change so that the node, which has another
	// value, became want.
	explain(s *speaker, want truth)
	// asksIdentity reports whether any leaf below asks who the caller is.
	asksIdentity() bool
}

// leaf is one criterion, with the rules that all criteria share. A criterion of
// the identity is false if nobody is signed in, and unknown if its fact is.
type leaf struct {
	kind    *kind
	sub     string
	cond    condition
	reasons reasoner // cond, if it chooses its reason itself; else nil
}

func newLeaf(c criterion) *leaf {
	l := &leaf{kind: c.kind, sub: c.sub, cond: c.cond}
	l.reasons, _ = c.cond.(reasoner)
	return l
}

// reasoner is a condition that chooses its reason itself.
type reasoner interface {
	reason(r *Request, ok bool) Reasons
}

func (l *leaf) asksIdentity() bool { return l.kind.class == ofIdentity }

func (l *leaf) eval(r *Request) result {
	if l.asksIdentity() && r.Identity == nil {
		return result{no, ReasonUserUnauthenticated}
	}
	if l.kind.doubt != nil {
		if why := l.kind.doubt(r.Identity, l.sub); why != 0 {
			return result{unknown, why}
		}
	}
	ok := l.cond.holds(r)
	switch {
	case l.reasons != nil:
		return result{truthOf(ok), l.reasons.reason(r, ok)}
	case ok:
		return result{yes, l.kind.yes}
	}
	return result{no, l.kind.no}
}

// allOf is true if every node is true. If it is empty it is false, so that an
// empty rule allows nothing.
type allOf []node

func (n allOf) eval(r *Request) result {
	if len(n) == 0 {
		return result{}
	}
	var why [yes + 1]Reasons
	least := yes
	for _, child := range n {
		got := child.eval(r)
		why[got.is] |= got.why
		least = min(least, got.is)
	}
	return result{least, why[least]}
}

// anyOf is true if one node is true.
type anyOf []node

func (n anyOf) eval(r *Request) result {
	var why [yes + 1]Reasons
	most := no
	for _, child := range n {
		got := child.eval(r)
		why[got.is] |= got.why
		most = max(most, got.is)
	}
	return result{most, why[most]}
}

// negation inverts a node and keeps its reasons. So "not this person" still has
// the reason user-unauthenticated if nobody is signed in.
type negation struct{ of node }

func (n negation) eval(r *Request) result {
	got := n.of.eval(r)
	return result{got.is.not(), got.why}
}

func (n allOf) asksIdentity() bool    { return anyAsksIdentity(n) }
func (n anyOf) asksIdentity() bool    { return anyAsksIdentity(n) }
func (n negation) asksIdentity() bool { return n.of.asksIdentity() }

func anyAsksIdentity(nodes []node) bool {
	for _, n := range nodes {
		if n.asksIdentity() {
			return true
		}
	}
	return false
}
