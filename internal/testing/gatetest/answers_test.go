package gatetest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// conformance checks successful answers against the model, and keeps what is wrong.
type conformance struct {
	*model
	mu    sync.Mutex
	wrong map[string]bool
}

// unlikeTheModel has what Cognito's answers have against its model.
var unlikeTheModel = []string{
	".SchemaAttributes.Name has the size 21",   // the limit is for the name without "custom:"
	".CompletionMessage is ",                   // a sentence
	".CustomDomainConfig lacks CertificateArn", // of a domain that is a prefix
}

func newConformance(t *testing.T) *conformance {
	return &conformance{model: readModel(t), wrong: map[string]bool{}}
}

// check checks the body of an operation's answer. It may be called at once from
// several goroutines.
func (c *conformance) check(operation string, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	output := c.Operations[operation].Output
	if output == "" {
		if len(body) > 0 {
			c.wrong[operation+": a body, and the model has none"] = true
		}
		return
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		c.wrong[fmt.Sprintf("%s: %v", operation, err)] = true
		return
	}
	for _, what := range c.faults(c.Shapes[output], v, operation) {
		c.wrong[what] = true
	}
}

// report fails the test with everything that is wrong.
func (c *conformance) report(t *testing.T) {
	for _, what := range slices.Sorted(maps.Keys(c.wrong)) {
		if !slices.ContainsFunc(unlikeTheModel, func(known string) bool { return strings.Contains(what, known) }) {
			t.Error(what)
		}
	}
}

// faults returns what is wrong with a value that an answer has at path.
func (c *conformance) faults(s *shape, v any, path string) (all []string) {
	if s.Document {
		return nil
	}
	size := 0
	switch v := v.(type) {
	case object:
		size = len(v)
		all = c.faultsOfObject(s, v, path)
	case []any:
		size = len(v)
		all = wrongType(s, "list", path)
		for _, element := range v {
			if len(all) == 0 {
				all = append(all, c.faults(c.Shapes[s.Member.Shape], element, path)...)
			}
		}
	case string:
		size = utf8.RuneCountInString(v)
		all = c.faultsOfText(s, v, path)
	case float64:
		size = int(v)
		all = wrongType(s, "integer long double timestamp", path)
	case bool:
		size = s.least()
		all = wrongType(s, "boolean", path)
	default:
		return []string{path + " is null"}
	}
	if s.Type != "timestamp" && (size < s.least() || s.Max != nil && size > *s.Max) {
		all = append(all, fmt.Sprintf("%s has the size %d, and %s allows %d to %v", path, size, s.name, s.least(), *s.Max))
	}
	return all
}

func (c *conformance) faultsOfObject(s *shape, v object, path string) (all []string) {
	if s.Type == "map" {
		for key, inner := range v {
			all = append(all, c.faults(c.Shapes[s.Key.Shape], key, path+" key")...)
			all = append(all, c.faults(c.Shapes[s.Value.Shape], inner, path+" value")...)
		}
		return all
	}
	all = wrongType(s, "structure", path)
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			all = append(all, path+" lacks "+name)
		}
	}
	for name, inner := range v {
		member, ok := s.Members[name]
		if !ok {
			all = append(all, path+" has "+name+", which the model lacks")
			continue
		}
		all = append(all, c.faults(c.Shapes[member.Shape], inner, path+"."+name)...)
	}
	return all
}

func (c *conformance) faultsOfText(s *shape, v, path string) []string {
	switch {
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, v):
		return []string{fmt.Sprintf("%s is %q, and %s allows %v", path, v, s.name, s.Enum)}
	case !s.matches(v):
		return []string{fmt.Sprintf("%s is %q, and %s matches %s", path, v, s.name, s.Pattern)}
	}
	return wrongType(s, "string blob", path)
}

func wrongType(s *shape, allowed, path string) []string {
	if slices.Contains(strings.Fields(allowed), s.Type) {
		return nil
	}
	return []string{path + " is a " + allowed + ", and the model says " + s.Type}
}
