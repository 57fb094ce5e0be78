package config

import "strings"

// node is a value as it was written, with its place.
type node struct {
	kind    nodeKind
	text    string // a scalar, as written
	scalar  any    // a scalar: bool, int64, float64 or string
	list    []*node
	entries []entry
	at      place
}

type entry struct {
	key   string
	at    place
	value *node
}

type nodeKind int

const (
	nullNode nodeKind = iota
	scalarNode
	listNode
	mapNode
)

func (n *node) noun() string {
	switch n.kind {
	case scalarNode:
		return "a single value"
	case listNode:
		return "a list"
	case mapNode:
		return "a map"
	default:
		return "nothing"
	}
}

// get returns the value of a key, whatever the case of its letters, or nil.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if strings.EqualFold(e.key, key) {
			return e.value
		}
	}
	return nil
}

// put replaces the value of a key, or adds the key.
func (n *node) put(key string, value *node) {
	for i, e := range n.entries {
		if strings.EqualFold(e.key, key) {
			n.entries[i] = entry{key: e.key, at: value.at, value: value}
			return
		}
	}
	n.entries = append(n.entries, entry{key: key, at: value.at, value: value})
}

// plain returns the value in the form that a YAML or JSON decoder would give:
// nil, bool, int64, float64, string, []any, map[string]any.
func (n *node) plain() any {
	switch n.kind {
	case scalarNode:
		return n.scalar
	case listNode:
		list := make([]any, len(n.list))
		for i, v := range n.list {
			list[i] = v.plain()
		}
		return list
	case mapNode:
		m := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			m[e.key] = e.value.plain()
		}
		return m
	default:
		return nil
	}
}

// size counts the nodes under n, up to a limit.
func (n *node) size(limit int) int {
	count := 1
	for _, v := range n.list {
		if count >= limit {
			return count
		}
		count += v.size(limit - count)
	}
	for _, e := range n.entries {
		if count >= limit {
			return count
		}
		count += e.value.size(limit - count)
	}
	return count
}
