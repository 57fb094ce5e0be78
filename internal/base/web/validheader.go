package web

import "golang.org/x/net/http/httpguts"

// ValidHeader reports whether the lines of a header can be sent as they are: none ends
// early or begins another one. RFC 9110 §5.1, §5.5.
func ValidHeader(name string, values []string) bool {
	if !httpguts.ValidHeaderFieldName(name) {
		return false
	}
	for _, v := range values {
		if !validValue(v) {
			return false
		}
	}
	return true
}

// validValue is [httpguts.ValidHeaderFieldValue], which looks at eight bytes at once until
// there is something to look at closely. Assertions and cookies are long.
func validValue(v string) bool {
	for i := 0; len(v)-i >= 8; i += 8 {
		if p := v[i : i+8]; hasControl(uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 |
			uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56) {
			return httpguts.ValidHeaderFieldValue(v)
		}
	}
	return httpguts.ValidHeaderFieldValue(v[len(v)&^7:])
}

// hasControl reports whether one of eight bytes is less than a space, or DEL. A tab is one
// too.
func hasControl(eight uint64) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080 // a one, and the highest bit, in each byte
	deleted := eight ^ 0x7f*each                              // DEL is 0
	return ((eight-' '*each)&^eight|(deleted-each)&^deleted)&high != 0
}
