package route

import "fmt"

// Fault is one mistake in a route, for the person who wrote it.
type Fault struct {
	Route   int    // index of the route; -1: no particular one
	Key     string // the key at fault, as in the file
	Message string // what was found and what was expected
	Hint    string // what to write instead; may be empty

	cause error
}

func (f *Fault) Error() string {
	text := f.Key + ": " + f.Message
	if f.Route >= 0 {
		text = fmt.Sprintf("routes[%d].%s", f.Route, text)
	}
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// Unwrap returns ErrUnsupported if that is the fault, else nil.
func (f *Fault) Unwrap() error { return f.cause }
