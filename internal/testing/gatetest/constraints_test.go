package gatetest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/testing/gatetest"
)

// breach is a value that a place must not have, and how it is refused.
type breach struct {
	value      any
	name, text string // the exception; "…" in text stands for any text
}

// broken returns what a text breaks, in the order of the service's messages.
func (s *shape) broken(text string) (clauses []string) {
	n := utf8.RuneCountInString(text)
	if !s.matches(text) {
		clauses = append(clauses, "Member must satisfy regular expression pattern: "+s.Pattern)
	}
	clauses = append(clauses, s.brokenSize(n)...)
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		clauses = append(clauses, "Member must satisfy enum value set: ["+strings.Join(s.Enum, ", ")+"]")
	}
	return clauses
}

// all returns everything that a text of the shape could break, in the order of the
// service's messages about the elements of a list.
func (s *shape) all() string {
	var clauses []string
	if s.Max != nil {
		clauses = append(clauses, fmt.Sprint("Member must have length less than or equal to ", *s.Max), fmt.Sprint("Member must have length greater than or equal to ", s.least()))
	}
	if s.Pattern != "" {
		clauses = append(clauses, "Member must satisfy regular expression pattern: "+s.Pattern)
	}
	if len(s.Enum) > 0 {
		clauses = append(clauses, "Member must satisfy enum value set: ["+strings.Join(s.Enum, ", ")+"]")
	}
	return "[" + strings.Join(clauses, ", ") + "]"
}

func (s *shape) brokenSize(n int) []string {
	switch {
	case s.Min != nil && n < *s.Min:
		return []string{fmt.Sprint("Member must have length greater than or equal to ", *s.Min)}
	case s.Max != nil && n > *s.Max:
		return []string{fmt.Sprint("Member must have length less than or equal to ", *s.Max)}
	}
	return nil
}

// breaks returns the breach of a place that has a value, which messages print as
// printed. It returns false if the value breaks nothing.
func (p place) breaks(value any, printed string, clauses []string) (breach, bool) {
	if len(clauses) == 0 {
		return breach{}, false
	}
	var items []string
	for _, clause := range clauses {
		items = append(items, "Value "+printed+"at '"+p.path+"' failed to satisfy constraint: "+clause)
	}
	plural := map[bool]string{true: "s"}[len(items) > 1]
	return breach{value, invalid, fmt.Sprintf("%d validation error%s detected: %s", len(items), plural, strings.Join(items, "; "))}, true
}

// breaches returns values that a place must not have: one for each constraint of
// the model, and values of other types.
func (m *model) breaches(t testing.TB, p place) (all []breach) {
	t.Helper()
	add := func(b breach, ok bool) {
		if ok {
			all = append(all, b)
		}
	}
	if p.required {
		for _, v := range []any{absent{}, nil} {
			add(p.breaks(v, "null ", []string{"Member must not be null"}))
		}
	}
	switch s := p.shape; s.Type {
	case "string":
		for _, text := range s.badTexts() {
			printed, clauses := "'"+text+"' ", s.broken(text)
			if p.element != "" && len(clauses) > 0 {
				printed, clauses = "'…' ", []string{p.element + " must satisfy constraint: " + s.all()}
			}
			if p.hidden {
				printed = ""
			}
			add(p.breaks(text, printed, clauses))
		}
	case "integer", "long":
		if s.Min != nil {
			add(p.breaks(*s.Min-1, fmt.Sprintf("'%d' ", *s.Min-1), []string{fmt.Sprint("Member must have value greater than or equal to ", *s.Min)}))
		}
		if s.Max != nil {
			add(p.breaks(*s.Max+1, fmt.Sprintf("'%d' ", *s.Max+1), []string{fmt.Sprint("Member must have value less than or equal to ", *s.Max)}))
		}
	case "list":
		for _, n := range []int{s.least() - 1, most(s) + 1} {
			if n >= 0 {
				add(p.breaks(slices.Repeat(m.valid(t, s.name).([]any)[:1], n), "'[…]' ", s.brokenSize(n)))
			}
		}
	case "map":
		if s.least() > 0 {
			add(p.breaks(object{}, "'{}' ", s.brokenSize(0)))
		}
	case "blob":
		add(p.breaks(strings.Repeat("AAAA", most(s)/3+1), "'…' ", s.brokenSize((most(s)/3+1)*3)))
	}
	if !p.key {
		all = append(all, otherTypes(p.shape)...)
	}
	return all
}

// most returns the largest size of a shape, or -2 if it has none.
func most(s *shape) int {
	if s.Max == nil {
		return -2
	}
	return *s.Max
}

// badTexts returns texts of which at least one breaks each constraint that a shape
// has.
func (s *shape) badTexts() []string {
	bad := []string{"", " ", "\x01", "no such value", "é"}
	if s.least() > 1 {
		bad = append(bad, s.text(s.least()-1, s.least()-1))
	}
	if s.Max != nil && len(s.Enum) == 0 {
		bad = append(bad, s.text(*s.Max+1, 0))
	}
	return bad
}

