package policy

// The compiled form: all-of, any-of, negation, leaves. Nothing in it knows the
// syntax that it came from.

// result is what a node says of a request.
type result struct {
	ok  bool
	why Reasons
}

type node interface {
	eval(*Request) result
	// explain tells what would have to be otherwise for the node not to be
	// value, which it is.
	explain(s *speaker, value bool)
	// asksIdentity reports whether any leaf below asks who the caller is.
	asksIdentity() bool
}

// leaf is one criterion. What every criterion has in common is here: without
// somebody signed in, a criterion of the identity is not true.
type leaf struct {
	kind *kind
	cond condition
}

// reasoner is a condition whose reason depends on more than being true.
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

// allOf is true when every node is. Empty, it is false: nothing was asked, and
// so nothing allows.
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

// anyOf is true when one node is.
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

// negation turns a node around and keeps its reasons, so that "not this
// person" still carries user-unauthenticated when nobody is signed in.
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
