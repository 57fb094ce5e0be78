package relyingparty

// unite adds to claims those claims of more whose names are not taken.
func unite(claims, more map[string]any) {
	for name, value := range more {
		if _, ok := claims[name]; !ok {
			claims[name] = value
		}
	}
}