// otherTypes returns values of types that a shape does not have.
func otherTypes(s *shape) []breach {
	const (
		serialization = "SerializationException"
		structure     = "Start of structure or map found where not expected."
		list          = "Start of list found where not expected."
		field         = "Unexpected field type"
		value         = "Unexpected value type in payload"
	)
	refused := func(v any, text string) breach { return breach{v, serialization, text} }
	switch {
	case s.Document:
		return nil
	case s.Type == "structure" || s.Type == "map":
		return []breach{refused("x", field), refused(1, field), refused(true, field), refused([]any{}, list)}
	case s.Type == "list":
		return []breach{refused("x", field), refused(1, field), refused(true, field), refused(object{}, structure)}
	case s.Type == "boolean":
		return []breach{refused(1, value), refused("x", value), refused([]any{}, value), refused(object{}, value)}
	case s.Type == "integer" || s.Type == "long":
		return []breach{refused(0.5, value), refused("x", value), refused(true, value), refused([]any{}, value), refused(object{}, value)}
	}
	return []breach{
		refused(1, "NUMBER_VALUE can not be converted to a String"), refused(true, "TRUE_VALUE can not be converted to a String"),
		refused(false, "FALSE_VALUE can not be converted to a String"), refused([]any{}, list), refused(object{}, structure),
	}
}

// Each constraint of the model, at each member of each operation, is refused as the
// service refuses it, and nothing is written.
func TestEveryConstraintOfTheModel(t *testing.T) {
	gt, m := gatetest.New(t, gatetest.OnFile), readModel(t).asTheServiceDoes()
	c, count := &caller{gt, t, gt.Handler}, 0
	before := gt.Stored()
	for _, operation := range slices.Sorted(maps.Keys(m.Operations)) {
		for _, p := range m.places(t, operation) {
			for _, b := range m.breaches(t, p) {
				in := p.with(b.value)
				w := c.call(operation, in)
				count++
				if got := exceptionIn(t, w.Body.Bytes()); w.Code != http.StatusBadRequest || got.Type != b.name || !alike(got.Message, b.text) {
					t.Errorf("%s, %s = %.60v: %d %s %.300q, want %s %.300q", operation, p.path, b.value, w.Code, got.Type, got.Message, b.name, b.text)
				}
			}
		}
	}
	if count < 8_000 {
		t.Errorf("%d requests, want one for each constraint", count)
	}
	if after := gt.Stored(); after != before {
		t.Errorf("refused requests have written:\n%s", gatetest.Changes(before, after))
	}
}

// exception is the body of a refusal.
type exception struct {
	Type    string `json:"__type"`
	Message string
}

func exceptionIn(t *testing.T, body []byte) (e exception) {
	t.Helper()
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return e
}

// alike reports whether a text is the wanted one, in which "…" is any text.
func alike(text, want string) bool {
	before, after, any := strings.Cut(want, "…")
	return text == want || any && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// What the model allows is allowed: the least and the greatest of everything, a null
// in place of an optional member, and members that the model does not know.
func TestWhatTheModelAllows(t *testing.T) {
	m, count := readModel(t).asTheServiceDoes(), 0
	for name := range m.Operations {
		for _, p := range m.places(t, name) {
			for _, value := range m.extremes(t, p) {
				body, err := json.Marshal(p.with(value))
				if err != nil {
					t.Fatal(err)
				}
				op := wire.Find(name)
				in, err := op.Decode(body)
				if err == nil {
					err = wire.Validate(in)
				}
				if count++; err != nil {
					t.Errorf("%s, %s = %.60v: %v, want no error", name, p.path, value, err)
				}
			}
		}
	}
	if count < 3_000 {
		t.Errorf("%d inputs, want some for each member", count)
	}
}

// extremes returns the outermost values that a place may have.
func (m *model) extremes(t testing.TB, p place) []any {
	t.Helper()
	s, name := p.shape, p.shape.name
	values := []any{m.valid(t, name)}
	if !p.required && p.element == "" && !strings.HasSuffix(p.path, "member") && !strings.HasSuffix(p.path, ".value") {
		values = append(values, nil)
	}
	switch s.Type {
	case "structure":
		if in := m.valid(t, name).(object); !s.Document {
			in["Later"] = object{"A": []any{1, nil, object{}}}
			values = append(values, in)
		}
	case "string":
		for _, v := range s.Enum {
			values = append(values, v)
		}
		if len(s.Enum) == 0 {
			for _, limit := range []*int{s.Min, s.Max} {
				// Not every length can be had: the shortest ARN is longer than the minimum.
				if limit != nil && s.text(*limit, *limit) != "" {
					values = append(values, s.text(*limit, *limit))
				}
			}
		}
	case "integer", "long":
		for _, limit := range []*int{s.Min, s.Max} {
			if limit != nil {
				values = append(values, *limit)
			}
		}
	case "list":
		values = append(values, slices.Repeat(m.valid(t, name).([]any)[:1], max(s.least(), most(s), 1)))
	case "boolean":
		values = append(values, false, "true", "False")
	}
	return values
}
