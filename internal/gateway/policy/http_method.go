package policy

import "strings"

// httpMethod matches the request's method. Methods are written in capitals.
var httpMethod = kind{
	name:  "http_method",
	class: ofRequest,
	yes:   ReasonHTTPMethodOK,
	no:    ReasonHTTPMethodUnauthorized,
	parse: parseMethod,
}

func parseMethod(p *parser, path, sub string, data any) condition {
	c := textCondition{
		subject: "the method of the request",
		noun:    "the method",
		of:      func(r *Request) string { return r.Method },
	}.parse(p, path, sub, data)
	if c == nil {
		return nil
	}
	for _, t := range c.(textCondition).textMatcher {
		for _, v := range t.values {
			if v != strings.ToUpper(v) {
				p.warn(path, "%q is no method that a request has; did you mean %q?", clip(v), strings.ToUpper(clip(v)))
			}
		}
	}
	return c
}
