package wire

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"gatehouse/internal/base/seal"
)

// output is the output of an operation.
type output interface{ encode(*encoder) }

// encodable is a pointer to a generated structure.
type encodable[T any] interface {
	*T
	encode(*encoder)
}

// ErrorBody returns the body of a response that reports an error. The message
// may be empty.
func ErrorBody(name, message string) []byte {
	e := &encoder{}
	e.open()
	e.text("__type", &name)
	if message != "" {
		e.text("message", &message)
	}
	e.close()
	return e.buf
}

// encodeBody returns the body of a successful response.
func encodeBody(out output) []byte {
	e := &encoder{buf: make([]byte, 0, 512)}
	out.encode(e)
	return e.buf
}

// encoder writes the wire form of outputs and leaves out absent members. It alone
// writes the text of secrets; encoding/json writes "[redacted]" for them.
type encoder struct{ buf []byte }

func (e *encoder) empty() { e.buf = append(e.buf, '{', '}') }
func (e *encoder) open()  { e.buf = append(e.buf, '{') }

func (e *encoder) close() {
	e.trim()
	e.buf = append(e.buf, '}')
}

// trim removes the comma after the last element of a container.
func (e *encoder) trim() {
	if n := len(e.buf); e.buf[n-1] == ',' {
		e.buf = e.buf[:n-1]
	}
}

func (e *encoder) comma() { e.buf = append(e.buf, ',') }

func (e *encoder) name(name string) {
	e.str(name)
	e.buf = append(e.buf, ':')
}

func (e *encoder) text(name string, s *string) {
	if s != nil {
		e.name(name)
		e.str(*s)
		e.comma()
	}
}

func (e *encoder) secret(name string, s *seal.Secret) {
	if s != nil {
		e.name(name)
		e.str(s.Reveal())
		e.comma()
	}
}

func (e *encoder) boolean(name string, b *bool) {
	if b != nil {
		e.name(name)
		e.buf = strconv.AppendBool(e.buf, *b)
		e.comma()
	}
}

func (e *encoder) integer(name string, n *int64) {
	if n != nil {
		e.name(name)
		e.buf = strconv.AppendInt(e.buf, *n, 10)
		e.comma()
	}
}

func (e *encoder) timestamp(name string, t *Timestamp) {
	if t != nil {
		e.name(name)
		e.buf = t.append(e.buf)
		e.comma()
	}
}

func (e *encoder) blob(name string, b []byte) {
	if b != nil {
		e.name(name)
		e.buf = append(e.buf, '"')
		e.buf = base64.StdEncoding.AppendEncode(e.buf, b)
		e.buf = append(e.buf, '"', ',')
	}
}

// document writes a JSON value as it is. The value must be valid.
func (e *encoder) document(name string, doc json.RawMessage) {
	if doc != nil {
		e.name(name)
		e.buf = append(e.buf, doc...)
		e.comma()
	}
}

func (e *encoder) texts(name string, list []string) {
	if list == nil {
		return
	}
	e.name(name)
	e.buf = append(e.buf, '[')
	for _, s := range list {
		e.str(s)
		e.comma()
	}
	e.trim()
	e.buf = append(e.buf, ']', ',')
}

// textMap writes a map of strings, sorted by key.
func (e *encoder) textMap(name string, m map[string]string) {
	if m == nil {
		return
	}
	e.name(name)
	e.open()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e.text(key, new(m[key]))
	}
	e.close()
	e.comma()
}

func encodeOne[T any, P encodable[T]](e *encoder, name string, x P) {
	if x != nil {
		e.name(name)
		x.encode(e)
		e.comma()
	}
}

func encodeList[T any, P encodable[T]](e *encoder, name string, list []T) {
	if list == nil {
		return
	}
	e.name(name)
	e.buf = append(e.buf, '[')
	start := len(e.buf)
	for i := range list {
		P(&list[i]).encode(e)
		e.comma()
		if i == 0 { // the others are about as long
			e.buf = slices.Grow(e.buf, (len(e.buf)-start)*(len(list)-1))
		}
	}
	e.trim()
	e.buf = append(e.buf, ']', ',')
}

// encodeMap writes a map of structures, sorted by key.
func encodeMap[T any, P encodable[T]](e *encoder, name string, m map[string]T) {
	if m == nil {
		return
	}
	e.name(name)
	e.open()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		encodeOne(e, key, P(new(m[key])))
	}
	e.close()
	e.comma()
}

const hexDigits = "0123456789abcdef"

// str writes a JSON string. Bytes that are not UTF-8 become U+FFFD.
func (e *encoder) str(s string) {
	e.buf = append(e.buf, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if c >= utf8.RuneSelf && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		e.buf = append(e.buf, s[start:i]...)
		e.escape(c)
		i += size
		start = i
	}
	e.buf = append(e.buf, s[start:]...)
	e.buf = append(e.buf, '"')
}

// escape writes a character that may not stand in a JSON string as it is.
func (e *encoder) escape(c byte) {
	switch {
	case c == '"' || c == '\\':
		e.buf = append(e.buf, '\\', c)
	case c == '\n':
		e.buf = append(e.buf, '\\', 'n')
	case c < 0x20:
		e.buf = append(e.buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	default:
		e.buf = utf8.AppendRune(e.buf, utf8.RuneError)
	}
}
