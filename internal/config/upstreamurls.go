package config

import (
	"strconv"
	"strings"
)

// decode reads a single URL or a list of them, each perhaps with a weight.
func (u *UpstreamURLs) decode(d *decoder, path string, n *node) {
	if n.kind == scalarNode {
		n = &node{kind: listNode, list: []*node{n}, at: n.at}
		*u = UpstreamURLs{d.upstream(path, n.list[0])}
		return
	}
	if n.kind != listNode {
		d.fail(path, n, n.noun(), "a URL or a list of URLs", "")
		return
	}
	*u = nil
	for i, each := range n.list {
		d.places[item(path, i)] = each.at
		*u = append(*u, d.upstream(item(path, i), each))
	}
}

func (d *decoder) upstream(path string, n *node) UpstreamURL {
	if n.kind != scalarNode {
		d.fail(path, n, n.noun(), "a URL", "")
		return UpstreamURL{}
	}
	text, weight := n.text, 0
	if i := strings.LastIndexByte(text, ','); i >= 0 {
		w, err := strconv.Atoi(text[i+1:])
		if err != nil || w < 1 || w > 1_000_000 {
			d.fail(path, n, quoteURL(text[i+1:]), "a weight of 1 or more", "several upstreams are written as a list")
			return UpstreamURL{}
		}
		text, weight = text[:i], w
	}
	u, hint, ok := parseURL(text)
	if !ok {
		d.fail(path, n, quoteURL(n.text), "a URL", hint)
		return UpstreamURL{}
	}
	return UpstreamURL{URL: u, Weight: weight}
}
