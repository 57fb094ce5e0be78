package settings

import (
	"reflect"
	"strings"
)

// Each calls do with the path and the value of each item of the list n, which
// stands at path. It remembers the place of each item.
func (d *Document) Each(path string, n *Node, do func(path string, item *Node)) {
	for i, item := range n.Items {
		at := Item(path, i)
		d.trail.places.mark(at, item.Place)
		do(at, item)
	}
}

// slice decodes a list.
func (d *Document) slice(path string, n *Node, v reflect.Value, k *key) {
	n = d.listOf(path, n, v.Type().Elem())
	if n.Kind == Null {
		return
	}
	if n.Kind != List {
		d.Fail(path, n.Place, n.Kind.Noun(), "a list", "")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	next := 0
	d.Each(path, n, func(at string, item *Node) {
		if item.Kind == Null {
			d.Fail(at, item.Place, "nothing", "an item of a list", "")
		} else {
			d.value(at, item, list.Index(next), k)
		}
		next++
	})
	v.Set(list)
}

// listOf returns the list that n means. A single text is a list too, and so is the
// map of a single struct. If the items are structs, or if the text begins with a
// bracket, the text is JSON.
// Otherwise its items are the parts between commas. A list of any value is not
// split: the value of a claim may hold commas, as distinguished names do.
func (d *Document) listOf(path string, n *Node, elem reflect.Type) *Node {
	switch {
	case n.Kind == Map && elem.Kind() == reflect.Struct, n.Kind == Scalar && elem == anyType:
		return &Node{Kind: List, Items: []*Node{n}, Place: n.Place}
	case n.Kind != Scalar:
		return n
	case elem.Kind() == reflect.Struct || strings.HasPrefix(strings.TrimSpace(n.Text), "["):
		return d.Embedded(path, n, "a list, written as JSON")
	default:
		return splitCommas(n)
	}
}

func splitCommas(n *Node) *Node {
	list := &Node{Kind: List, Place: n.Place}
	for part := range strings.SplitSeq(n.Text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list.Items = append(list.Items, Text(part, n.Place))
		}
	}
	return list
}

// Embedded parses the text of n, a list or a map that stands in quotes or in a
// variable, as JSON or YAML; expected says in words what it should be. A fault does
// not show the text: it may hold secrets.
func (d *Document) Embedded(path string, n *Node, expected string) *Node {
	parsed, faults := parse([]byte(n.Text), n.Place)
	if len(faults) > 0 || parsed.Kind != List && parsed.Kind != Map {
		d.Fail(path, n.Place, "the text", expected, "")
		return &Node{Place: n.Place}
	}
	parsed.move(n.Place)
	return parsed
}

// mapping decodes a map. Its keys keep their case: they are names of headers,
// claims and parameters.
func (d *Document) mapping(path string, n *Node, v reflect.Value, k *key) {
	if n.Kind == Scalar {
		n = d.Embedded(path, n, "a map, written as JSON")
	}
	n = mapOf(n)
	if n.Kind == Null {
		return
	}
	if n.Kind != Map {
		d.Fail(path, n.Place, n.Kind.Noun(), "a map", "")
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Entries))
	value := reflect.New(v.Type().Elem()).Elem()
	for _, e := range n.Entries {
		value.SetZero()
		at := Join(path, e.Key)
		d.trail.places.mark(at, e.Place)
		d.value(at, e.Value, value, k)
		m.SetMapIndex(reflect.ValueOf(e.Key), value)
	}
	v.Set(m)
}

// mapOf returns the map that n means. A list of maps is their union, as in
// `[X-A: a, X-B: b]`. Of a key that is there twice, the last value counts.
func mapOf(n *Node) *Node {
	if n.Kind != List {
		return n
	}
	union := &Node{Kind: Map, Place: n.Place}
	for _, item := range n.Items {
		if item.Kind != Map {
			return n
		}
		union.Entries = append(union.Entries, item.Entries...)
	}
	return union
}
