package wire

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds on what one body may make us build, beside its size.
const (
	maxDepth  = 100
	maxValues = 100_000
)

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
