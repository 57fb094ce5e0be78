package config

import (
	"errors"
	"fmt"
	"strings"
)

// Fault is one thing that is wrong in a configuration, with where it stands and
// what would be right.
type Fault struct {
	Path     string // the value's path, "routes[3].to"; empty for the whole file
	File     string // the file that it stands in; empty if it stands in none
	Line     int    // its line, from 1; 0 if unknown
	Variable string // the environment variable that it came from, or empty

	// Found is what stands there, as a reader may see it: never a secret. With
	// Expected empty, it is a statement in itself.
	Found    string
	Expected string // what should stand there: "a URL"
	Hint     string // what to do: `did you mean "http://app"?`
}

// Error returns the fault in one line:
//
//	routes[3].to: "http//app" is not a URL (config.yaml:41); did you mean "http://app"?
func (f Fault) Error() string {
	var b strings.Builder
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Found)
	if f.Expected != "" {
		b.WriteString(" is not " + f.Expected)
	}
	if at := f.where(); at != "" {
		b.WriteString(" (" + at + ")")
	}
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	return b.String()
}

func (f Fault) where() string {
	switch {
	case f.Variable != "":
		return "environment variable " + f.Variable
	case f.File != "" && f.Line > 0:
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	default:
		return f.File
	}
}

// Faults is everything that is wrong in a configuration. It is never empty
// where it is returned as an error.
type Faults struct {
	List []Fault
}

// Error returns one line for each fault.
func (f *Faults) Error() string {
	lines := make([]string, len(f.List))
	for i, fault := range f.List {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// FaultsOf returns the faults in err's chain, or nil.
func FaultsOf(err error) []Fault {
	var faults *Faults
	if errors.As(err, &faults) {
		return faults.List
	}
	return nil
}

// asError returns nil for no faults.
func asError(list []Fault) error {
	if len(list) == 0 {
		return nil
	}
	return &Faults{List: list}
}

// place is where a value stands.
type place struct {
	file     string
	line     int
	variable string
}

// Fault returns a fault of the value at path, which it places in the file. If
// nothing stands at path, the nearest value around it gives the place.
func (c *Config) Fault(path, found, expected, hint string) Fault {
	at := c.trail.at(path)
	return Fault{
		Path: path, File: at.file, Line: at.line, Variable: at.variable,
		Found: found, Expected: expected, Hint: hint,
	}
}

func (t *trail) at(path string) place {
	for p := path; p != ""; p = parent(p) {
		if at, ok := t.places[p]; ok {
			return at
		}
	}
	return place{file: t.source.Path}
}

// parent returns the path of the value that holds the one at path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
