package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// Bounds of a file. A file that a person keeps is far below them. They stop a
// file that is made to exhaust memory, for example with aliases of aliases.
const (
	maxBytes = 8 << 20
	maxNodes = 500_000
	maxDepth = 200
)

// parse reads YAML; JSON is a part of YAML. If at names a file, each value has
// its own line in that file; otherwise all values have the place at.
func parse(data []byte, at Place) (*Node, []Fault) {
	b := &builder{at: at, anchors: map[*yaml.Node]*Node{}}
	docs, err := parseYAML(data)
	if err != nil {
		b.syntax(err, data)
		return &Node{Place: at}, b.faults
	}
	root := &Node{Place: at}
	if len(docs) > 0 {
		root = b.node(docs[0], 0)
	}
	if len(docs) > 1 {
		b.fault(docs[1], "a second document begins here", "", "a file holds one configuration: remove the line ---")
	}
	if b.full {
		root = &Node{Place: at}
	}
	return root, b.faults
}

// parseYAML calls the YAML parser. If the parser panics, parseYAML returns an
// error: a bad file must not end a running process. It reads two documents at
// most, because a second document is a fault by itself.
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

// plainSlashes replaces \/ by / in JSON. YAML 1.2 allows the escape, but the
// parser does not read it. The lines stay the same.
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

// depth returns an upper bound of how deep brackets nest, and lists inside lists
// on one line. It need not count indentation: a text that nests by indentation
// grows with the square of the depth.
func depth(data []byte) int {
	deepest, now, dashes := 0, 0, 0
	leading := true // the line so far has only indicators of lists
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
