package cognitoapi

import "slices"

// val returns the value of a member, or the zero value if the member is absent.
func val[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// asSet returns a list without its repetitions. An absent list stays absent.
// Cognito: what a pool or client lists is a set.
func asSet(list []string) []string {
	var set []string
	for _, element := range list {
		if !slices.Contains(set, element) {
			set = append(set, element)
		}
	}
	if list != nil && set == nil {
		return []string{}
	}
	return set
}

// nonZero returns a member with the value v, or an absent member if v is the zero
// value.
func nonZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
