// Package forge gives tests texts that look right and are not: a token, a code,
// a cookie or a key in which one character is another one.
//
// A test that replaces a character by hand fails now and then: the new character
// can be the old one, or one that the text's alphabet does not have. The texts
// made here always differ from the original and always keep its form.
package forge

import "strings"

// Text returns s with one letter or digit near its middle changed. Digits stay
// digits and letters keep their case, so hexadecimal, Base32 and Base64 texts,
// UUIDs and numeric codes keep their form. It panics if s has no letter and no
// digit.
func Text(s string) string {
	for i := range len(s) {
		at := (len(s)/2 + i) % len(s)
		if other, ok := other(s[at]); ok {
			return s[:at] + string(other) + s[at+1:]
		}
	}
	panic("forge: no letter or digit in " + s)
}

// Signature returns a JWT with another signature. Header and claims stay.
func Signature(jwt string) string {
	dot := strings.LastIndexByte(jwt, '.')
	return jwt[:dot+1] + Text(jwt[dot+1:])
}

// Claims returns a JWT with other claims under the old signature. The claims
// may not be JSON any more.
func Claims(jwt string) string {
	parts := strings.Split(jwt, ".")
	parts[1] = Text(parts[1])
	return strings.Join(parts, ".")
}

// other exchanges the neighbours 0 and 1, 2 and 3, a and b, c and d, and so on:
// no pair has one member inside the hexadecimal digits and one outside.
func other(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return '0' + ((c - '0') ^ 1), true
	case 'a' <= c && c <= 'z':
		return 'a' + ((c - 'a') ^ 1), true
	case 'A' <= c && c <= 'Z':
		return 'A' + ((c - 'A') ^ 1), true
	}
	return 0, false
}
