package hostname

// Lower returns s with the ASCII letters in lower case. Other letters stay as
// they are: in Unicode, the Kelvin sign has the lower case k, and would make one
// name of two. It allocates only if it changes s.
func Lower(s string) string { return mapASCII(s, 'A', 'Z') }

// Upper is Lower for upper case.
func Upper(s string) string { return mapASCII(s, 'a', 'z') }

// mapASCII changes the case of the letters from first to last.
func mapASCII(s string, first, last byte) string {
	for i := range len(s) {
		if first <= s[i] && s[i] <= last {
			return changeCase(s, i, first, last)
		}
	}
	return s
}

func changeCase(s string, from int, first, last byte) string {
	b := []byte(s)
	for i := from; i < len(b); i++ {
		if first <= b[i] && b[i] <= last {
			b[i] ^= 'a' ^ 'A'
		}
	}
	return string(b)
}
