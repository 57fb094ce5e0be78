package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
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
	b := &builder{at: at, anchors: map[*yaml.Node]*node{}}
	docs, err := parseYAML(data)
	if err != nil {
		b.syntax(err)
		return &node{at: at}, b.faults
	}
	root := &node{at: at}
	if len(docs) > 0 {
		root = b.node(docs[0], 0)
	}
	if len(docs) > 1 {
		b.fault(docs[1], "a second document begins here", "", "one file holds one configuration: take out the line ---")
	}
	if b.full {
		root = &node{at: at}
	}
	return root, b.faults
}

// parseYAML guards against faults of the parser itself, which reads what people
// wrote: a file that it can't stand must not end a running process. It reads
// two documents at most: a second one is a fault by itself.
func parseYAML(data []byte) (docs []*yaml.Node, err error) {
	if len(data) > maxBytes {
		return nil, errors.New("larger than 8 MiB")
	}
	if depth(data) > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	defer func() {
		if p := recover(); p != nil {
			docs, err = nil, errors.New("not readable as YAML")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(plainSlashes(data)))
	for len(docs) < 2 {
		var doc yaml.Node
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
			docs = append(docs, doc.Content[0])
		}
	}
	return docs, nil
}

// plainSlashes takes the escape off slashes in JSON, which YAML 1.2 reads and
// the parser does not. Lines stay where they are.
func plainSlashes(data []byte) []byte {
	if !bytes.Contains(data, []byte(`\/`)) || !json.Valid(data) {
		return data
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] == '\\' { // never the last byte of valid JSON
			i++
			if data[i] != '/' {
				out = append(out, '\\')
			}
		}
		out = append(out, data[i])
	}
	return out
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
	anchors map[*yaml.Node]*node
	count   int
	full    bool // the bounds were passed
	faults  []Fault
}

func (b *builder) place(n *yaml.Node) place {
	at := b.at
	if n != nil && at.variable == "" {
		at.line = n.Line
	}
	return at
}

func (b *builder) fault(n *yaml.Node, found, expected, hint string) *node {
	at := b.place(n)
	b.faults = append(b.faults, Fault{File: at.file, Line: at.line, Variable: at.variable, Found: found, Expected: expected, Hint: hint})
	return &node{at: at}
}

// syntaxForm is how the parser says what it stumbled over. Its texts speak of
// indicators and tokens, and hold none of the file's values.
var syntaxForm = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax reports what the parser says.
func (b *builder) syntax(err error) {
	f := Fault{File: b.at.file, Variable: b.at.variable, Found: "the text", Expected: "YAML", Hint: err.Error()}
	if m := syntaxForm.FindStringSubmatch(err.Error()); m != nil {
		f.Hint = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil && f.Variable == "" {
			f.Line = line
		}
	}
	b.faults = append(b.faults, f)
}

func (b *builder) node(n *yaml.Node, depth int) *node {
	if b.count++; b.count > maxNodes || depth > maxDepth {
		return b.tooMuch(n)
	}
	made := b.bare(n, depth)
	if n.Anchor != "" {
		b.anchors[n] = made
	}
	return made
}

func (b *builder) bare(n *yaml.Node, depth int) *node {
	if !knownTag(n.Tag) && n.Kind != yaml.AliasNode {
		return b.fault(n, "the tag "+n.Tag, "known", "write the value without it")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return b.mapping(n, depth)
	case yaml.SequenceNode:
		list := &node{kind: listNode, at: b.place(n)}
		for _, v := range n.Content {
			list.list = append(list.list, b.node(v, depth+1))
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

func (b *builder) tooMuch(n *yaml.Node) *node {
	if b.full {
		return &node{at: b.at}
	}
	b.full = true
	return b.fault(n, "the file holds too many values, or they nest too deeply", "", "")
}

// alias stands for the value of its anchor. One inside its own anchor has no
// value yet.
func (b *builder) alias(n *yaml.Node) *node {
	value, ok := b.anchors[n.Alias]
	if !ok {
		return b.fault(n, fmt.Sprintf("*%s refers to an anchor that is not set above it", n.Value), "", "")
	}
	b.count += value.size(maxNodes)
	return value
}

func (b *builder) mapping(n *yaml.Node, depth int) *node {
	m := &node{kind: mapNode, at: b.place(n)}
	if len(n.Content) > 0 {
		m.at = b.place(n.Content[0])
	}
	var merged []*node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, b.node(value, depth+1))
		case key.Kind != yaml.ScalarNode:
			b.fault(key, "this key", "a text", "")
		case seen[key.Value]:
			b.fault(key, fmt.Sprintf("the key %q stands twice in one map", key.Value), "", "")
		default:
			seen[key.Value] = true
			m.entries = append(m.entries, entry{key: key.Value, at: b.place(key), value: b.node(value, depth+1)})
		}
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

// scalar reads a single value. A number that a whole number can't hold becomes
// a float, and a date stays the text that it is.
func (b *builder) scalar(n *yaml.Node) *node {
	s := &node{kind: scalarNode, at: b.place(n), text: n.Value, scalar: n.Value}
	switch n.ShortTag() {
	case "!!null":
		return &node{at: s.at}
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

// decode reads a scalar into the type that its form asks for.
func (b *builder) decode(n *yaml.Node, s *node, into any) bool {
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
