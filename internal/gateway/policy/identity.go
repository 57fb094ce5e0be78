package policy

import (
	"maps"
	"slices"
)

// Identity is who the gateway knows the caller to be.
type Identity struct {
	SessionID string // the session that proves it
	UserID    string // the provider's subject
	Email     string
	Name      string
	Provider  string           // id of the identity provider that signed the person in
	Groups    []string         // directory groups; may be empty
	Claims    map[string][]any // as FlattenClaims makes them
}

// FlattenClaims turns an identity provider's claims into the form that
// criteria test: nested objects become a.b.c, every value a list; names keep
// their case, and nothing (null) is left out. Where a literal name and a nested
// one meet, the less nested wins, so that an inner object can't replace a
// claim. The result shares no list with claims; it is never nil.
func FlattenClaims(claims map[string]any) map[string][]any {
	f := flattening{values: make(map[string][]any, len(claims)), depth: map[string]int{}}
	f.object("", claims, 1)
	return f.values
}

type flattening struct {
	values map[string][]any
	depth  map[string]int
}

// maxClaimDepth bounds the recursion; deeper claims are left out.
const maxClaimDepth = 32

func (f *flattening) object(prefix string, object map[string]any, depth int) {
	if depth > maxClaimDepth {
		return
	}
	// Sorted, so that equally deep names that meet give the same result each time.
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := object[name].(map[string]any); ok {
			f.object(prefix+name+".", inner, depth+1)
			continue
		}
		f.set(prefix+name, listOf(object[name]), depth)
	}
}

func (f *flattening) set(name string, values []any, depth int) {
	if have, taken := f.depth[name]; values == nil || taken && have <= depth {
		return
	}
	f.depth[name] = depth
	f.values[name] = values
}

// listOf returns v as a list of its own: nil for null.
func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return append(make([]any, 0, len(v)), v...)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	}
	return []any{v}
}
