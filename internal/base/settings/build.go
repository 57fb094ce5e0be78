package settings

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/base/pattern"
)

// builder turns the parser's tree into Nodes. It follows aliases and merge keys,
// and refuses what cannot be a configuration.
type builder struct {
	at      Place
	anchors map[*yaml.Node]*Node
	count   int  // of nodes so far
	full    bool // the file passes the bounds
	faults  []Fault
}

// place returns where n stands.
func (b *builder) place(n *yaml.Node) Place {
	at := b.at
	if n != nil && at.Variable == "" {
		at.Line = n.Line
	}
	return at
}

// fault reports a fault and returns a null in place of the value.
func (b *builder) fault(n *yaml.Node, found, expected, hint string) *Node {
	at := b.place(n)
	b.faults = append(b.faults, Fault{Place: at, Found: found, Expected: expected, Hint: hint})
	return &Node{Place: at}
}

// syntaxForm matches the parser's errors. Their texts name indicators and
// tokens, and hold no values of the file.
var syntaxForm = pattern.New(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax reports the parser's error about data.
func (b *builder) syntax(err error, data []byte) {
	f := Fault{Place: b.at, Found: "the text", Expected: "YAML", Hint: err.Error()}
	if m := syntaxForm.FindStringSubmatch(err.Error()); m != nil {
		f.Hint = m[2]
		if f.Variable == "" {
			told, _ := strconv.Atoi(m[1])
			f.Line = cmp.Or(wrongLine(data), told)
		}
		f.Hint += syntaxAdvice(m[2])
	}
	b.faults = append(b.faults, f)
}

// node turns n into a Node, and remembers it if it is an anchor.
func (b *builder) node(n *yaml.Node, depth int) *Node {
	if b.count++; b.count > maxNodes || depth > maxDepth {
		return b.tooMuch(n)
	}
	made := b.convert(n, depth)
	if n.Anchor != "" {
		made.anchor = true
		b.anchors[n] = made
	}
	return made
}

// convert turns n into a Node.
func (b *builder) convert(n *yaml.Node, depth int) *Node {
	if !knownTag(n.Tag) && n.Kind != yaml.AliasNode {
		return b.fault(n, "the tag "+n.Tag, "known", "write the value without it")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return b.mapping(n, depth)
	case yaml.SequenceNode:
		list := &Node{Kind: List, Place: b.place(n), Items: make([]*Node, 0, len(n.Content))}
		for _, v := range n.Content {
			list.Items = append(list.Items, b.node(v, depth+1))
		}
		return list
	case yaml.AliasNode:
		return b.alias(n)
	default:
		return b.scalar(n)
	}
}

func knownTag(tag string) bool {
	switch tag {
	case "", "!", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!merge", "!!timestamp":
		return true
	}
	return false
}

// tooMuch reports once that the file passes the bounds.
func (b *builder) tooMuch(n *yaml.Node) *Node {
	if b.full {
		return &Node{Place: b.at}
	}
	b.full = true
	return b.fault(n, "the file holds too many values, or they nest too deeply", "", "")
}

// alias returns the value of an anchor. An alias inside its own anchor is a
// fault: the anchor has no value yet.
func (b *builder) alias(n *yaml.Node) *Node {
	value, ok := b.anchors[n.Alias]
	if !ok {
		return b.fault(n, fmt.Sprintf("*%s refers to an anchor that is not defined above it", n.Value), "", "")
	}
	b.count += value.size(maxNodes)
	return value
}

func (b *builder) mapping(n *yaml.Node, depth int) *Node {
	m := &Node{Kind: Map, Place: b.place(n), Entries: make([]Entry, 0, len(n.Content)/2)}
	if len(n.Content) > 0 {
		m.Place = b.place(n.Content[0])
	}
	var merged []*Node
	seen := names{of: m}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, b.node(value, depth+1))
		case key.Kind != yaml.ScalarNode:
			b.fault(key, "this key", "a text", "")
		case seen.has(key.Value):
			b.fault(key, fmt.Sprintf("the key %q is written twice in the same map", key.Value), "", "")
		default:
			m.Entries = append(m.Entries, Entry{Key: key.Value, Place: b.place(key), Value: b.node(value, depth+1)})
		}
	}
	for _, from := range merged {
		b.merge(m, &seen, from)
	}
	return m
}

// names are the keys of a map that is being read. Most have a few, which are found
// without a table.
type names struct {
	of    *Node
	table map[string]bool // of the first keys; nil: there is none yet
}

const fewKeys = 16

// has reports whether the map has a key so far.
func (n *names) has(key string) bool {
	entries := n.of.Entries
	if len(entries) <= fewKeys {
		return slices.ContainsFunc(entries, func(e Entry) bool { return e.Key == key })
	}
	if n.table == nil {
		n.table = map[string]bool{}
	}
	for _, e := range entries[len(n.table):] { // they are all different
		n.table[e.Key] = true
	}
	return n.table[key]
}

// merge adds to m the entries that a merge key (<<) names. Keys that m already
// has stay as they are.
func (b *builder) merge(m *Node, seen *names, from *Node) {
	switch from.Kind {
	case Map:
		for _, e := range from.Entries {
			if !seen.has(e.Key) {
				m.Entries = append(m.Entries, e)
			}
		}
	case List:
		for _, each := range from.Items {
			if each.Kind == Map {
				b.merge(m, seen, each)
			}
		}
	}
}

// scalar reads a single value. A number outside the range of int64 becomes a
// float64; a date stays a text.
func (b *builder) scalar(n *yaml.Node) *Node {
	s := Text(n.Value, b.place(n))
	switch n.ShortTag() {
	case "!!null":
		return &Node{Place: s.Place}
	case "!!bool":
		b.decode(n, s, new(bool))
	case "!!int":
		if !b.decode(n, s, new(int64)) {
			b.decode(n, s, new(float64))
		}
	case "!!float":
		b.decode(n, s, new(float64))
	}
	return s
}

// decode sets the scalar of s to what n holds, if n can be read into the type
// of into.
func (b *builder) decode(n *yaml.Node, s *Node, into any) bool {
	if err := n.Decode(into); err != nil {
		return false
	}
	switch v := into.(type) {
	case *bool:
		s.scalar = *v
	case *int64:
		s.scalar = *v
	case *float64:
		if math.IsNaN(*v) {
			return false
		}
		s.scalar = *v
	}
	return true
}
