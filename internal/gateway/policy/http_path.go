package policy

// httpPath matches the request's path: cleaned and decoded, without the query.
var httpPath = kind{
	name:  "http_path",
	class: ofRequest,
	yes:   ReasonHTTPPathOK,
	no:    ReasonHTTPPathUnauthorized,
	parse: textCondition{
		subject: "the path",
		noun:    "the path",
		of:      func(r *Request) string { return r.Path },
	}.parse,
}
