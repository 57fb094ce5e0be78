package policy

// corsPreflight is true of a CORS preflight: the request that a browser sends
// before a script's request to another site. It never carries credentials.
var corsPreflight = kind{
	name:  "cors_preflight",
	class: ofPreflight,
	yes:   ReasonCORSRequest,
	no:    ReasonNonCORSRequest,
	parse: fixed{
		test:    func(r *Request) bool { return r.CORSPreflight },
		must:    "the request must be a CORS preflight",
		mustNot: "the request must not be a CORS preflight",
		says:    "the request is a CORS preflight",
	}.parse,
}
