package accessapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/gateway/access"
)

// maxBody is the greatest size of a body. Every object is much smaller.
const maxBody = 256 << 10

// bodyOf returns the body of a request. It fails with ErrBodySize, ErrBody.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, ErrBodySize
	}
	if err != nil {
		return nil, ErrBody.Because(err)
	}
	return body, nil
}

// problem is one thing that is wrong with a body.
type problem struct {
	key     string // "config.auth_url"; empty: the whole body
	pointer string // RFC 6901: "/config/auth_url"; empty: the whole body
	text    string // a sentence that begins with the key
}

// invalidBody is [ErrBody] with everything that is wrong.
type invalidBody struct{ problems []problem }

func (e *invalidBody) Error() string {
	texts := make([]string, len(e.problems))
	for i, p := range e.problems {
		texts[i] = p.text
	}
	return strings.Join(texts, "; ")
}

func (e *invalidBody) Unwrap() error { return ErrBody }

// reading is the state while a body is read.
type reading struct {
	id       string // the id of the object in the path; empty: a new object
	problems []problem
	stopped  bool // a field found that the rest of the body has no meaning
}

// addChecked adds what an engine found wrong, except for keys that already have
// a problem.
func (rd *reading) addChecked(found []access.Problem) {
	for _, p := range found {
		if !rd.hasProblem(p.Key) {
			rd.problems = append(rd.problems, problem{p.Key, keyPointer(p.Key), p.Text})
		}
	}
}

// hasProblem reports whether a key, or an object or list around it, has a
// problem.
func (rd *reading) hasProblem(key string) bool {
	return slices.ContainsFunc(rd.problems, func(p problem) bool {
		inside, ok := strings.CutPrefix(key, p.key)
		return p.key != "" && ok && (inside == "" || inside[0] == '.' || inside[0] == '[')
	})
}

// keyPointer turns the key of an engine's problem, such as "config.scopes[1]",
// into a JSON pointer.
func keyPointer(key string) string {
	return "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(key)
}

// value is one member of a body, as the field for its key reads it.
type value struct {
	*reading
	path []string        // the keys that lead to it
	raw  json.RawMessage // nil: absent or null
}

// absent reports whether the body does not have the key, or has it with null.
func (v value) absent() bool { return v.raw == nil }

// fault adds a problem of this value.
func (v value) fault(format string, args ...any) {
	key := strings.Join(v.path, ".")
	v.add(key, key+" "+fmt.Sprintf(format, args...))
}

func (v value) add(key, text string) {
	v.problems = append(v.problems, problem{key, pointer(v.path), text})
}

// decode decodes the value into to, and reports whether to is valid. It leaves
// an absent value alone. want says in words what the value must be.
func (v value) decode(want string, to any) bool {
	if v.absent() || json.Unmarshal(v.raw, to) == nil {
		return true
	}
	v.fault("must be %s", want)
	return false
}

// text decodes a string.
func (v value) text(to *string) bool { return v.decode("a string", to) }

// inside returns a member of this value, to add a problem to.
func (v value) inside(key string) value {
	return value{v.reading, append(slices.Clone(v.path), key), nil}
}

// stop ends the reading: without this value, the rest has no meaning.
func (v value) stop() { v.stopped = true }

// pointer returns a JSON pointer (RFC 6901 §3).
func pointer(path []string) string {
	var b strings.Builder
	for _, key := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return b.String()
}

// readFields reads the members of an object into draft. First it refuses the
// members that no field has.
func readFields[T any](rd *reading, path []string, given map[string]json.RawMessage, fields []field[T], draft *T) {
	refuseUnknown(rd, path, given, fields)
	for _, f := range fields {
		if rd.stopped {
			return
		}
		raw := given[f.key]
		if isNull(raw) {
			raw = nil
		}
		f.read(value{rd, append(slices.Clone(path), f.key), raw}, draft)
	}
}

// refuseUnknown adds a problem for each member that no field has. To accept a
// setting without following it would deceive the caller.
func refuseUnknown[T any](rd *reading, path []string, given map[string]json.RawMessage, fields []field[T]) {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if slices.ContainsFunc(fields, func(f field[T]) bool { return f.key == key }) {
			continue
		}
		v := value{rd, path, nil}
		if short := clip(key); short == key { // else the problem points to the object
			v.path = append(slices.Clone(path), key)
		}
		name := strings.Join(append(slices.Clone(path), clip(key)), ".")
		v.add(name, fmt.Sprintf("%q is not a known key; %s", name, knownKeys(path, fields)))
	}
}

// knownKeys names the keys that a client may set in the object at path.
func knownKeys[T any](path []string, fields []field[T]) string {
	var keys []string
	for _, f := range fields {
		if f.settable {
			keys = append(keys, f.key)
		}
	}
	of := ""
	if len(path) > 0 {
		of = " of " + strings.Join(path, ".")
	}
	switch last := len(keys) - 1; last {
	case -1:
		return "no key" + of + " can be set"
	case 0:
		return "the only key" + of + " is " + keys[0]
	default:
		return "the keys" + of + " are " + strings.Join(keys[:last], ", ") + " and " + keys[last]
	}
}

// clip shortens a text of the caller for a message.
func clip(s string) string { return clipTo(s, 40) }

func clipTo(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
