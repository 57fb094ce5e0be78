package settings

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Node is a value as it was written, with its place. The zero Node is null.
type Node struct {
	Kind    Kind
	Text    string  // of a scalar, as written
	Items   []*Node // of a list
	Entries []Entry // of a map, in the order of the text
	Place   Place

	anchor bool // an anchor names it, so that aliases elsewhere may stand for it
	scalar any  // of a scalar: bool, int64 or float64; nil if it is a text
}

// Entry is a key of a map with its value.
type Entry struct {
	Key   string
	Place Place
	Value *Node
}

// Kind is the form of a value.
type Kind int

const (
	Null   Kind = iota // nothing is written, or null
	Scalar             // a single value
	List
	Map
)

// Noun names the kind for a reader: "a list".
func (k Kind) Noun() string {
	return [...]string{Null: "nothing", Scalar: "a single value", List: "a list", Map: "a map"}[k]
}

// Text returns a scalar that holds text.
func Text(text string, at Place) *Node {
	return &Node{Kind: Scalar, Text: text, Place: at}
}

// Get returns the value of a key, or nil. Upper and lower case are the same.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Entries {
		if strings.EqualFold(e.Key, key) {
			return e.Value
		}
	}
	return nil
}

// Put replaces the value of a key, or adds the key. Upper and lower case are
// the same.
func (n *Node) Put(key string, value *Node) {
	for i, e := range n.Entries {
		if strings.EqualFold(e.Key, key) {
			n.Entries[i] = Entry{Key: e.Key, Place: value.Place, Value: value}
			return
		}
	}
	n.Entries = append(n.Entries, Entry{Key: key, Place: value.Place, Value: value})
}

// Number is a number with its text, where the text says more than the value. An
// example is one with more digits than a float64 can hold.
type Number struct {
	Text  string // as written
	Value any    // int64 or float64
}

// single returns the value of a scalar. A number comes with its text unless that is the
// usual one.
func (n *Node) single() any {
	switch v := n.scalar.(type) {
	case nil:
		return n.Text
	case int64:
		if n.Text != strconv.FormatInt(v, 10) {
			return Number{n.Text, v}
		}
	case float64:
		if n.Text != strconv.FormatFloat(v, 'f', -1, 64) || math.Abs(v) > 1<<53 {
			return Number{n.Text, v}
		}
	}
	return n.scalar
}

// plain returns the value in the form that a YAML or JSON decoder would give:
// nil, bool, int64, float64, [Number], string, []any, map[string]any.
func (n *Node) plain() any {
	switch n.Kind {
	case Scalar:
		return n.single()
	case List:
		list := make([]any, len(n.Items))
		for i, v := range n.Items {
			list[i] = v.plain()
		}
		return list
	case Map:
		m := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			m[e.Key] = e.Value.plain()
		}
		return m
	default:
		return nil
	}
}

// move gives n and all values inside it one place.
func (n *Node) move(to Place) {
	n.Place = to
	for _, v := range n.Items {
		v.move(to)
	}
	for i := range n.Entries {
		n.Entries[i].Place = to
		n.Entries[i].Value.move(to)
	}
}

// Anchored reports whether an anchor names n or a value inside it.
func (n *Node) Anchored() bool {
	return n.anchor || slices.ContainsFunc(n.Items, (*Node).Anchored) ||
		slices.ContainsFunc(n.Entries, func(e Entry) bool { return e.Value.Anchored() })
}

// size counts n and all values inside it, and stops at limit.
func (n *Node) size(limit int) int {
	count := 1
	for _, v := range n.Items {
		if count >= limit {
			return count
		}
		count += v.size(limit - count)
	}
	for _, e := range n.Entries {
		if count >= limit {
			return count
		}
		count += e.Value.size(limit - count)
	}
	return count
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
