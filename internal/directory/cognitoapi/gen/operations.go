package main

import (
	"slices"
	"strings"
)

func emitInterface(e *emitter) {
	e.uses("context")
	e.line("// Operations is the whole API: one method an operation. A method gets an input")
	e.line("// that satisfies the model's constraints and returns its output or a declared")
	e.line("// error; a nil output without an error stands for an empty one.")
	e.line("type Operations interface {")
	for _, op := range e.model.operations {
		e.line("%s", signature(op))
	}
	e.line("}")
}

func signature(op *operation) string {
	return op.name + "(ctx context.Context, in *" + op.input.goName + ") (*" + op.output.goName + ", error)"
}

func emitUnsupported(e *emitter) {
	e.uses("context")
	e.line("// Unsupported answers every operation with [ErrOperationNotSupported]. An")
	e.line("// implementation of [Operations] embeds it and overrides what it offers.")
	e.line("type Unsupported struct{}\n")
	for _, op := range e.model.operations {
		e.line("func (Unsupported) %s(context.Context, *%s) (*%s, error) {", op.name, op.input.goName, op.output.goName)
		e.line("return nil, notSupported(%q)\n}\n", op.name)
	}
}

func emitTable(e *emitter) {
	e.line("// operations is the table of all operations, by name.")
	e.line("var operations = [...]Operation{")
	for _, op := range e.model.operations {
		e.line("{")
		e.line("Name: %q, Auth: %s, Output: %t,", op.name, auth(op), op.Output != nil)
		e.line("call: method(Operations.%s),", op.name)
		e.line("Exceptions: []string{\n%s\n},", wrapped(op.Errors))
		e.line("},")
	}
	e.line("}")
}

// auth names what authorises an operation: an access key's signature, an
// access token among the members, or what else the input holds.
func auth(op *operation) string {
	if op.Auth == "sigv4" {
		return "AuthSignature"
	}
	if op.input.Members["AccessToken"] != nil {
		return "AuthToken"
	}
	return "AuthNone"
}

// wrapped writes texts as Go strings, a few a line.
func wrapped(texts []string) string {
	texts = slices.Sorted(slices.Values(texts))
	var out, line strings.Builder
	for _, t := range texts {
		if line.Len()+len(t) > 110 {
			out.WriteString(line.String() + "\n")
			line.Reset()
		}
		line.WriteString(`"` + t + `", `)
	}
	out.WriteString(line.String())
	return out.String()
}

func emitExceptions(e *emitter) {
	e.line("// modelled has every exception of the model.")
	e.line("var modelled = []string{")
	for _, s := range sortedBy(shapesOf(e.model), func(s *shape) string { return s.name }) {
		if s.Exception {
			e.line("%q,", s.name)
		}
	}
	e.line("}")
}

func shapesOf(m *model) []*shape {
	var all []*shape
	for _, s := range m.Shapes {
		all = append(all, s)
	}
	return all
}
