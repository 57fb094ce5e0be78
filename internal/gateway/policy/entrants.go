package policy

import (
	"slices"
	"strings"
)

// Entrants describes in words whom a policy lets pass. It is meant for the people
// who run the installation, because it shows every value that a rule names.
type Entrants struct {
	// Allowed has one phrase for each way to pass: "anyone, without signing
	// in", "people whose claim cognito:groups has admins". Nil: nobody passes.
	Allowed []string
	// Denied has one phrase for each group of people or requests that a deny
	// rule refuses even if Allowed names them.
	Denied []string
}

// anyone is the phrase of an alternative without a condition.
const anyone = "anyone"

// Entrants describes the policy. A nil policy lets nobody pass.
func (p *Policy) Entrants() Entrants {
	if p == nil {
		return Entrants{}
	}
	visitors := "anyone, without signing in"
	if p.deny.keepsVisitorsOut() || p.allow.sendsVisitorsToSignIn() {
		visitors = "anyone who signs in"
	}
	e := Entrants{Allowed: p.allow.phrases(visitors), Denied: p.deny.phrases(anyone)}
	for _, phrase := range e.Denied {
		if phrase == anyone {
			e.Allowed = nil
		}
	}
	return e
}

// phrases describes each alternative of a side once. visitors names the people
// of an alternative that does not ask who the caller is.
func (s side) phrases(visitors string) []string {
	var all []string
	seen := map[string]bool{}
	for _, phrase := range mergeUserAndEmail(s.alternatives(), visitors) {
		if phrase != "" && !seen[phrase] {
			seen[phrase] = true
			all = append(all, phrase)
		}
	}
	return all
}

// alternatives splits a side into conjunctions, any one of which is enough.
func (s side) alternatives() []conjunction {
	var all []conjunction
	for _, b := range s {
		if any, ok := b.node.(anyOf); ok {
			for _, n := range any {
				all = append(all, conjunctionOf(n))
			}
			continue
		}
		all = append(all, conjunctionOf(b.node))
	}
	return all
}

// sendsVisitorsToSignIn reports whether an alternative asks only that the
// caller is not somebody. It is true of visitors with the reason
// user-unauthenticated, which sends them to sign in whatever else allows.
func (s side) sendsVisitorsToSignIn() bool {
	for _, c := range s.alternatives() {
		if c.onlyExcludesPeople() {
			return true
		}
	}
	return false
}

// keepsVisitorsOut reports whether a rule of the deny side refuses every visitor
// or sends them to sign in, whatever the request is. If in doubt it returns
// false: visitors who may pass must be named.
func (s side) keepsVisitorsOut() bool {
	return slices.ContainsFunc(s, func(b branch) bool { return keepsVisitorsOut(b.node) })
}

// keepsVisitorsOut reports whether a node is true of every visitor, or else has
// the reason user-unauthenticated.
func keepsVisitorsOut(n node) bool {
	all, ok := n.(allOf)
	if !ok {
		return n.asksIdentity()
	}
	for _, t := range conjunctionOf(all) {
		if t.asksIdentity() && !t.not {
			return true // it is false, and its reason is shown
		}
	}
	for _, t := range conjunctionOf(all) {
		if !t.asksIdentity() && !t.constant(true) {
			return false // if it is false, only its reason is shown
		}
	}
	return len(all) > 0
}

// conjunction is a list of criteria that must all hold.
type conjunction []term

// term is a criterion that must hold, or with not must not hold.
type term struct {
	*leaf
	not bool
}

func conjunctionOf(n node) conjunction {
	switch n := n.(type) {
	case *leaf:
		return conjunction{{leaf: n}}
	case negation:
		c := conjunctionOf(n.of)
		for i := range c {
			c[i].not = !c[i].not
		}
		return c
	case allOf:
		var c conjunction
		for _, child := range n {
			c = append(c, conjunctionOf(child)...)
		}
		return c
	}
	return nil
}

func (c conjunction) onlyExcludesPeople() bool {
	for _, t := range c {
		if !t.not || !t.asksIdentity() {
			return false
		}
	}
	return len(c) > 0
}

// phrase describes a conjunction, or returns "" if it never holds.
func (c conjunction) phrase(visitors string) string {
	if c.neverHolds() {
		return ""
	}
	phrase := c.people(visitors)
	if except := c.facts(isPerson, true); len(except) > 0 {
		phrase += " except those " + strings.Join(except, " or ")
	}
	if when := c.facts(isCircumstance, false); len(when) > 0 {
		phrase += ", if " + strings.Join(when, " and ")
	}
	if unless := c.facts(isCircumstance, true); len(unless) > 0 {
		phrase += ", unless " + strings.Join(unless, " or ")
	}
	return phrase
}

// people names whom the conjunction is about.
func (c conjunction) people(visitors string) string {
	if who := c.facts(isPerson, false); len(who) > 0 {
		return "people " + strings.Join(who, " and ")
	}
	for _, t := range c {
		if t.asksIdentity() {
			return "anyone who signs in"
		}
	}
	return visitors
}

// constant reports whether the term has a value whatever the request is.
func (t term) constant(value bool) bool {
	if t.not {
		value = !value
	}
	return t.kind.class == ofEverything && value || t.kind.class == ofNothing && !value
}

// neverHolds reports whether a term is false whatever the request is.
// Visitors who are not signed in count as nobody: a rule about them sends them
// to sign in.
func (c conjunction) neverHolds() bool {
	for _, t := range c {
		if t.constant(false) || t.not && t.kind == &authenticatedUser {
			return true
		}
	}
	return len(c) == 0
}

// facts returns what the terms of one sort say.
func (c conjunction) facts(sort func(*kind) bool, not bool) []string {
	var all []string
	for _, t := range c {
		if t.not == not && sort(t.kind) {
			all = append(all, t.cond.fact())
		}
	}
	return all
}

// isPerson reports whether a criterion tells some signed-in people from others.
func isPerson(k *kind) bool { return k.class == ofIdentity && k != &authenticatedUser }

// isCircumstance reports whether a criterion asks about the request.
func isCircumstance(k *kind) bool {
	return k.class != ofIdentity && k.class != ofEverything && k.class != ofNothing
}

// mergeUserAndEmail describes alternatives. An entry of allowed_users is
// compared with the user id and with the e-mail address: two alternatives with
// the same values, which read better as one.
func mergeUserAndEmail(alternatives []conjunction, visitors string) []string {
	var phrases []string
	for i := 0; i < len(alternatives); i++ {
		c := alternatives[i]
		if i+1 < len(alternatives) && sameUserAndEmail(c, alternatives[i+1]) {
			values := c[0].cond.(textCondition).textMatcher.fact()
			phrases = append(phrases, "people whose user id or e-mail address "+values)
			i++
			continue
		}
		phrases = append(phrases, c.phrase(visitors))
	}
	return phrases
}

func sameUserAndEmail(a, b conjunction) bool {
	if len(a) != 1 || len(b) != 1 || a[0].not || b[0].not || a[0].kind != &user || b[0].kind != &email {
		return false
	}
	return canonicalAddress(a[0].cond.(textCondition).textMatcher.fact()) == b[0].cond.(textCondition).textMatcher.fact()
}
