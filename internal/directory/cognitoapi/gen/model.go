package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// model is the content of model.json and what the generator derives from it.
type model struct {
	Operations map[string]*operation
	Shapes     map[string]*shape

	operations []*operation // by name
	structures []*shape     // those that inputs and outputs use, by Go name
	scalars    []*shape     // those with constraints that inputs use, by name
}

type operation struct {
	name   string
	Auth   string
	Input  string
	Output *string
	Errors []string

	input  *shape
	output *shape // an empty structure if the model has none
}

type shape struct {
	name   string // in the model
	goName string // of a structure
	rule   string // the variable with the constraints

	Type      string
	Members   map[string]*member
	Required  []string
	Member    *member // of a list
	Key       *member // of a map
	Value     *member // of a map
	Min, Max  *int64
	Pattern   string
	Enum      []string
	Sensitive bool
	Document  bool
	Exception bool

	secret         bool // the Go type is seal.Secret or SecretMap
	operationEnd   bool // the input or output of an operation
	inInput        bool
	inOutput       bool
	printed        bool // a message about a list may print it
	nullsAreFaults bool // a list that refuses null elements
}

type member struct {
	Shape string

	name     string // on the wire
	goName   string
	path     string // in the text of a violation
	required bool
	shape    *shape
	secret   bool
}

// loadModel reads the text of a model and resolves its names.
func loadModel(text []byte) (*model, error) {
	m := &model{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, err
	}
	return m, m.resolve()
}

func (m *model) resolve() error {
	for name, s := range m.Shapes {
		s.name = name
		if err := m.resolveShape(s); err != nil {
			return err
		}
	}
	if err := m.override(); err != nil {
		return err
	}
	for name, op := range m.Operations {
		if err := m.resolveOperation(name, op); err != nil {
			return err
		}
	}
	return m.nameStructures()
}

func (m *model) resolveShape(s *shape) error {
	refs := []*member{s.Member, s.Key, s.Value}
	for name, mem := range s.Members {
		mem.name, mem.goName, mem.path = name, goName(name), lowerCamel(name)
		mem.required = slices.Contains(s.Required, name)
		refs = append(refs, mem)
	}
	for _, ref := range refs {
		if ref == nil {
			continue
		}
		if ref.shape = m.Shapes[ref.Shape]; ref.shape == nil {
			return fmt.Errorf("shape %s: no shape %s", s.name, ref.Shape)
		}
	}
	return nil
}

func (m *model) resolveOperation(name string, op *operation) error {
	op.name = name
	for _, e := range op.Errors {
		if s := m.Shapes[e]; s == nil || !s.Exception {
			return fmt.Errorf("operation %s: no exception %s", name, e)
		}
	}
	op.input = m.Shapes[op.Input]
	if op.input == nil {
		return fmt.Errorf("operation %s: no shape %s", name, op.Input)
	}
	op.output = &shape{Type: "structure", name: name + "Response"}
	if op.Output != nil {
		op.output = m.Shapes[*op.Output]
	}
	op.input.goName, op.input.operationEnd = name+"Input", true
	op.output.goName, op.output.operationEnd = name+"Output", true
	op.input.reach(func(s *shape) *bool { return &s.inInput })
	op.output.reach(func(s *shape) *bool { return &s.inOutput })
	m.operations = append(m.operations, op)
	m.operations = sortedBy(m.operations, func(o *operation) string { return o.name })
	return nil
}

// reach sets a mark on s and on every shape that s uses.
func (s *shape) reach(mark func(*shape) *bool) {
	if *mark(s) {
		return
	}
	*mark(s) = true
	for _, ref := range s.refs() {
		ref.shape.reach(mark)
	}
}

func (s *shape) refs() []*member {
	var refs []*member
	for _, ref := range []*member{s.Member, s.Key, s.Value} {
		if ref != nil {
			refs = append(refs, ref)
		}
	}
	return append(refs, s.members()...)
}

// members returns a structure's members, sorted by name.
func (s *shape) members() []*member {
	var list []*member
	for _, mem := range s.Members {
		list = append(list, mem)
	}
	return sortedBy(list, func(m *member) string { return m.name })
}

// nameStructures gives the structures their Go names. It fails if two structures
// would have the same name.
func (m *model) nameStructures() error {
	used := map[string]string{}
	for _, s := range m.allReached() {
		switch {
		case s.Type == "structure" && !s.Document:
			if s.goName == "" {
				s.goName = goName(strings.TrimSuffix(s.name, "Type"))
			}
			if other, ok := used[s.goName]; ok {
				return fmt.Errorf("shapes %s and %s would both be %s in Go", other, s.name, s.goName)
			}
			used[s.goName] = s.name
			m.structures = append(m.structures, s)
		case s.inInput && s.constrained():
			s.rule = ruleName(strings.TrimSuffix(s.name, "Type"))
			if used[s.rule] != "" {
				s.rule = ruleName(s.name)
			}
			used[s.rule] = s.name
			m.scalars = append(m.scalars, s)
		}
		if s.Type == "list" && s.inInput && s.sized() {
			s.Member.shape.reach(func(s *shape) *bool { return &s.printed })
		}
	}
	m.structures = sortedBy(m.structures, func(s *shape) string { return s.goName })
	m.scalars = sortedBy(m.scalars, func(s *shape) string { return s.name })
	return nil
}

// allReached returns the shapes that inputs or outputs use, sorted by name.
func (m *model) allReached() []*shape {
	var all []*shape
	for _, s := range m.Shapes {
		if s.inInput || s.inOutput {
			all = append(all, s)
		}
	}
	for _, op := range m.operations {
		if op.Output == nil {
			all = append(all, op.output)
		}
	}
	return sortedBy(all, func(s *shape) string { return s.name })
}

// sized reports whether a size is checked.
func (s *shape) sized() bool { return s.Max != nil || s.Min != nil && *s.Min > 0 || s.nullsAreFaults }

// constrained reports whether a scalar or the size of a container is checked.
func (s *shape) constrained() bool {
	switch s.Type {
	case "string":
		return s.sized() || len(s.Enum) > 0 || s.Pattern != "" && s.Pattern != "(?s).*"
	case "integer", "long":
		return s.Min != nil || s.Max != nil
	case "blob", "list", "map":
		return s.sized()
	}
	return false
}

// checked reports whether s or anything that it uses is checked.
func (s *shape) checked() bool {
	if s.constrained() || len(s.Required) > 0 {
		return true
	}
	return slices.ContainsFunc(s.refs(), func(r *member) bool { return r.shape.checked() })
}

func sortedBy[T any](list []T, key func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return list
}
