package settings

import (
	"errors"
	"strings"
)

// Fault is one thing that is wrong in a configuration: what was found, where,
// and what would be right.
type Fault struct {
	Path  string // the path of the value, "routes[3].to"; empty for the whole file
	Place        // where the value stands

	// Found is the text found, as a reader may see it: never a secret. If
	// Expected is empty, Found is a complete statement: "unknown key".
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
	if at := f.Place.String(); at != "" {
		b.WriteString(" (" + at + ")")
	}
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	return b.String()
}

// Faults is everything that is wrong in a configuration. As an error it is
// never empty.
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

// AsError returns list as a [*Faults], or nil if list is empty.
func AsError(list []Fault) error {
	if len(list) == 0 {
		return nil
	}
	return &Faults{List: list}
}
