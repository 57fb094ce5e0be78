package policy

import (
	"errors"
	"fmt"
	"slices"
)

// Fault is one mistake in a policy, for the person who wrote it.
type Fault struct {
	Path    string // the place in the route: policy[0].allow.and[1].email
	Message string // what was found and what was expected
	Hint    string // what to write instead; may be empty
}

func (f *Fault) Error() string {
	text := f.Path + ": " + f.Message
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// findings collects the faults and warnings about a policy.
type findings struct {
	faults   []error
	warnings []string
}

// fault records a *Fault. hint may be empty.
func (f *findings) fault(path, hint, format string, args ...any) {
	f.faults = append(f.faults, &Fault{Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// expected records that the value at path is not of the expected form.
func (f *findings) expected(path string, found any, what, hint string) {
	f.fault(path, hint, "found %s; expected %s", describe(found), what)
}

func (f *findings) warn(path, format string, args ...any) {
	text := path + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(f.warnings, text) { // one place may be read as two criteria
		f.warnings = append(f.warnings, text)
	}
}

func (f *findings) err() error { return errors.Join(f.faults...) }

// describe returns a decoded value in the words of its author.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("the text %q", clip(v))
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		return "a list"
	case map[string]any:
		if len(v) == 0 {
			return "an empty object"
		}
		return "an object"
	case bool:
		return fmt.Sprint(v)
	}
	if s, ok := scalarOf(v); ok {
		return "the number " + s.String()
	}
	return fmt.Sprintf("a value of type %T", v)
}

// clip shortens a text of a file for a message.
func clip(s string) string {
	const most = 60
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}
