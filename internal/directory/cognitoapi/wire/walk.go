package wire

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits of one body, besides its size.
const (
	maxDepth  = 100
	maxValues = 100_000
)

// decoder reads a valid JSON text from start to end. After its first error every
// method returns a zero value.
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

// members yields the names of an object's members, except those whose value is null.
// The body of the loop must read the value.
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

// elements yields the index of each element of a list, except nulls. The body of the
// loop must read the element. Cognito: drops nulls in lists.
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

// enter reads the bracket that opens a container. It returns false if there is none.
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

// more moves to the next element of a container and returns true, or reads the
// closing bracket and returns false.
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

// mismatch returns the error for a value of the wrong type: scalar, if the value is
// neither an object nor a list.
func (d *decoder) mismatch(scalar error) error {
	switch d.src[d.pos] {
	case '{':
		return errUnexpectedStructure
	case '[':
		return errUnexpectedList
	}
	return scalar
}

// null reads a null and returns true, or returns false if the next value is another.
func (d *decoder) null() bool {
	d.space()
	if d.src[d.pos] == 'n' {
		d.pos += len("null")
		return true
	}
	return false
}

// quoted reads a string. Without escapes the result shares memory with the body.
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

// escaped reads the rest of a string from its first escape on. start is where the
// string began.
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

// unicode reads the digits after \u, and a second \u if the two are a pair.
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

// raw reads any value and returns its text. It checks the value like one with a
// known type.
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

// names is the set of member names that one object has so far.
type names struct {
	few  [16]string // the first names; most objects have no more
	n    int
	many map[string]bool // all further names
}

// add adds a name and reports whether it was new.
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
