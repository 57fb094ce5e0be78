package gatetest_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// model is the part of the API's model that describes requests and answers.
type model struct {
	Operations map[string]struct {
		Input, Output string
		Errors        []string
	}
	Shapes map[string]*shape
}

// shape is a type of the model.
type shape struct {
	Type               string
	Required           []string
	Members            map[string]struct{ Shape string }
	Member, Key, Value struct{ Shape string }
	Enum               []string
	Pattern            string
	Min, Max           *int
	Sensitive          bool
	Document           bool

	name     string
	compiled *regexp.Regexp
}

func (s *shape) least() int {
	if s.Min == nil {
		return 0
	}
	return *s.Min
}

func readModel(t testing.TB) *model {
	t.Helper()
	text, err := os.ReadFile("../../directory/cognitoapi/gen/model.json")
	if err != nil {
		t.Fatal(err)
	}
	var m model
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for name, s := range m.Shapes {
		s.name = name
	}
	return &m
}

// asTheServiceDoes changes the model where the service's messages differ from it.
func (m *model) asTheServiceDoes() *model {
	m.Shapes["PasswordType"].Pattern, m.Shapes["PasswordType"].Min = `^[\S]+.*[\S]+$`, new(6)
	m.Shapes["SoftwareTokenMFAUserCodeType"].Sensitive = false
	m.Shapes["ProviderDetailsType"].Sensitive = true // they have a client secret
	m.Shapes["EventSourceName"].Enum = []string{"userAuthEvents", "userNotification"}
	m.Shapes["LogLevel"].Enum = []string{"ERROR", "INFO"}
	m.Shapes["UserPoolMfaType"].Enum = []string{"OPTIONAL", "OFF", "ON"}
	return m
}

// matches reports whether a text satisfies the shape's pattern.
func (s *shape) matches(text string) bool {
	if s.Pattern == "" {
		return true
	}
	if before, ok := strings.CutSuffix(s.Pattern, `(?<!\.)$`); ok { // RE2 has no look-behind
		return regexp.MustCompile(before+"$").MatchString(text) && !strings.HasSuffix(text, ".")
	}
	// The service accepts dots in the names of custom domains.
	if s.Pattern == `^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$` && strings.Contains(text, ".") {
		return true
	}
	if s.compiled == nil {
		s.compiled = regexp.MustCompile(`\A(?:` + s.Pattern + `)\z`)
	}
	return s.compiled.MatchString(text)
}

// examples are texts from which valid values of every shape can be made.
var examples = []string{
	"a", "1", "us-east-1_Abc123", "us-east-1_0a1b", "arn:aws:iam::123456789012:role/x", "arn:aws:s3:::bucket", "a@b", "code {####}", "Click {##here##}",
	"Level1", "cognito:default", "terms-of-use", "import-1", "0a1b2c3d-0000-4000-8000-000000000001", "Right-Horse-7", "abc",
}

// text returns a valid value of a shape of strings with a length between least and
// most, or "" if no example leads to one.
func (s *shape) text(least, most int) string {
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	for _, e := range examples {
		e += strings.Repeat(e[len(e)-1:], max(0, least-len(e)))
		if len(e) >= least && (most == 0 || len(e) <= most) && s.matches(e) {
			return e
		}
	}
	return ""
}

// valid returns a value of a shape that breaks no constraint and has only the
// required members.
func (m *model) valid(t testing.TB, shapeName string) any {
	t.Helper()
	s := m.Shapes[shapeName]
	switch s.Type {
	case "structure":
		if s.Document {
			return object{}
		}
		out := object{}
		for _, name := range s.Required {
			out[name] = m.valid(t, s.Members[name].Shape)
		}
		return out
	case "list":
		return slices.Repeat([]any{m.valid(t, s.Member.Shape)}, max(s.least(), 1))
	case "map":
		return object{m.Shapes[s.Key.Shape].text(1, 0): m.valid(t, s.Value.Shape)}
	case "boolean":
		return true
	case "integer", "long":
		return max(s.least(), 1)
	case "timestamp":
		return 1
	case "blob":
		return strings.Repeat("AAAA", max(s.least(), 1))
	}
	most := 0
	if s.Max != nil {
		most = *s.Max
	}
	text := s.text(max(s.least(), 1), most)
	if text == "" {
		t.Fatalf("no example is a valid %s", shapeName)
	}
	return text
}

// place is one member of an operation's input, however deep.
type place struct {
	shape    *shape
	path     string        // as messages name it
	required bool          // whether the structure around it must have it
	key      bool          // whether it is a key of a map, which is always a text
	hidden   bool          // whether messages must not show its value
	element  string        // what messages call it if it is a text in a list or a map: they name the list
	with     func(any) any // returns the whole input, valid but for the value of this place
}

// absent is the value of a member that a request leaves out.
type absent struct{}

// places returns all places of an operation's input, sorted by path.
func (m *model) places(t testing.TB, operation string) []place {
	t.Helper()
	var all []place
	m.inside(t, m.Operations[operation].Input, "", func(in any) any { return in }, &all)
	return all
}

// inside adds the places inside a value of a shape. path is the value's path, with
// a dot at its end, and with is as in place.
func (m *model) inside(t testing.TB, shapeName, path string, with func(any) any, all *[]place) {
	t.Helper()
	s := m.Shapes[shapeName]
	add := func(shape string, p place) {
		p.shape, p.path = m.Shapes[shape], path+p.path
		if p.shape.Type == "string" && p.element != "" {
			p.path = strings.TrimSuffix(path, ".")
		} else {
			p.element = ""
		}
		p.hidden = p.hidden || p.shape.Sensitive
		*all = append(*all, p)
		m.inside(t, shape, p.path+".", p.with, all)
	}
	switch s.Type {
	case "structure":
		for _, name := range slices.Sorted(maps.Keys(s.Members)) {
			add(s.Members[name].Shape, place{path: strings.ToLower(name[:1]) + name[1:], required: slices.Contains(s.Required, name), with: func(v any) any {
				in := m.valid(t, shapeName).(object)
				if in[name] = v; v == (absent{}) {
					delete(in, name)
				}
				return with(in)
			}})
		}
	case "list":
		add(s.Member.Shape, place{path: "1.member", element: "Member", with: func(v any) any {
			list := slices.Clone(m.valid(t, shapeName).([]any))
			list[0] = v
			return with(list)
		}})
	case "map":
		add(s.Key.Shape, place{path: "member.key", element: "Map keys", key: true, hidden: s.Sensitive, with: func(v any) any {
			return with(object{v.(string): m.valid(t, s.Value.Shape)})
		}})
		add(s.Value.Shape, place{path: "member.value", element: "Map value", hidden: s.Sensitive, with: func(v any) any {
			return with(object{m.Shapes[s.Key.Shape].text(1, 0): v})
		}})
	}
}
