package identity

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unique"
)

// Claims are what a provider says about a person, in the form that criteria test: each
// name has a list of values, which may be empty. A value is a text, a [json.Number], true
// or false, or what Go has for a JSON value inside a list. Claims never change. The zero
// value is of somebody of whom nothing is known, and is null in JSON.
//
// Every session in use has claims, so they are small: one text has all values, and people
// of one provider share the text of the names.
type Claims struct{ packed *packed }

type packed struct {
	names  unique.Handle[texts] // sorted
	data   texts                // the values of each name
	others []any                // what values refer to that are none of the usual
}

// texts are many texts in one. Before them is a table of where each begins, and where the
// last ends, in four bytes each.
type texts string

func textsOf(all []string) texts {
	place := 4 * (len(all) + 1)
	table := binary.LittleEndian.AppendUint32(nil, uint32(place))
	for _, text := range all {
		place += len(text)
		table = binary.LittleEndian.AppendUint32(table, uint32(place))
	}
	return texts(table) + texts(strings.Join(all, ""))
}

func (t texts) place(i int) int {
	b := t[4*i : 4*i+4]
	return int(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
}

func (t texts) len() int { return t.place(0)/4 - 1 }

func (t texts) at(i int) string { return string(t[t.place(i):t.place(i+1)]) }

// find returns where a text is, or -1.
func (t texts) find(text string) int {
	begin := t.place(0)
	for i := range t.len() {
		end := t.place(i + 1)
		if end-begin == len(text) && string(t[begin:end]) == text {
			return i
		}
		begin = end
	}
	return -1
}

// What a value begins with. A text and a number follow, after their length. Of another
// value, its place among the others follows.
const (
	packedText = iota
	packedNumber
	packedTrue
	packedFalse
	packedOther
)

// NewClaims returns the claims of a map from names to lists. It shares no list with it.
func NewClaims(claims map[string][]any) Claims {
	if claims == nil {
		return Claims{}
	}
	p, names := &packed{}, slices.Sorted(maps.Keys(claims))
	lists := make([]string, len(names))
	for i, name := range names {
		var list []byte
		for _, v := range claims[name] {
			list = p.append(list, v)
		}
		lists[i] = string(list)
	}
	p.names, p.data = unique.Make(textsOf(names)), textsOf(lists)
	return Claims{p}
}

func (p *packed) append(to []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(append(to, packedText), v)
	case json.Number:
		return appendText(append(to, packedNumber), string(v))
	case bool:
		if v {
			return append(to, packedTrue)
		}
		return append(to, packedFalse)
	}
	p.others = append(p.others, v)
	return binary.AppendUvarint(append(to, packedOther), uint64(len(p.others)-1))
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// cutNumber cuts a number from the beginning of what append wrote.
func cutNumber(data string) (n int, rest string) {
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		n |= int(data[i]&0x7f) << shift
		if data[i] < 0x80 {
			return n, data[i+1:]
		}
	}
}

func cutText(data string) (text, rest string) {
	n, rest := int(data[0]), data[1:]
	if n >= 0x80 { // few are so long
		n, rest = cutNumber(data)
	}
	return rest[:n], rest[n:]
}

// Get returns the values of a claim. ok is false if there is no such claim.
func (c Claims) Get(name string) (values Values, ok bool) {
	if c.packed == nil {
		return Values{}, false
	}
	i := c.packed.names.Value().find(name)
	if i < 0 {
		return Values{}, false
	}
	return Values{c.packed.data.at(i), c.packed.others}, true
}

// All returns every claim, in the order of the names.
func (c Claims) All() iter.Seq2[string, Values] {
	return func(yield func(string, Values) bool) {
		if c.packed == nil {
			return
		}
		names := c.packed.names.Value()
		for i := range names.len() {
			if !yield(names.at(i), Values{c.packed.data.at(i), c.packed.others}) {
				return
			}
		}
	}
}

// Map returns the claims as a map from names to lists, which the caller may change; nil
// for the zero value.
func (c Claims) Map() map[string][]any {
	if c.packed == nil {
		return nil
	}
	m := map[string][]any{}
	for name, values := range c.All() {
		m[name] = values.List()
	}
	return m
}

// Equal reports whether two people have the same claims, with the same values in the
// same order.
func (c Claims) Equal(other Claims) bool {
	a, b := c.packed, other.packed
	if a == nil || b == nil {
		return a == b
	}
	return a.names == b.names && a.data == b.data && reflect.DeepEqual(a.others, b.others)
}

func (c Claims) String() string { return fmt.Sprint(c.Map()) }

// MarshalJSON writes the claims as a map of lists is written. The encoder that calls it
// escapes what is not to stand in HTML, if it does so.
func (c Claims) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(c.Map())
	return b.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON wrote. A number can have more digits than a float64.
func (c *Claims) UnmarshalJSON(text []byte) error {
	var m map[string][]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return fmt.Errorf("decode claims: %w", err)
	}
	*c = NewClaims(m)
	return nil
}

// Values are those of one claim.
type Values struct {
	data   string
	others []any
}

// All returns the values in their order.
func (vs Values) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for data := vs.data; data != ""; {
			var v Value
			if v, data = vs.cut(data); !yield(v) {
				return
			}
		}
	}
}

func (vs Values) cut(data string) (v Value, rest string) {
	v.kind, rest = data[0], data[1:]
	switch v.kind {
	case packedText, packedNumber:
		v.text, rest = cutText(rest)
	case packedOther:
		var i int
		i, rest = cutNumber(rest)
		v.other = vs.others[i]
	}
	return v, rest
}

// Len returns how many values there are.
func (vs Values) Len() (n int) {
	for range vs.All() {
		n++
	}
	return n
}

// Only returns the value of a list that has one, and the zero Value of another list.
func (vs Values) Only() (v Value, ok bool) {
	if vs.data == "" {
		return Value{}, false
	}
	v, rest := vs.cut(vs.data)
	if rest != "" {
		return Value{}, false
	}
	return v, true
}

// List returns the values in a new list.
func (vs Values) List() []any {
	list := make([]any, 0, vs.Len())
	for v := range vs.All() {
		list = append(list, v.Any())
	}
	return list
}

// Value is one value of a claim.
type Value struct {
	kind  byte
	text  string // of a text or number
	other any
}

// Text returns a value that is a text.
func (v Value) Text() (string, bool) { return v.text, v.kind == packedText }

// Number returns a value that is a number, as it was written.
func (v Value) Number() (json.Number, bool) { return json.Number(v.text), v.kind == packedNumber }

// Any returns the value as Go has it. Of texts and numbers, this takes memory.
func (v Value) Any() any {
	switch v.kind {
	case packedText:
		return v.text
	case packedNumber:
		return json.Number(v.text)
	case packedTrue:
		return true
	case packedFalse:
		return false
	}
	return v.other
}
