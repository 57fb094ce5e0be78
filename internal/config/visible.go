package config

import (
	"unicode"
	"unicode/utf8"
)

// visible matches texts of one to that many letters, marks, symbols, numbers and
// punctuation. As a regular expression, it would take a megabyte of every process.
type visible int

// MatchString reports whether a text matches.
func (most visible) MatchString(text string) bool {
	if n := utf8.RuneCountInString(text); n == 0 || n > int(most) {
		return false
	}
	for _, r := range text {
		if !unicode.In(r, unicode.L, unicode.M, unicode.S, unicode.N, unicode.P) {
			return false
		}
	}
	return true
}
