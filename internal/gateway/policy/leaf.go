package policy

// The compiled form has all-of, any-of, negation and leaves. It does not depend
// on the syntax that it came from.

// result is the value of a node for a request, with its reasons.
type result struct {
	ok  bool
	why Reasons
}

type node interface {
	eval(*Request) result
	// explain says what would have to change so that the node, whose value is
	// value, had the other one.
	explain(s *speaker, value bool)
	// asksIdentity reports whether any leaf below asks who the caller is.
	asksIdentity() bool
}

// leaf is one criterion, with the rules that all criteria share. A criterion of
// the identity is false if nobody is signed in.
type leaf struct {
	kind *kind
	cond condition
}

// reasoner is a condition that chooses its reason itself.
type reasoner interface {
	reason(r *Request, ok bool) Reasons
}

func (l *leaf) asksIdentity() bool { return l.kind.class == ofIdentity }

func (l *leaf) eval(r *Request) result {
	if l.asksIdentity() && r.Identity == nil {
		return result{false, ReasonUserUnauthenticated}
	}
	ok := l.cond.holds(r)
	if own, has := l.cond.(reasoner); has {
		return result{ok, own.reason(r, ok)}
	}
	if ok {
		return result{true, l.kind.yes}
	}
	return result{false, l.kind.no}
}

// allOf is true if every node is true. If it is empty it is false, so that an
// empty rule allows nothing.
type allOf []node

func (n allOf) eval(r *Request) result {
	var yes, no Reasons
	ok := len(n) > 0
	for _, child := range n {
		got := child.eval(r)
		if got.ok {
			yes |= got.why
		} else {
			no |= got.why
			ok = false
		}
	}
	return choose(ok, yes, no)
}

// anyOf is true if one node is true.
type anyOf []node

func (n anyOf) eval(r *Request) result {
	var yes, no Reasons
	ok := false
	for _, child := range n {
		got := child.eval(r)
		if got.ok {
			yes |= got.why
			ok = true
		} else {
			no |= got.why
		}
	}
	return choose(ok, yes, no)
}

func choose(ok bool, yes, no Reasons) result {
	if ok {
		return result{true, yes}
	}
	return result{false, no}
}

// negation inverts a node and keeps its reasons. So "not this person" still has
// the reason user-unauthenticated if nobody is signed in.
type negation struct{ of node }

func (n negation) eval(r *Request) result {
	got := n.of.eval(r)
	return result{!got.ok, got.why}
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
