package cognitoapi

import (
	"encoding/base64"
	"encoding/json"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"gatehouse/internal/seal"
)

// Bounds on what one body may make us build, beside its size.
const (
	maxDepth  = 100
	maxValues = 100_000
)

// decodable is a pointer to a generated structure.
type decodable[T any] interface {
	*T
	decode(*decoder)
}

// input is an operation's input.
type input interface {
	decode(*decoder)
	validate(*validator)
}

// decodeBody reads a request's body into in. An empty body is an empty input.
//
// The grammar is encoding/json's to check; what is refused beyond it has more
// than one reading: a key twice, text that is not Unicode, a NUL.
func decodeBody(body []byte, in input) error {
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

// decoder walks a valid JSON text. The first error ends the walk: from then
// on, every method returns nothing.
type decoder struct {
	src    string
	pos    int
	depth  int
	values int
	err    error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *decoder) space() {
	for d.pos < len(d.src) && strings.IndexByte(" \t\r\n", d.src[d.pos]) >= 0 {
		d.pos++
	}
}

// members yields the names of an object's members, those with a null left out.
// The body of the loop must consume the member's value.
func (d *decoder) members() iter.Seq[string] {
	return func(yield func(string) bool) {
		var seen names
		for ok := d.enter('{'); ok && d.more('}'); {
			name := d.quoted()
			d.space()
			d.pos++ // the colon
			if !seen.add(name) {
				d.fail(errDuplicateMember)
				return
			}
			if d.null() {
				continue
			}
			if !yield(name) {
				return
			}
		}
	}
}

// elements yields once for each element of a list, nulls left out: Cognito
// drops them. The body of the loop must consume the element.
func (d *decoder) elements() iter.Seq[int] {
	return func(yield func(int) bool) {
		i := 0
		for ok := d.enter('['); ok && d.more(']'); {
			if d.null() {
				continue
			}
			if !yield(i) {
				return
			}
			i++
		}
	}
}

// enter consumes the bracket that opens a container.
func (d *decoder) enter(open byte) bool {
	if d.err != nil {
		return false
	}
	if d.space(); d.src[d.pos] != open {
		d.fail(d.mismatch(errUnexpectedField))
		return false
	}
	d.pos++
	if d.depth++; d.depth > maxDepth {
		d.fail(errTooDeep)
		return false
	}
	return true
}

// more goes to the next element of a container, or past its end.
func (d *decoder) more(end byte) bool {
	if d.err != nil {
		return false
	}
	d.space()
	if d.src[d.pos] == ',' {
		d.pos++
		d.space()
	}
	if d.src[d.pos] == end {
		d.pos++
		d.depth--
		return false
	}
	if d.values++; d.values > maxValues {
		d.fail(errTooManyValues)
		return false
	}
	return true
}

// mismatch chooses the error for a value of the wrong type.
func (d *decoder) mismatch(scalar error) error {
	switch d.src[d.pos] {
	case '{':
		return errUnexpectedStructure
	case '[':
		return errUnexpectedList
	}
	return scalar
}

// null consumes a null, if one comes.
func (d *decoder) null() bool {
	d.space()
	if d.src[d.pos] == 'n' {
		d.pos += len("null")
		return true
	}
	return false
}

// str decodes a string that must come next.
func (d *decoder) str() (string, bool) {
	if d.err != nil {
		return "", false
	}
	d.space()
	switch d.src[d.pos] {
	case '"':
		// A copy: a value may outlive its request, and should not keep the body.
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

// quoted decodes a string. Without escapes it is a part of the body.
func (d *decoder) quoted() string {
	d.space()
	d.pos++
	start := d.pos
	for d.src[d.pos] != '"' {
		if d.src[d.pos] == '\\' {
			return d.escaped(start)
		}
		d.pos++
	}
	d.pos++
	return d.src[start : d.pos-1]
}

// escaped decodes a string whose first escape is at hand.
func (d *decoder) escaped(start int) string {
	var b strings.Builder
	b.WriteString(d.src[start:d.pos])
	for d.src[d.pos] != '"' {
		c := d.src[d.pos]
		d.pos++
		if c != '\\' {
			b.WriteByte(c)
			continue
		}
		c = d.src[d.pos]
		d.pos++
		if c == 'u' {
			b.WriteRune(d.unicode())
			continue
		}
		if i := strings.IndexByte("bfnrt", c); i >= 0 {
			c = "\b\f\n\r\t"[i]
		}
		b.WriteByte(c)
	}
	d.pos++
	return b.String()
}

// unicode decodes what follows \u, both halves of a pair.
func (d *decoder) unicode() rune {
	r := d.hex4()
	if utf16.IsSurrogate(r) && strings.HasPrefix(d.src[d.pos:], `\u`) {
		d.pos += len(`\u`)
		r = utf16.DecodeRune(r, d.hex4())
	}
	if r == 0 || r == utf8.RuneError || utf16.IsSurrogate(r) {
		d.fail(errBadCharacter)
	}
	return r
}

func (d *decoder) hex4() rune {
	n, err := strconv.ParseUint(d.src[d.pos:d.pos+4], 16, 16)
	if err != nil {
		d.fail(ErrSerialization.Because(err))
	}
	d.pos += 4
	return rune(n)
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

// boolean decodes a boolean. Cognito takes a string there as well; ours takes
// the two that say what they mean.
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

func (d *decoder) integer() *int64 { return d.whole(math.MinInt32, math.MaxInt32) }
func (d *decoder) long() *int64    { return d.whole(math.MinInt64, math.MaxInt64) }

// whole decodes a whole number, which may be written as 1.0 or 1e3.
func (d *decoder) whole(low, high int64) *int64 {
	raw := d.raw()
	if d.err != nil {
		return nil
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		// Beyond 2^53 a float is no exact whole number.
		f, ferr := strconv.ParseFloat(raw, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			d.fail(errUnexpectedValue)
			return nil
		}
		n = int64(f)
	}
	if n < low || n > high {
		d.fail(errUnexpectedValue)
		return nil
	}
	return &n
}

// timestamp decodes seconds since the epoch with a fraction.
func (d *decoder) timestamp() *Timestamp {
	f, err := strconv.ParseFloat(d.raw(), 64)
	if err != nil || math.Abs(f) > 1e11 {
		d.fail(errUnexpectedValue)
		return nil
	}
	return &Timestamp{time.UnixMilli(int64(math.Round(f * 1000))).UTC()}
}

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

// document returns a JSON value as it stands.
func (d *decoder) document() json.RawMessage {
	raw := d.raw()
	if d.err != nil {
		return nil
	}
	return json.RawMessage(raw)
}

func (d *decoder) skip() { d.raw() }

// raw consumes any value, checks it as closely as one that we know, and
// returns its text.
func (d *decoder) raw() string {
	if d.err != nil {
		return ""
	}
	d.space()
	start := d.pos
	switch d.src[d.pos] {
	case '{':
		for range d.members() {
			d.skip()
		}
	case '[':
		for range d.elements() {
			d.skip()
		}
	case '"':
		d.quoted()
	default:
		for d.pos < len(d.src) && strings.IndexByte(",]} \t\r\n", d.src[d.pos]) < 0 {
			d.pos++
		}
	}
	if d.err != nil {
		return ""
	}
	return d.src[start:d.pos]
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

func decodeList[T any, P decodable[T]](d *decoder) []T {
	list := []T{}
	for range d.elements() {
		var x T
		P(&x).decode(d)
		list = append(list, x)
	}
	return list
}

// decodeListWithNulls keeps a null as an empty structure, so that validation
// can refuse it.
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

// names is the set of the member names of one object.
type names struct {
	few  [16]string // the first ones, where most objects end
	n    int
	many map[string]bool // the rest
}

// add reports whether name is new.
func (s *names) add(name string) bool {
	if slices.Contains(s.few[:s.n], name) || s.many[name] {
		return false
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = map[string]bool{}
	}
	s.many[name] = true
	return true
}
