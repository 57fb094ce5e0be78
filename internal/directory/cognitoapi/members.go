package cognitoapi

// val returns the value of a member, or the zero value if the member is absent.
func val[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
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
