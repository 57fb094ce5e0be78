package web

import "golang.org/x/net/http/httpguts"

// ValidHeader reports whether the lines of a header can be sent as they are: none ends
// early or begins another one. RFC 9110 §5.1, §5.5.
func ValidHeader(name string, values []string) bool {
	if !httpguts.ValidHeaderFieldName(name) {
		return false
	}
	for _, v := range values {
		if !httpguts.ValidHeaderFieldValue(v) {
			return false
		}
	}
	return true
}
