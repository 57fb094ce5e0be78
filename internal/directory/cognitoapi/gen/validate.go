package main

import (
	"fmt"
	"strconv"
	"strings"
)

func emitConstraints(e *emitter) {
	e.line("// The constraints of the model: one variable for each shape that has any.")
	e.line("var (")
	for _, s := range e.model.scalars {
		e.line("%s = %s", s.rule, rule(s))
	}
	e.line(")")
}

// rule returns the literal with a shape's constraints.
func rule(s *shape) string {
	var fields []string
	switch s.Type {
	case "integer", "long":
		return "numberRule{" + strings.Join(bounds(s), ", ") + "}"
	case "blob", "list", "map":
		return "sizeRule{" + strings.Join(bounds(s), ", ") + "}"
	}
	if s.Sensitive {
		fields = append(fields, "sensitive: true")
	}
	fields = append(fields, bounds(s)...)
	if s.Pattern != "" && s.Pattern != "(?s).*" {
		fields = append(fields, "pattern: newPattern("+quote(s.Pattern)+")")
	}
	if len(s.Enum) > 0 {
		fields = append(fields, "enum: []string{"+goStrings(s.Enum)+"}")
	}
	return "textRule{" + strings.Join(fields, ", ") + "}"
}

func bounds(s *shape) []string {
	var fields []string
	number := s.Type == "integer" || s.Type == "long"
	if s.Min != nil && (number || *s.Min > 0) {
		fields = append(fields, "min: "+strconv.FormatInt(*s.Min, 10))
	} else if number {
		fields = append(fields, "min: noMin")
	}
	if s.Max != nil {
		fields = append(fields, "max: "+strconv.FormatInt(*s.Max, 10))
	} else if number {
		fields = append(fields, "max: noMax")
	}
	return fields
}

func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func goStrings(texts []string) string { return `"` + strings.Join(texts, `", "`) + `"` }

func emitValidators(e *emitter) {
	for _, s := range e.model.structures {
		if s.inInput {
			e.validator(s)
		}
	}
	for _, s := range e.model.structures {
		if s.inInput && s.printed {
			e.printer(s)
		}
	}
}

func (e *emitter) validator(s *shape) {
	if !s.checked() {
		e.line("func (x *%s) validate(*validator) {}\n", s.goName)
		return
	}
	e.line("func (x *%s) validate(v *validator) {", s.goName)
	for _, m := range s.members() {
		if m.required {
			e.line("v.required(%q, x.%s != nil)", m.path, m.goName)
		}
		for _, l := range checks(m) {
			e.line("%s", l)
		}
	}
	e.line("}\n")
}

// checks returns the statements that check one member: first a container, then its
// elements.
func checks(m *member) []string {
	s := m.shape
	if !s.checked() {
		return nil
	}
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	args := fmt.Sprintf("v, %q, x.%s", m.path, m.goName)
	switch s.Type {
	case "string":
		add("checkText(%s, &%s)", args, s.rule)
	case "integer", "long":
		add("checkNumber(%s, %s)", args, s.rule)
	case "blob":
		add("checkBlob(%s, %s)", args, s.rule)
	case "structure":
		add("checkOne(%s)", args)
	case "list":
		lines = append(lines, listChecks(s, args)...)
	case "map":
		lines = append(lines, mapChecks(s, args)...)
	}
	return lines
}

func listChecks(s *shape, args string) []string {
	var lines []string
	of := s.Member.shape
	if s.sized() {
		check := "checkTexts"
		if of.Type == "structure" {
			check = "checkList"
		}
		lines = append(lines, check+"Size("+args+", "+s.rule+")")
	}
	if !of.checked() {
		return lines
	}
	if of.Type == "structure" {
		if s.nullsAreFaults {
			return append(lines, "checkListWithNulls("+args+")")
		}
		return append(lines, "checkList("+args+")")
	}
	return append(lines, "checkTexts("+args+", &"+of.rule+")")
}

func mapChecks(s *shape, args string) []string {
	var lines []string
	key := "nil"
	if s.Key.shape.constrained() {
		key = "&" + s.Key.shape.rule
	}
	if of := s.Value.shape; of.Type == "structure" {
		if s.sized() || key != "nil" {
			panic("no check of the size and the keys of " + s.name)
		}
		return append(lines, "checkMap("+args+")")
	}
	if s.sized() {
		lines = append(lines, "checkTextMapSize("+args+", "+s.rule+")")
	}
	value := "nil"
	if s.Value.shape.constrained() {
		value = "&" + s.Value.shape.rule
	}
	return append(lines, fmt.Sprintf("checkTextMap(%s, %s, %s, %t)", args, key, value, s.Sensitive))
}

// printer writes the method that prints a structure for a message about the list
// that contains it.
func (e *emitter) printer(s *shape) {
	e.line("func (x *%s) print() string {\nreturn printStructure(%q,", s.goName, s.name)
	for _, m := range s.members() {
		e.line("%q, %s,", m.path, printed(m))
	}
	e.line(")\n}\n")
}

func printed(m *member) string {
	x := "x." + m.goName
	if m.isSecret() || m.shape.Sensitive {
		return "printSensitive(" + x + " != nil)"
	}
	switch m.shape.Type {
	case "string", "boolean", "integer", "long":
		return "printScalar(" + x + ")"
	case "blob":
		return "printBlob(" + x + ")"
	case "structure":
		return "printOne(" + x + ")"
	}
	panic("no way to print " + m.shape.name)
}
