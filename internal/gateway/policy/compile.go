package policy

// Compile compiles a route's access keys. The error joins one *Fault for each
// mistake. Without any key, the policy denies every request.
func Compile(a Access) (*Policy, error) {
	var p parser
	legacy := p.legacy(a)
	rules := p.document("policy", a.PPL)
	for i, s := range a.Sub {
		rules = append(rules, p.document(subPath(i)+".source_ppl", s.PPL)...)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	compiled := &Policy{}
	compiled.add(rule{allow: legacy})
	for _, r := range rules {
		compiled.add(r)
	}
	for i, s := range a.Sub {
		if !s.Guidance.IsZero() {
			compiled.guided = append(compiled.guided, guided{subPath(i), s.Guidance})
		}
	}
	if a.RequireCertificate {
		compiled.deny = append(compiled.deny, requireCertificate())
	}
	if len(compiled.allow) == 0 {
		p.warn("policy", "no rule allows anything: every request is denied")
	}
	compiled.warnings = p.warnings
	return compiled, nil
}

// requireCertificate returns the deny rule that refuses a missing or invalid
// client certificate (Pomerium: downstream_mtls, policy_with_default_deny).
func requireCertificate() branch {
	k := &invalidClientCertificate
	return branch{"downstream_mtls", anyOf{newLeaf(criterion{kind: k, cond: k.parse(nil, "", "", nil)})}}
}

func (p *Policy) add(r rule) {
	for _, g := range r.allow {
		p.allow = append(p.allow, branch{g.path, g.compile()})
	}
	for _, g := range r.deny {
		p.deny = append(p.deny, branch{g.path, g.compile()})
	}
}

func (g group) compile() node {
	criteria := g.criteria
	if g.op == "or" {
		criteria = joined(criteria)
	}
	nodes := make([]node, len(criteria))
	for i, c := range criteria {
		nodes[i] = newLeaf(c)
		if g.inverts() {
			nodes[i] = negation{nodes[i]}
		}
	}
	if g.all() {
		return allOf(nodes)
	}
	return anyOf(nodes)
}

// joinable is a condition that can be merged with another of the same criterion
// if one of the two is enough. A hundred allowed_users become one set.
type joinable interface {
	// join returns the condition "this or other", or nil if they can't be
	// merged.
	join(other condition) condition
}

// joined merges the criteria of an or. The order is that of the first criterion
// of each kind. The reasons stay the same, because they belong to the kind.
func joined(criteria []criterion) []criterion {
	type key struct {
		kind *kind
		sub  string
	}
	at := map[key]int{}
	var out []criterion
	for _, c := range criteria {
		k := key{c.kind, c.sub}
		if i, seen := at[k]; seen {
			if j, ok := out[i].cond.(joinable); ok {
				if cond := j.join(c.cond); cond != nil {
					out[i].cond = cond
					continue
				}
			}
		}
		at[k] = len(out)
		out = append(out, c)
	}
	return out
}
