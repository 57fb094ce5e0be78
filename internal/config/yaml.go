package config

import (
	"errors"
	"fmt"
	"math"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of what is read: a file a person keeps is far below them, and one made
// to exhaust memory with aliases of aliases is stopped by them.
const (
	maxBytes = 8 << 20
	maxNodes = 500_000
	maxDepth = 200
)

// parse reads YAML, of which JSON is a part. Lines are counted in the text;
// everything is placed as at says, with the line of its own if at names a file.
func parse(data []byte, at place) (*node, []Fault) {
	b := &builder{at: at, anchors: map[string]*node{}}
	file, err := parseYAML(data)
	if err != nil {
		b.syntax(err)
		return &node{at: at}, b.faults
	}
	root := &node{at: at}
	for i, doc := range file.Docs {
		if i > 0 {
			b.fault(doc.Body, "a second document begins here", "", "one file holds one configuration: take out the line ---")
			break
		}
		root = b.node(doc.Body, 0)
	}
	if b.full {
		root = &node{at: at}
	}
	return root, b.faults
}

// parseYAML guards against faults of the parser itself, which reads what people
// wrote: a file that it can't stand must not end a running process.
func parseYAML(data []byte) (file *ast.File, err error) {
	if len(data) > maxBytes {
		return nil, errors.New("larger than 8 MiB")
	}
	if depth(data) > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, errors.New("not readable as YAML")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

// depth is an upper bound of how deep brackets nest, and lists within lists on
// one line. Nesting by indentation needs a text that grows with the square of
// the depth.
func depth(data []byte) int {
	deepest, now, dashes := 0, 0, 0
	leading := true // nothing but indicators of lists stood on the line so far
	for i, c := range data {
		switch c {
		case '[', '{':
			now++
		case ']', '}':
			now = max(now-1, 0)
		case '\n':
			dashes, leading = 0, true
			continue
		}
		indicator := (c == '-' || c == '?') && i+1 < len(data) && (data[i+1] == ' ' || data[i+1] == '\t')
		leading = leading && (indicator || c == ' ' || c == '\t')
		if leading && indicator {
			dashes++
		}
		deepest = max(deepest, now, dashes)
	}
	return deepest
}

// builder makes nodes of the parser's tree: it follows aliases and merge keys,
// and refuses what can't be a configuration.
type builder struct {
	at      place
	anchors map[string]*node
	count   int
	full    bool // the bounds were passed
	faults  []Fault
}

func (b *builder) place(n ast.Node) place {
	at := b.at
	if n != nil && at.variable == "" && n.GetToken() != nil && n.GetToken().Position != nil {
		at.line = n.GetToken().Position.Line
	}
	return at
}

func (b *builder) fault(n ast.Node, found, expected, hint string) *node {
	at := b.place(n)
	b.faults = append(b.faults, Fault{File: at.file, Line: at.line, Variable: at.variable, Found: found, Expected: expected, Hint: hint})
	return &node{at: at}
}

// syntax reports what the parser says, without the lines around it: they may
// hold a secret.
func (b *builder) syntax(err error) {
	f := Fault{File: b.at.file, Variable: b.at.variable, Found: "the text", Expected: "YAML"}
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		if t := syntax.GetToken(); t != nil && t.Position != nil && f.Variable == "" {
			f.Line = t.Position.Line
		}
		f.Hint = syntax.GetMessage()
	} else {
		f.Hint = err.Error()
	}
	b.faults = append(b.faults, f)
}

func (b *builder) node(n ast.Node, depth int) *node {
	if b.count++; b.count > maxNodes || depth > maxDepth {
		return b.tooMuch(n)
	}
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return &node{at: b.place(n)}
	case *ast.MappingNode:
		return b.mapping(n, n.Values, depth)
	case *ast.MappingValueNode:
		return b.mapping(n, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		list := &node{kind: listNode, at: b.place(n)}
		for _, v := range n.Values {
			list.list = append(list.list, b.node(v, depth+1))
		}
		return list
	case *ast.AnchorNode:
		value := b.node(n.Value, depth+1)
		b.anchors[anchorName(n.Name)] = value
		return value
	case *ast.AliasNode:
		return b.alias(n)
	case *ast.TagNode:
		return b.tagged(n, depth)
	case ast.ScalarNode:
		return b.scalar(n)
	default:
		return b.fault(n, "this", "a value that a configuration can hold", "")
	}
}

func (b *builder) tooMuch(n ast.Node) *node {
	if b.full {
		return &node{at: b.at}
	}
	b.full = true
	return b.fault(n, "the file holds too many values, or they nest too deeply", "", "")
}

func anchorName(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}

func (b *builder) alias(n *ast.AliasNode) *node {
	name := anchorName(n.Value)
	value, ok := b.anchors[name]
	if !ok {
		return b.fault(n, fmt.Sprintf("*%s refers to an anchor that is not set above it", name), "", "")
	}
	b.count += value.size(maxNodes)
	return value
}

func (b *builder) tagged(n *ast.TagNode, depth int) *node {
	value := b.node(n.Value, depth+1)
	switch tag := n.GetToken().Value; tag {
	case "!!str":
		if value.kind == scalarNode {
			value = &node{kind: scalarNode, text: value.text, scalar: value.text, at: value.at}
		}
	case "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq":
	default:
		return b.fault(n, "the tag "+tag, "known", "write the value without it")
	}
	return value
}

func (b *builder) mapping(n ast.Node, values []*ast.MappingValueNode, depth int) *node {
	m := &node{kind: mapNode, at: b.place(n)}
	if len(values) > 0 {
		m.at = b.place(values[0].Key)
	}
	var merged []*node
	seen := map[string]bool{}
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merged = append(merged, b.node(v.Value, depth+1))
			continue
		}
		key, ok := b.key(v.Key)
		if !ok {
			continue
		}
		if seen[key] {
			b.fault(v.Key, fmt.Sprintf("the key %q stands twice in one map", key), "", "")
			continue
		}
		seen[key] = true
		m.entries = append(m.entries, entry{key: key, at: b.place(v.Key), value: b.node(v.Value, depth+1)})
	}
	for _, from := range merged {
		b.merge(m, seen, from)
	}
	return m
}

// merge adds what a merge key (<<) names to m, where m does not say otherwise.
func (b *builder) merge(m *node, seen map[string]bool, from *node) {
	switch from.kind {
	case mapNode:
		for _, e := range from.entries {
			if !seen[e.key] {
				seen[e.key] = true
				m.entries = append(m.entries, e)
			}
		}
	case listNode:
		for _, each := range from.list {
			if each.kind == mapNode {
				b.merge(m, seen, each)
			}
		}
	}
}

func (b *builder) key(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return k.GetToken().Value, true
	default:
		b.fault(k, "this key", "a text", "")
		return "", false
	}
}

func (b *builder) scalar(n ast.ScalarNode) *node {
	s := &node{kind: scalarNode, at: b.place(n), text: n.GetToken().Value}
	switch v := n.GetValue().(type) {
	case nil:
		return &node{at: s.at}
	case string:
		s.text, s.scalar = v, v
	case bool:
		s.scalar = v
	case int64:
		s.scalar = v
	case uint64:
		if s.scalar = float64(v); v <= math.MaxInt64 {
			s.scalar = int64(v)
		}
	case float64:
		s.scalar = v
	default:
		s.scalar = s.text
	}
	return s
}
