package identity

import (
	"maps"
	"slices"
	"strings"
)

// Flatten turns an identity provider's claims into the form that criteria test.
// A nested object becomes names with dots: {"address": {"country": "DE"}}
// becomes "address.country". Every value becomes a list. Names keep their
// letter case, and null values are left out. If a literal name and a nested
// one are the same, the less nested one is kept, so that an inner object can't
// replace a claim. The result shares no list with claims.
func Flatten(claims map[string]any) Claims {
	return NewClaims(flatten(claims).values)
}

func flatten(claims map[string]any) *flattening {
	f := &flattening{values: make(map[string][]any, len(claims)), depth: map[string]int{}}
	f.object("", claims, 1)
	return f
}

type flattening struct {
	values map[string][]any
	depth  map[string]int
	commas []string // the names of lists with an element that has a comma; sorted by commaLists
}

// commaLists returns the sorted names of the lists that have an element with a
// comma.
func (f *flattening) commaLists() []string {
	slices.Sort(f.commas)
	return f.commas
}

func hasComma(values []any) bool {
	return slices.ContainsFunc(values, func(v any) bool {
		s, ok := v.(string)
		return ok && strings.Contains(s, ",")
	})
}

func isList(v any) bool {
	switch v.(type) {
	case []any, []string:
		return true
	}
	return false
}

// maxClaimDepth limits the recursion. Deeper claims are left out.
const maxClaimDepth = 32

func (f *flattening) object(prefix string, object map[string]any, depth int) {
	if depth > maxClaimDepth {
		return
	}
	// Sorted, so that two equally deep claims of one name give the same result
	// each time.
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := object[name].(map[string]any); ok {
			f.object(prefix+name+".", inner, depth+1)
			continue
		}
		f.set(prefix+name, object[name], depth)
	}
}

func (f *flattening) set(name string, v any, depth int) {
	values := listOf(v)
	have, taken := f.depth[name]
	if values == nil || taken && have <= depth {
		return
	}
	f.depth[name] = depth
	f.values[name] = values
	f.commas = slices.DeleteFunc(f.commas, func(n string) bool { return n == name })
	if isList(v) && hasComma(values) {
		f.commas = append(f.commas, name)
	}
}

// listOf returns v as a new list, or nil if v is null.
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
