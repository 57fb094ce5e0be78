package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// A line of the file is an object with one member: its name says what the line is.
const (
	headName = "gatehouse_export" // the first line
	endName  = "end"              // the last one
)

// Head is the first line: what the file is.
type Head struct {
	Version  int    `json:"version"`
	ID       string `json:"id"` // of this export
	Pool     string `json:"pool"`
	Exported string `json:"exported"` // RFC 3339
	By       string `json:"by"`       // the program, for people
}

// end is the last line. It proves that nothing is missing, and nothing moved.
type end struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of all lines before, in hexadecimal
}

func line(name string, content any) ([]byte, error) {
	b, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "{%q:%s}\n", name, b), nil
}

// line returns the row as a line of the file, its fields in the order of the kind.
func (r Row) line() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{%q:{", r.Kind.Name)
	for i, f := range r.Kind.Fields {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(r.Values[i])
		if err != nil {
			return nil, fmt.Errorf("write %s of a %s: %w", f.Name, r.Kind.Name, err)
		}
		fmt.Fprintf(&b, "%q:%s", f.Name, value)
	}
	b.WriteString("}}\n")
	return b.Bytes(), nil
}

// split returns the one member of a line.
func split(text []byte) (name string, content json.RawMessage, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return "", nil, err
	}
	if len(members) != 1 {
		return "", nil, fmt.Errorf("a line has %d members", len(members))
	}
	for name, content = range members {
	}
	return name, content, nil
}

// readRow reads a row. It takes the fields of the kind, all of them and no others.
func readRow(k *Kind, content json.RawMessage) (Row, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(content, &members); err != nil {
		return Row{}, err
	}
	r := Row{Kind: k, Values: make([]any, len(k.Fields))}
	for i, f := range k.Fields {
		given, ok := members[f.Name]
		if !ok && f.Later {
			if !f.Optional {
				r.Values[i] = zero[f.Type]
			}
			continue
		}
		if !ok {
			return Row{}, fmt.Errorf("a %s has no %s", k.Name, f.Name)
		}
		value, err := f.read(given)
		if err != nil {
			return Row{}, fmt.Errorf("%s of a %s: %w", f.Name, k.Name, err)
		}
		r.Values[i] = value
		delete(members, f.Name)
	}
	for name := range members {
		return Row{}, fmt.Errorf("a %s has %q, which nobody knows here", k.Name, name)
	}
	return r, nil
}

// zero has the values of fields that a file is too old to have.
var zero = map[Type]any{Text: "", Number: int64(0), Flag: false}

func (f Field) read(given json.RawMessage) (any, error) {
	if f.Type == Document {
		return json.RawMessage(bytes.Clone(given)), f.check(given)
	}
	if string(given) == "null" {
		if !f.Optional {
			return nil, fmt.Errorf("no value")
		}
		return nil, nil
	}
	switch f.Type {
	case Number:
		return readAs[int64](given)
	case Flag:
		return readAs[bool](given)
	case Bytes:
		return readAs[[]byte](given)
	}
	return readText(given)
}

// readText reads a text that a database takes.
func readText(given json.RawMessage) (any, error) {
	s, err := readAs[string](given)
	if err == nil && strings.Contains(s.(string), "\x00") {
		return nil, errors.New("a NUL character")
	}
	return s, err
}

// isA returns an error if the document is no T. Without a value a list has no items;
// a map must have one, since whoever changes it takes it for made.
func isA[T any](document json.RawMessage) error {
	var v T
	if err := json.Unmarshal(document, &v); err != nil {
		return err
	}
	if m := reflect.ValueOf(v); m.Kind() == reflect.Map && m.IsNil() {
		return errors.New("no value")
	}
	return nil
}

func readAs[T any](given json.RawMessage) (any, error) {
	var v T
	err := json.Unmarshal(given, &v)
	return v, err
}
