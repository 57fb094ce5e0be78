package settings

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Document is one reading of a [Source]. It is used once, by one goroutine.
type Document struct {
	// Root is the tree of values, for programs that change it between
	// [Document.Overlay] and [Document.Decode].
	Root *Node

	// Unknown is asked about each key that no field has. It returns true if it
	// dealt with the key; otherwise the key is a fault. Nil: every such key is
	// a fault.
	Unknown func(UnknownKey) bool

	// Also returns names that no field has, and that may have been meant by an
	// unknown key. Nil: there are none.
	Also func(UnknownKey) []string

	// Advise returns what to do about an unknown key that resembles no other. Nil:
	// nothing is said.
	Advise func(UnknownKey) string

	env    map[string]string
	shapes map[reflect.Type]*shape // of the structs decoded so far
	trail  Trail
	faults []Fault
}

// UnknownKey is a key that no field of its struct has.
type UnknownKey struct {
	Path  string       // the path of the key: "routes[3].too"
	Key   string       // its name in lower case: "too"
	Place Place        // where the key stands
	Value *Node        // its value
	In    reflect.Type // the type of the struct
}

// Open reads the file of src. What is wrong with the file is in [Document.Err];
// the document can be used all the same and holds what could be read.
func Open(src Source) *Document {
	d := &Document{
		Root:  &Node{Place: Place{File: src.Path}},
		env:   environment(src.Env),
		trail: Trail{source: src, places: &places{}, files: map[string]string{}},
	}
	data, ok := d.content(src)
	if !ok {
		return d
	}
	read := parse
	if strings.EqualFold(filepath.Ext(src.Path), ".toml") {
		read = parseTOML
	}
	d.Root, d.faults = read(data, Place{File: src.Path})
	return d
}

// content returns the text of the file.
func (d *Document) content(src Source) ([]byte, bool) {
	at := Place{File: src.Path}
	if src.Path == "" {
		return src.Data, true
	}
	if src.Data != nil {
		d.trail.files[src.Path] = digest(src.Data, nil)
		return src.Data, true
	}
	data, err := d.trail.readFile(src.Path)
	if err != nil {
		d.Fail("", at, "the file cannot be read", "", reason(err))
		return nil, false
	}
	return data, true
}

// Env returns the value of an environment variable, or "".
func (d *Document) Env(name string) string { return d.env[name] }

// EnvNames returns the names of all environment variables, sorted.
func (d *Document) EnvNames() []string { return sortedKeys(d.env) }

// Trail returns where the values of the document stand.
func (d *Document) Trail() Trail { return d.trail }

// Fail reports a fault.
func (d *Document) Fail(path string, at Place, found, expected, hint string) {
	d.faults = append(d.faults, Fault{Path: path, Place: at, Found: found, Expected: expected, Hint: hint})
}

// FailOnce reports a fault of the value at path, unless that value already has
// one.
func (d *Document) FailOnce(path, found, expected, hint string) {
	known := func(f Fault) bool { return f.Path == path }
	if !slices.ContainsFunc(d.faults, known) {
		d.faults = append(d.faults, d.trail.Fault(path, found, expected, hint))
	}
}

// ReadText returns the content of a file that the value at path names. It
// returns "" without a fault if file is "", and "" with a fault if the file
// cannot be read or has nothing in it: the value would count as one that nobody has
// given. [Trail.Files] has the file from now on.
func (d *Document) ReadText(path, file string) string {
	if file == "" {
		return ""
	}
	data, err := d.trail.readFile(file)
	if err != nil {
		d.FailOnce(path, Quote(file), "a file that can be read", reason(err))
	} else if len(bytes.TrimSpace(data)) == 0 {
		d.FailOnce(path, Quote(file), "a file with text in it", "was it cut while it was written? Write it again, or take the key out")
		return ""
	}
	return string(data)
}

// Add adds the faults that a check of the decoded values found. It drops those
// that follow from a fault in the document: a value that could not be decoded
// is missing for the check.
func (d *Document) Add(checked []Fault) {
	known := slices.Clone(d.faults)
	for _, f := range checked {
		follows := func(k Fault) bool {
			return k.Path != "" && (within(f.Path, k.Path) || within(k.Path, f.Path))
		}
		if !slices.ContainsFunc(known, follows) {
			d.faults = append(d.faults, f)
		}
	}
}

// Err returns all faults as a [*Faults], or nil if there are none. They have
// the order of the file. Faults without a line come first, those of environment
// variables last.
func (d *Document) Err() error {
	faults := slices.Clone(d.faults)
	slices.SortStableFunc(faults, func(a, b Fault) int {
		if a.Variable != "" || b.Variable != "" {
			return strings.Compare(a.Variable, b.Variable)
		}
		return a.Line - b.Line
	})
	return AsError(faults)
}
