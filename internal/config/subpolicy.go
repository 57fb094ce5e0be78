package config

import (
	"slices"

	"gatehouse/internal/base/settings"
)

// SubPolicy is a policy that Pomerium's console wrote into a route.
type SubPolicy struct {
	// Its id at the console. It has no effect.
	ID string `key:"id"`

	// Its name at the console. It has no effect.
	Name string `key:"name"`

	// These people too, as with the route's key of this name.
	AllowedUsers []string `key:"allowed_users"`

	// People of these domains too, as with the route's key of this name.
	AllowedDomains []string `key:"allowed_domains"`

	// People with these claims too, as with the route's key of this name.
	AllowedIDPClaims map[string][]any `key:"allowed_idp_claims"`

	// The program that the console made of `source_ppl`. Gatehouse runs no programs:
	// a policy that has this key alone is refused, and beside `source_ppl` it has no
	// effect.
	Rego any `key:"rego"`

	// Rules in Pomerium's policy language, as one text or written out. They stand
	// beside those of `policy`.
	SourcePPL Rules `key:"source_ppl"`

	// What the policy asks for, in words for the person whom it refuses. With
	// `show_error_details` the page of the refusal shows it, as plain text.
	Explanation string `key:"explanation"`

	// What that person can do. It is shown as `explanation` is.
	Remediation string `key:"remediation"`
}

// Rules are rules in the policy language, decoded and not compiled.
type Rules []any

// DecodeSetting reads a rule or a list of rules, written out or as one text.
func (r *Rules) DecodeSetting(d *settings.Document, path string, n *settings.Node) {
	if n.Kind == settings.Scalar && n.Text == "" {
		return
	}
	if n.Kind == settings.Scalar {
		n = d.Embedded(path, n, "a policy, written as JSON or YAML")
	}
	if n.Kind == settings.Map {
		n = &settings.Node{Kind: settings.List, Items: []*settings.Node{n}, Place: n.Place}
	}
	var rules any
	d.Value(path, n, &rules)
	*r, _ = rules.([]any)
}

// asksWho reports whether a rule asks who the user is.
func (p *SubPolicy) asksWho() bool {
	return len(p.AllowedUsers) > 0 || len(p.AllowedDomains) > 0 || len(p.AllowedIDPClaims) > 0 || asksWho([]any(p.SourcePPL))
}

// isProgram reports whether a program says who may pass, and no rules.
func (p *SubPolicy) isProgram() bool {
	return p.SourcePPL == nil && holdsText(p.Rego)
}

func holdsText(value any) bool {
	switch v := value.(type) {
	case string:
		return v != ""
	case []any:
		return slices.ContainsFunc(v, holdsText)
	}
	return value != nil
}

func (k *checker) checkSubPolicies(r *Route) {
	for i := range r.SubPolicies {
		p, at := &r.SubPolicies[i], settings.Item(r.Key+".sub_policies", i)
		if p.isProgram() {
			k.fail(at+".rego", "is a program without source_ppl", "", "Gatehouse runs no programs: write the rules in Pomerium's policy language under source_ppl")
		}
		k.checkClaims(at, p.AllowedIDPClaims)
	}
}
