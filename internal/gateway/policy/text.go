package policy

import (
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// textMatcher is the string matcher: conditions on one text, which must all hold.
// Letter case counts (Pomerium), unless the criterion has a form.
type textMatcher []textTest

type textTest struct {
	op     string
	values []string            // several only for in and not_in
	set    map[string]struct{} // the values, when they are many
}

var textOps = []string{"is", "not", "contains", "starts_with", "ends_with", "in", "not_in"}

// manyValues is the number of values from which a map is faster than a list.
const manyValues = 8

func newTextTest(op string, values ...string) textTest {
	t := textTest{op: op, values: values}
	if len(values) > manyValues {
		t.set = make(map[string]struct{}, len(values))
		for _, v := range values {
			t.set[v] = struct{}{}
		}
	}
	return t
}

func (m textMatcher) matches(s string) bool {
	for i := range m {
		if !m[i].matches(s) {
			return false
		}
	}
	return len(m) > 0
}

func (t *textTest) matches(s string) bool {
	switch t.op {
	case "is":
		return s == t.values[0]
	case "not":
		return s != t.values[0]
	case "contains":
		return strings.Contains(s, t.values[0])
	case "starts_with":
		return strings.HasPrefix(s, t.values[0])
	case "ends_with":
		return strings.HasSuffix(s, t.values[0])
	case "in":
		return t.has(s)
	case "not_in":
		return !t.has(s)
	}
	return false
}

func (t *textTest) has(s string) bool {
	if t.set != nil {
		_, ok := t.set[s]
		return ok
	}
	return slices.Contains(t.values, s)
}

// negative reports whether the matcher can be true of a missing text.
func (m textMatcher) negative() bool {
	for _, t := range m {
		if t.op != "not" && t.op != "not_in" {
			return false
		}
	}
	return len(m) > 0
}

// join merges two matchers that compare with whole values.
func (m textMatcher) join(other textMatcher) textMatcher {
	if !m.listing() || !other.listing() {
		return nil
	}
	return textMatcher{newTextTest("in", slices.Concat(m[0].values, other[0].values)...)}
}

func (m textMatcher) listing() bool {
	return len(m) == 1 && (m[0].op == "is" || m[0].op == "in")
}

// phrase returns what must be true of the text. If hidden is set, it replaces the
// values.
func (m textMatcher) phrase(hidden string) string {
	parts := make([]string, len(m))
	for i, t := range m {
		values := hidden
		if hidden == "" {
			values = oneOf(t.values)
		}
		parts[i] = textVerbs[t.op] + " " + values
	}
	return strings.Join(parts, " and ")
}

var textVerbs = map[string]string{
	"is": "be", "in": "be", "not": "be other than", "not_in": "be other than",
	"contains": "contain", "starts_with": "begin with", "ends_with": "end with",
}

// fact says what the text does: "is a or b".
func (m textMatcher) fact() string {
	parts := make([]string, len(m))
	for i, t := range m {
		parts[i] = textFacts[t.op] + " " + oneOf(t.values)
	}
	return strings.Join(parts, " and ")
}

var textFacts = map[string]string{
	"is": "is", "in": "is", "not": "is not", "not_in": "is not",
	"contains": "contains", "starts_with": "begins with", "ends_with": "ends with",
}

// text reads the data of a string matcher: a text, or an object of tests. On a
// fault it records it and returns nil.
func (p *parser) text(path string, data any) textMatcher {
	switch data := data.(type) {
	case string:
		return p.textTests(path, map[string]any{"is": data})
	case map[string]any:
		if len(data) > 0 {
			return p.textTests(path, data)
		}
	case []any:
		// Pomerium compares the list itself, which is never equal to a text.
		p.expected(path, data, "a text or an object", "write {in: […]}")
		return nil
	}
	hint := ""
	if s, ok := scalarOf(data); ok {
		hint = "put it in quotes: \"" + s.String() + "\""
	}
	p.expected(path, data, "a text, or an object with "+oneOf(textOps), hint)
	return nil
}

func (p *parser) textTests(path string, object map[string]any) textMatcher {
	var m textMatcher
	before := len(p.faults)
	for _, e := range p.object(path, object, "") {
		at := path + "." + e.written
		switch {
		case !slices.Contains(textOps, e.key):
			p.fault(at, textHint(e.key), "unknown matcher %q; expected %s", clip(e.written), oneOf(textOps))
		case e.key == "in" || e.key == "not_in":
			m = append(m, newTextTest(e.key, p.texts(at, e.value)...))
		default:
			s, _ := p.someText(at, e.value)
			m = append(m, newTextTest(e.key, s))
		}
	}
	if len(p.faults) > before {
		return nil
	}
	p.adviseOnStars(path, m)
	return m
}

func textHint(key string) string {
	switch key {
	case "has", "exclude":
		return key + " is for lists of values, such as claims; write is or not"
	}
	return settings.Suggest(key, textOps)
}

// someText reads a text that must not be empty: an empty text would match people
// without the attribute, or everybody.
func (p *parser) someText(path string, data any) (string, bool) {
	s, ok := data.(string)
	if !ok || s == "" {
		p.expected(path, data, "a text that is not empty", "")
		return "", false
	}
	return s, true
}

// texts reads a list of texts that must not be empty.
func (p *parser) texts(path string, data any) []string {
	list, ok := data.([]any)
	if !ok || len(list) == 0 {
		p.expected(path, data, "a list of texts", "write […]")
		return nil
	}
	values := make([]string, 0, len(list))
	for _, item := range list {
		if s, ok := p.someText(path, item); ok {
			values = append(values, s)
		}
	}
	return values
}

// textCondition is a criterion that matches one text of the request.
type textCondition struct {
	textMatcher
	subject string                // "your e-mail address"
	noun    string                // "whose e-mail address"
	of      func(*Request) string // where the text comes from
	// hidden replaces the expected values in sentences for the person, if they are
	// about people. Empty: they may be shown.
	hidden string
	// form brings the text and the values into the form in which they are
	// compared; nil: as they are.
	form func(string) string
}

func (c textCondition) holds(r *Request) bool {
	text := c.of(r)
	if c.form != nil {
		text = c.form(text)
	}
	return c.matches(text)
}

// formed returns the matcher with its values in the form of c.
func (c textCondition) formed(m textMatcher) textMatcher {
	if c.form == nil {
		return m
	}
	for i, t := range m {
		values := make([]string, len(t.values))
		for j, v := range t.values {
			values[j] = c.form(v)
		}
		m[i] = newTextTest(t.op, values...)
	}
	return m
}

func (c textCondition) join(other condition) condition {
	m := c.textMatcher.join(other.(textCondition).textMatcher)
	if m == nil {
		return nil
	}
	c.textMatcher = m
	return c
}

func (c textCondition) say(r *Request, not, full bool) string {
	sentence := c.subject + must(not) + c.phrase(unless(full, c.hidden))
	if not {
		return sentence
	}
	if have := c.of(r); have != "" {
		return sentence + "; it is " + having([]string{have})
	}
	return sentence + "; you have none"
}

func (c textCondition) fact() string { return c.noun + " " + c.textMatcher.fact() }

// parse is the parse function of the criterion.
func (c textCondition) parse(p *parser, path, _ string, data any) condition {
	if c.textMatcher = c.formed(p.text(path, data)); c.textMatcher == nil {
		return nil
	}
	return c
}
