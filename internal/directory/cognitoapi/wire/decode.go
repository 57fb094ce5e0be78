package wire

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/base/seal"
)

// decodable is a pointer to a generated structure.
type decodable[T any] interface {
	*T
	decode(*decoder)
}

// Input is the input of an operation.
type Input interface {
	decode(*decoder)
	validate(*validator)
}

// decodeBody reads the body of a request into in. An empty body is an empty input.
//
// Package encoding/json checks the grammar. The decoder refuses more, because two
// programs may read it in two ways: a key that appears twice, text that is not
// Unicode, and the character NUL.
func decodeBody(body []byte, in Input) error {
	d := &decoder{src: string(body)}
	if d.space(); d.pos == len(d.src) {
		return nil
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return ErrSerialization
	}
	if d.src[d.pos] != '{' {
		return errUnexpectedField
	}
	in.decode(d)
	return d.err
}

// str decodes the next value, which must be a string.
func (d *decoder) str() (string, bool) {
	if d.err != nil {
		return "", false
	}
	d.space()
	switch d.src[d.pos] {
	case '"':
		// A copy, so that a value that outlives its request does not keep the body.
		return strings.Clone(d.quoted()), d.err == nil
	case 't':
		d.fail(errTrueForString)
	case 'f':
		d.fail(errFalseForString)
	default:
		d.fail(d.mismatch(errNumberForString))
	}
	return "", false
}

func (d *decoder) text() *string {
	if s, ok := d.str(); ok {
		return &s
	}
	return nil
}

func (d *decoder) secret() *seal.Secret {
	if s, ok := d.str(); ok {
		return new(seal.Secret(s))
	}
	return nil
}

// boolean decodes a boolean. Cognito: a string is accepted too. Here only "true" and
// "false" are, in any case.
func (d *decoder) boolean() *bool {
	switch raw := d.raw(); strings.ToLower(strings.Trim(raw, `"`)) {
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	d.fail(errUnexpectedValue)
	return nil
}

// integer decodes an integer of 32 bits. It may be written as 1.0 or 1e3.
func (d *decoder) integer() *int64 {
	raw := d.raw()
	if d.err != nil {
		return nil
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(raw, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32+1 {
			d.fail(errUnexpectedValue)
			return nil
		}
		n = int64(f)
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		d.fail(errUnexpectedValue)
		return nil
	}
	return &n
}

// blob decodes bytes, which are sent as base64.
func (d *decoder) blob() []byte {
	s, ok := d.str()
	if !ok {
		return nil
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		d.fail(errBadBase64)
		return nil
	}
	return b
}

// document returns the text of the next value, whatever its type.
func (d *decoder) document() json.RawMessage {
	raw := d.raw()
	if d.err != nil {
		return nil
	}
	return json.RawMessage(raw)
}

func (d *decoder) texts() []string {
	list := []string{}
	for range d.elements() {
		s, ok := d.str()
		if !ok {
			return nil
		}
		list = append(list, s)
	}
	return list
}

func (d *decoder) textMap() map[string]string {
	m := map[string]string{}
	for name := range d.members() {
		if s, ok := d.str(); ok {
			m[strings.Clone(name)] = s
		}
	}
	return m
}

func decodeOne[T any, P decodable[T]](d *decoder) *T {
	x := new(T)
	P(x).decode(d)
	return x
}

// decodeList decodes a list of structures. It drops nulls.
func decodeList[T any, P decodable[T]](d *decoder) []T {
	list := []T{}
	for range d.elements() {
		var x T
		P(&x).decode(d)
		list = append(list, x)
	}
	return list
}

// decodeListWithNulls decodes a list and keeps a null as an empty structure, so that
// the constraint checks can refuse it.
func decodeListWithNulls[T any, P decodable[T]](d *decoder) []T {
	list := []T{}
	for ok := d.enter('['); ok && d.more(']'); {
		var x T
		if !d.null() {
			P(&x).decode(d)
		}
		list = append(list, x)
	}
	return list
}

func decodeMap[T any, P decodable[T]](d *decoder) map[string]T {
	m := map[string]T{}
	for name := range d.members() {
		var x T
		P(&x).decode(d)
		m[strings.Clone(name)] = x
	}
	return m
}
