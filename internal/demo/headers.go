package demo

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/base/page"
)

// assertionHeaders are the headers with a signed assertion: Pomerium's and
// Cloudflare Access's.
var assertionHeaders = []string{"X-Pomerium-Jwt-Assertion", "Cf-Access-Jwt-Assertion"}

// header is an identity header as the page shows it.
type header struct{ name, value string }

// identityHeaders returns the identity headers of a request by name, without
// credentials.
func identityHeaders(h http.Header) []header {
	var list []header
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if strings.HasPrefix(name, "X-Pomerium-") || strings.HasPrefix(name, "Cf-Access-") {
			list = append(list, header{name, withoutCredentials(name, strings.Join(h[name], ", "))})
		}
	}
	return list
}

// withoutCredentials returns the part of a header's value that may be shown.
func withoutCredentials(name, value string) string {
	if slices.ContainsFunc(assertionHeaders, func(a string) bool { return strings.HasPrefix(name, a) }) {
		return withoutSignature(value)
	}
	for _, secret := range []string{"Authorization", "Cookie", "Secret", "Token"} {
		if strings.Contains(name, secret) {
			return "(not shown)"
		}
	}
	return value
}

// withoutSignature returns the header and the payload of a JWT. Nobody can use
// them as an assertion.
func withoutSignature(jwt string) string {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return "(not a signed JWT; not shown)"
	}
	return parts[0] + "." + parts[1] + ".(signature not shown)"
}

func headerRows(headers []header) []page.KeyValue {
	rows := make([]page.KeyValue, 0, len(headers))
	for _, h := range headers {
		rows = append(rows, page.KeyValue{Key: h.name, Value: h.value, Code: true})
	}
	return rows
}
