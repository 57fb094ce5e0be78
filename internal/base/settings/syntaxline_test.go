package settings

import (
	"strings"
	"testing"
)

func TestWrongLineOfYAML(t *testing.T) {
	route := func(n int) string {
		return strings.Repeat("  - from: https://a.example.com\n    to: [http://a,\n      http://b]\n    text: |\n      a: 'b\n", n)
	}
	for _, test := range []struct {
		name, text string
		line       int
	}{
		{"a key left of its item", "routes:\n  - from: a\n   to: b\n", 3},
		{"the same after many routes", "routes:\n" + route(300) + "  - from: a\n   to: b\n" + route(50), 1503},
		{"a quote that is not closed", "a: 'b\nc: d\ne: f\n", 1},
		{"a quote that the next one closes", "z: 1\na: 'b\nc: 'd'\n", 2},
		{"a bracket that is not closed", "z: 1\na: [b\nc: d\n", 2},
		{"a tab", "a:\n\t- b\n", 2},
		{"a colon in a value", "a: b\nc: d: e\n", 2},
		{"no end of the last line", "a: b\nc: d: e", 2},
		{"an alias of nothing", "a: b\nc: *d\ne: f\n", 2},
		{"JSON has the parser's line", "{\n\"a\": \"b\",\n\"c\" \"d\"\n}", 0},
		{"too long to search", strings.Repeat("a: b\n", 2001) + "c: d: e\n", 0},
		{"nothing", "", 0},
	} {
		if got := wrongLine([]byte(test.text)); got != test.line {
			t.Errorf("%s: line %d, want %d", test.name, got, test.line)
		}
	}
}
