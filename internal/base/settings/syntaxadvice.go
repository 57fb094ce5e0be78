package settings

import "strings"

// syntaxAdvice returns what a person can do about an error of the YAML parser,
// as an addition to its text. It returns "" for errors that explain themselves.
func syntaxAdvice(text string) string {
	for _, a := range []struct{ part, advice string }{
		{"cannot start any token", "indent with spaces, not with tabs, and put a value that begins with @, % or ` in quotes"},
		{"did not find expected key", "check the indentation of this line and of the next ones"},
		{"did not find expected '-' indicator", "check the indentation of this line: it stands further left than the first key of its list item"},
		{"unexpected end of stream", "a quote or a bracket is not closed"},
		{"mapping values are not allowed", "check the indentation, and put a value that contains a colon and a space in quotes"},
		{"could not find expected ':'", "write a colon and a space after each key"},
	} {
		if strings.Contains(text, a.part) {
			return ": " + a.advice
		}
	}
	return ""
}
