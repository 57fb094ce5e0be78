package main

import (
	"slices"
	"strings"
)

func emitOperations(e *emitter) {
	e.line("// Operations is the whole API: one handler an operation. If a handler is nil,")
	e.line("// the operation is answered with [ErrOperationNotSupported].")
	e.line("type Operations struct {")
	for _, op := range e.model.operations {
		e.line("%s Handler[%s, %s]", op.name, op.input.goName, op.output.goName)
	}
	e.line("}")
}

func emitTable(e *emitter) {
	e.line("// operations is the table of all operations, sorted by name.")
	e.line("var operations = [...]Operation{")
	for _, op := range e.model.operations {
		e.line("{")
		e.line("Name: %q, Auth: %s, HasOutput: %t,", op.name, auth(op), op.Output != nil)
		e.line("handler: handlerIn(func(o *Operations) Handler[%s, %s] { return o.%s }),", op.input.goName, op.output.goName, op.name)
		e.line("Exceptions: []string{\n%s\n},", wrapped(op.Errors))
		e.line("},")
	}
	e.line("}")
}

// auth returns the operation's constant of type Auth.
func auth(op *operation) string {
	if op.Auth == "sigv4" {
		return "AuthSignature"
	}
	if op.input.Members["AccessToken"] != nil {
		return "AuthToken"
	}
	return "AuthNone"
}

// wrapped returns texts as Go strings, several on a line.
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
