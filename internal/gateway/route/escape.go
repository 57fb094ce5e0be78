package route

import "strings"

// unreserved reports whether escaping a byte changes nothing: RFC 3986 §2.3.
func unreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '.' || b == '_' || b == '~'
}

// inPath reports whether a byte may be in a path unescaped: RFC 3986 §3.3.
func inPath(b byte) bool {
	if unreserved(b) {
		return true
	}
	switch b {
	case '/', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=', ':', '@':
		return true
	}
	return false
}

const hexDigits = "0123456789ABCDEF"

func writeEscape(out *strings.Builder, b byte) {
	out.WriteByte('%')
	out.WriteByte(hexDigits[b>>4])
	out.WriteByte(hexDigits[b&15])
}

// unhex reads the two digits at the beginning of s.
func unhex(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	high, ok1 := digit(s[0])
	low, ok2 := digit(s[1])
	return high<<4 | low, ok1 && ok2
}

func digit(b byte) (byte, bool) {
	switch {
	case b >= '0' && b <= '9':
		return b - '0', true
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10, true
	case b >= 'A' && b <= 'F':
		return b - 'A' + 10, true
	}
	return 0, false
}

// escapeAt reports whether an escape begins at i, and its byte.
func escapeAt(s string, i int) (byte, bool) {
	if s[i] != '%' {
		return 0, false
	}
	return unhex(s[i+1:])
}

func isSlash(b byte) bool { return b == '/' || b == '\\' }

// hasEscapedSlash reports whether s has an escaped slash, an escaped backslash,
// or a backslash.
func hasEscapedSlash(s string) bool {
	for i := range len(s) {
		if b, ok := escapeAt(s, i); s[i] == '\\' || ok && isSlash(b) {
			return true
		}
	}
	return false
}

// unescapeSlashes turns escaped slashes and backslashes into slashes.
func unescapeSlashes(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		b, ok := escapeAt(s, i)
		switch {
		case ok && isSlash(b):
			out.WriteByte('/')
			i += 2
		case s[i] == '\\':
			out.WriteByte('/')
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// unescape decodes escapes, except those of slashes and backslashes: decoded,
// they would be separators.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if b, ok := escapeAt(s, i); ok && !isSlash(b) {
			out.WriteByte(b)
			i += 2
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// unescapeAll decodes escapes until there is none: %252e becomes "." too.
func unescapeAll(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		out = append(out, s[i])
		// What was decoded may be the last digit of an escape before it.
		for n := len(out); n >= 3 && out[n-3] == '%'; n = len(out) {
			b, ok := unhex(string(out[n-2:]))
			if !ok {
				break
			}
			out = append(out[:n-3], b)
		}
	}
	return string(out)
}

// escapedOffset returns where in an escaped path the first n bytes of its
// unescaped form end.
func escapedOffset(escaped string, n int) int {
	i := 0
	for ; n > 0 && i < len(escaped); n-- {
		if b, ok := escapeAt(escaped, i); ok && !isSlash(b) {
			i += 3
			continue
		}
		i++
	}
	return i
}

// escapeRest escapes the bytes that must be escaped in a path, and keeps the
// escapes that s has already.
func escapeRest(s string) string {
	var out strings.Builder
	for i := range len(s) {
		_, isEscape := escapeAt(s, i)
		if isEscape || inPath(s[i]) {
			out.WriteByte(s[i])
		} else {
			writeEscape(&out, s[i])
		}
	}
	return out.String()
}
