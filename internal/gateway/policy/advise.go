package policy

import "strings"

// adviseOnJoining warns of rules that mean something else than they seem to.
func (p *parser) adviseOnJoining(path string, groups []group) {
	for _, g := range groups {
		if len(groups) > 1 && (g.op == "not" || g.op == "nor") {
			p.warn(g.path, "is joined by OR with the other operators of this rule; it takes nothing away from them (to forbid, use deny)")
		}
		if g.op == "nor" && len(g.criteria) > 1 {
			p.warn(g.path, "is true as soon as one of its criteria is false; to ask that all are false, use not")
		}
	}
}

// adviseOnAllow warns of rules that may open a route against their author's
// intention.
func (p *parser) adviseOnAllow(groups []group) {
	for _, g := range groups {
		p.adviseOnPublic(g)
		p.adviseOnNegative(g)
		p.adviseOnTools(g)
	}
}

// adviseOnTools warns of a group that is true of calls of tools alone: a client of the
// Model Context Protocol sends other messages before.
func (p *parser) adviseOnTools(g group) {
	if g.inverts() {
		return
	}
	for _, c := range g.criteria {
		if c.kind == &mcpTool {
			p.warn(c.path, "is true only of messages that call a tool, and not of those by which a client begins and asks for the list of tools; write it under deny")
		}
	}
}

// adviseOnReject warns of reject under deny, where it seems to refuse everybody.
func (p *parser) adviseOnReject(groups []group) {
	for _, g := range groups {
		for _, c := range g.criteria {
			if c.kind == &reject && !g.inverts() {
				p.warn(c.path, "is always false, so it refuses nobody; to refuse everybody, leave out the rules that allow, or write accept here")
			}
		}
	}
}

// adviseOnPublic warns of a group that is true of visitors who are not signed
// in.
func (p *parser) adviseOnPublic(g group) {
	var open []string
	for _, c := range g.criteria {
		if c.kind.class == ofRequest || g.inverts() && (c.kind.class == ofCertificate || c.kind.class == ofPreflight || c.kind.class == ofNothing) {
			open = append(open, c.name())
		} else if g.all() && c.kind.class != ofEverything {
			return
		}
	}
	if len(open) > 0 {
		p.warn(g.path, "lets requests pass by %s alone, whoever sends them: signed in or not", strings.Join(open, ", "))
	}
}

// adviseOnNegative warns where a policy is stricter here than under Pomerium.
// There a negative matcher is true of visitors who are not signed in.
func (p *parser) adviseOnNegative(g group) {
	for _, c := range g.criteria {
		if n, ok := c.cond.(interface{ negative() bool }); ok && c.kind.class == ofIdentity && n.negative() {
			p.warn(c.path, "is true only of people who are signed in; Pomerium lets visitors pass here")
		}
	}
}

// adviseOnStars warns of a * that its author may take for any text.
func (p *parser) adviseOnStars(path string, m textMatcher) {
	for _, t := range m {
		for _, v := range t.values {
			if strings.Contains(v, "*") {
				p.warn(path, "%q is compared as it is written: * stands for no other text; to let in everybody who signs in write allow_any_authenticated_user, and for a beginning or an end starts_with or ends_with", clip(v))
			}
		}
	}
}

// all reports whether every criterion must hold; otherwise one is enough.
func (g group) all() bool { return g.op == "and" || g.op == "not" }

// inverts reports whether the group asks that criteria are false.
func (g group) inverts() bool { return g.op == "not" || g.op == "nor" }
