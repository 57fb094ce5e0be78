package proxy

import (
	"slices"
	"strings"
)

// A cookie's name has one spelling for us, and for browsers. Applications read more: Rack
// and older versions of PHP decode percent signs in it, PHP makes "_" of dots, spaces and
// brackets, ASP.NET ignores the case, and some libraries drop quotes or take a comma for the
// end of a cookie. What such an application could take for a cookie of the gateway neither
// reaches it nor comes from it.

// cookiePrefixes are what browsers and servers may find before a name. Longer ones come
// before those that they begin with.
var cookiePrefixes = []string{"__host-http-", "__host-", "__http-", "__secure-"}

// own reports whether a name is that of a cookie of the gateway's, in any spelling.
func (c *cookies) own(name string) bool {
	if strings.IndexFunc(name, odd) >= 0 {
		name = plainSpelling(name)
	}
	name, _ = withoutPrefix(name)
	const ours = "_gatehouse_"
	return len(name) >= len(ours) && strings.EqualFold(name[:len(ours)], ours) ||
		strings.EqualFold(name, strings.TrimPrefix(c.cfg.Name, hostPrefix)) ||
		slices.ContainsFunc(c.front, func(own string) bool { return strings.EqualFold(own, name) })
}

// withoutPrefix returns a name without its prefixes, and whether it had any.
func withoutPrefix(name string) (rest string, had bool) {
	for _, prefix := range cookiePrefixes {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			name, had = name[len(prefix):], true
		}
	}
	return name, had
}

// odd reports whether some server reads a character of a name as another one.
func odd(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`%+.["'`, r)
}

// plainSpelling returns a name as the server reads it that changes most of it.
func plainSpelling(name string) string {
	for range 3 { // each proxy or framework on the way could decode it once
		decoded := decodePercent(name)
		if decoded == name {
			break
		}
		name = decoded
	}
	name = strings.Trim(name, " \t\r\n\"'")
	if open := strings.IndexByte(name, '['); open > 0 && strings.IndexByte(name[open:], ']') > 0 { // PHP: an element of an array with the name before
		name = name[:open]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '.', r == '+', r == '[':
			return '_'
		case r < ' ', r >= 0x7f, r == '"', r == '\'':
			return -1
		}
		return r
	}, name)
}

// decodePercent decodes what is encoded in a text, and leaves the rest.
func decodePercent(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			high, ok1 := hexDigit(text[i+1])
			low, ok2 := hexDigit(text[i+2])
			if ok1 && ok2 {
				b.WriteByte(high<<4 | low)
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// settable reports whether an upstream may set the cookie of a Set-Cookie line:
// it may not if the name is one of ours in any spelling that a browser or a
// server could take for it. A browser sends a cookie without a name as its value
// alone, so "=name=value" sets the cookie name (RFC 6265bis §5.7).
func (c *cookies) settable(line string) bool {
	pair, _, _ := strings.Cut(line, ";")
	pair = strings.Map(visible, pair)
	name, _, _ := strings.Cut(strings.TrimLeft(pair, "="), "=")
	if _, had := withoutPrefix(name); had && strings.HasPrefix(pair, "=") {
		return false // browsers refuse it too
	}
	return !c.own(name)
}

// visible drops white space and control characters.
func visible(r rune) rune {
	if r <= ' ' || r == 0x7f {
		return -1
	}
	return r
}

// strip removes the gateway's own cookies from a line of a request that goes upstream,
// and leaves the others as they are.
func (c *cookies) strip(line string) string {
	var b strings.Builder
	for pair := range strings.SplitSeq(line, ";") {
		if strings.TrimSpace(pair) == "" || c.hasOwn(pair) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(';')
		} else {
			pair = strings.TrimLeft(pair, " ")
		}
		b.WriteString(pair)
	}
	return b.String()
}

// hasOwn reports whether a server could find a cookie of ours in a pair of a request.
func (c *cookies) hasOwn(pair string) bool {
	for part := range strings.SplitSeq(pair, ",") {
		name, _, _ := strings.Cut(strings.TrimLeft(part, "= \t"), "=")
		if c.own(strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}
