package main

import (
	"fmt"
	"strings"
)

func emitInputs(e *emitter) {
	for _, op := range e.model.operations {
		e.structure(op.input, fmt.Sprintf("// %s is the input of %s.", op.input.goName, op.name))
	}
}

func emitOutputs(e *emitter) {
	for _, op := range e.model.operations {
		e.structure(op.output, fmt.Sprintf("// %s is the output of %s.", op.output.goName, op.name))
	}
}

func emitShapes(e *emitter) {
	for _, s := range e.model.structures {
		if !s.operationEnd {
			e.structure(s, fmt.Sprintf("// %s is the structure that the model calls %s.", s.goName, s.name))
		}
	}
}

func (e *emitter) structure(s *shape, comment string) {
	e.line("%s", comment)
	if len(s.Members) == 0 {
		e.line("type %s struct{}\n", s.goName)
		return
	}
	e.line("type %s struct {", s.goName)
	for _, m := range s.members() {
		e.line("%s %s%s", m.goName, e.goType(m), remark(m))
	}
	e.line("}\n")
}

// remark returns the comment beside a field: whether it is required, and its values.
func remark(m *member) string {
	var facts []string
	if m.required {
		facts = append(facts, "required")
	}
	values := m.shape
	if values.Type == "list" {
		values = values.Member.shape
	}
	if len(values.Enum) > 0 {
		facts = append(facts, "one of "+strings.Join(values.Enum, ", "))
	}
	if len(facts) == 0 {
		return ""
	}
	return " // " + strings.Join(facts, "; ")
}

func (e *emitter) goType(m *member) string {
	switch s := m.shape; s.Type {
	case "string":
		if m.isSecret() {
			e.uses("gatehouse/internal/base/seal")
			return "*seal.Secret"
		}
		return "*string"
	case "boolean":
		return "*bool"
	case "integer", "long":
		return "*int64"
	case "timestamp":
		return "*Timestamp"
	case "blob":
		return "[]byte"
	case "list":
		return "[]" + element(s.Member)
	case "map":
		if s.secret {
			return "SecretMap"
		}
		return "map[string]" + element(s.Value)
	default:
		if s.Document {
			e.uses("encoding/json")
			return "json.RawMessage"
		}
		return "*" + s.goName
	}
}

func (m *member) isSecret() bool { return m.secret || m.shape.secret }

// element returns the Go type of the elements of a list or a map.
func element(m *member) string {
	switch m.shape.Type {
	case "string":
		return "string"
	case "structure":
		return m.shape.goName
	}
	panic("no element type for " + m.shape.name)
}
