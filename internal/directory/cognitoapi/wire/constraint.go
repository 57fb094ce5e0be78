package wire

import (
	"fmt"
	"strings"
)

// Validate checks all constraints that the model has for an input. It returns
// a *ConstraintError that lists the broken ones.
func Validate(in Input) error {
	v := &validator{}
	in.validate(v)
	if len(v.items) == 0 {
		return nil
	}
	return &ConstraintError{v.items}
}

// ConstraintError lists the constraints that an input breaks. errors.Is reports it as
// [ErrConstraint].
type ConstraintError struct{ items []violation }

// Error is for the log: it names the constraints and shows no value.
func (e *ConstraintError) Error() string {
	texts := make([]string, len(e.items))
	for i, item := range e.items {
		texts[i] = item.path + ": " + item.clause
	}
	return "constraint: " + strings.Join(texts, "; ")
}

// Unwrap returns ErrConstraint.
func (e *ConstraintError) Unwrap() error { return ErrConstraint }

// Message is for the caller, in the words of the service's own validator. It
// shows the values that are not sensitive.
func (e *ConstraintError) Message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d validation error%s detected: ", len(e.items), plural(len(e.items)))
	for i, item := range e.items {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString("Value ")
		if item.value != "" {
			b.WriteString(item.value + " ")
		}
		b.WriteString("at '" + item.path + "' failed to satisfy constraint: " + item.clause)
	}
	return b.String()
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
