package policy

import (
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// listMatcher is the string-list matcher: conditions on a list of values, which
// must all hold. Letter case and type count (Pomerium), except that a number in
// the file is also the text that was written.
type listMatcher []listTest

type listTest struct {
	op     string // has, is, exclude
	values []scalar
	// written are the texts of those values that are numbers: a number in a file
	// is also meant for a claim that is the same text.
	written []scalar
	set     map[scalar]struct{} // all of them, when they are many
}

var listOps = []string{"has", "is", "exclude"}

func newListTest(op string, values, written []scalar) listTest {
	t := listTest{op: op, values: values, written: written}
	if len(values)+len(written) > manyValues {
		t.set = make(map[scalar]struct{}, len(values)+len(written))
		for _, v := range slices.Concat(values, written) {
			t.set[v] = struct{}{}
		}
	}
	return t
}

// testOf returns the test for one value of a file, or false if v is none.
func testOf(op string, v any) (listTest, bool) {
	s, ok := scalarOf(v)
	if !ok {
		return listTest{}, false
	}
	var written []scalar
	if text, number := writtenOf(v); number {
		written = []scalar{text}
	}
	return newListTest(op, []scalar{s}, written), true
}

// list is what a matcher tests: groups, or the values of a claim.
type list interface {
	one() bool             // it has one element
	listed(*listTest) bool // by a test: one of its elements is
}

func matches[L list](m listMatcher, l L) bool {
	for i := range m {
		t := &m[i]
		if t.op == "is" && !l.one() || l.listed(t) == (t.op == "exclude") {
			return false
		}
	}
	return len(m) > 0
}

func (t *listTest) lists(s scalar) bool {
	if t.set != nil {
		_, ok := t.set[s]
		return ok
	}
	return slices.Contains(t.values, s) || slices.Contains(t.written, s)
}

func (m listMatcher) negative() bool {
	for _, t := range m {
		if t.op != "exclude" {
			return false
		}
	}
	return len(m) > 0
}

// join merges two matchers that each ask for one element.
func (m listMatcher) join(other listMatcher) listMatcher {
	if len(m) != 1 || len(other) != 1 || m[0].op != "has" || other[0].op != "has" {
		return nil
	}
	values, written := slices.Concat(m[0].values, other[0].values), slices.Concat(m[0].written, other[0].written)
	return listMatcher{newListTest("has", values, written)}
}

func (m listMatcher) phrase(hidden string) string {
	parts := make([]string, len(m))
	for i, t := range m {
		shown := hidden
		if hidden == "" {
			shown = oneOf(t.strings())
		}
		parts[i] = listVerbs[t.op] + " " + shown
	}
	return strings.Join(parts, " and ")
}

var listVerbs = map[string]string{"has": "contain", "is": "be exactly", "exclude": "be without"}

// fact describes the tests in words, with the given verb for each.
func (m listMatcher) fact(verbs map[string]string) string {
	parts := make([]string, len(m))
	for i, t := range m {
		parts[i] = verbs[t.op] + " " + oneOf(t.strings())
	}
	return strings.Join(parts, " and ")
}

func (t *listTest) strings() []string {
	out := make([]string, len(t.values))
	for i, v := range t.values {
		out[i] = v.String()
	}
	return out
}

// list reads the data of a string-list matcher: a value, or an object of
// tests. On a fault it records it and returns nil.
func (p *parser) list(path string, data any) listMatcher {
	if t, ok := testOf("has", data); ok {
		return listMatcher{t}
	}
	switch data := data.(type) {
	case map[string]any:
		if len(data) > 0 {
			return p.listTests(path, data)
		}
	case []any:
		// Pomerium compares the list itself, which no element is equal to.
		p.expected(path, data, "a value or an object", "write one criterion for each value, under or")
		return nil
	}
	p.expected(path, data, "a value, or an object with "+oneOf(listOps), "")
	return nil
}

func (p *parser) listTests(path string, object map[string]any) listMatcher {
	var m listMatcher
	before := len(p.faults)
	for _, e := range p.object(path, object, "") {
		at := path + "." + e.written
		test, isScalar := testOf(e.key, e.value)
		switch {
		case !slices.Contains(listOps, e.key):
			p.fault(at, listHint(e.key), "unknown matcher %q; expected %s", clip(e.written), oneOf(listOps))
		case !isScalar:
			p.expected(at, e.value, "one value", "write one criterion for each value: under or for one of them, under and for all")
		default:
			m = append(m, test)
		}
	}
	if len(p.faults) > before {
		return nil
	}
	return m
}

func listHint(key string) string {
	switch key {
	case "in":
		return "write one criterion with has for each value, under or"
	case "not", "not_in":
		return "write exclude"
	}
	return settings.Suggest(key, listOps)
}
