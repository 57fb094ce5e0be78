package policy

import "gatehouse/internal/base/hostname"

// httpMethod matches the request's method. Letter case does not count, because
// some servers ignore it.
var httpMethod = kind{
	name:  "http_method",
	class: ofRequest,
	yes:   ReasonHTTPMethodOK,
	no:    ReasonHTTPMethodUnauthorized,
	parse: textCondition{
		subject: "the method of the request",
		noun:    "the method",
		of:      func(r *Request) string { return r.Method },
		form:    hostname.Upper,
	}.parse,
}
