package config

import "reflect"

const claimHeaderPrefix = "X-Pomerium-Claim-"

// decode reads a map of header to claim, or a list of claims. Pomerium: a claim
// of the list form goes in the header X-Pomerium-Claim-<claim>.
func (h *ClaimHeaders) decode(d *decoder, path string, n *node) {
	if n.kind == scalarNode && len(n.text) > 0 && n.text[0] == '{' {
		n = d.embedded(path, n, "a map, written as JSON")
	}
	if n.kind == mapNode || n.kind == nullNode {
		m := map[string]string{}
		d.mapping(path, n, reflect.ValueOf(&m).Elem(), &field{})
		*h = m
		return
	}
	var claims []string
	d.slice(path, n, reflect.ValueOf(&claims).Elem(), &field{})
	*h = ClaimHeaders{}
	for _, claim := range claims {
		(*h)[claimHeaderPrefix+claim] = claim
	}
}
