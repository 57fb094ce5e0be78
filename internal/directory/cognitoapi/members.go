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

// asSet returns a list without its repetitions. Cognito: what a pool or client lists
// is a set, and an empty list is none. Terraform sends an empty one for each list that
// its file leaves out.
func asSet(list []string) (set []string) {
	for _, element := range list {
		if !slices.Contains(set, element) {
			set = append(set, element)
		}
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
