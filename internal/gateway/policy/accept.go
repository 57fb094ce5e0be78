package policy

// accept is always true. Its data is ignored.
var accept = kind{
	name:  "accept",
	class: ofEverything,
	yes:   ReasonAccept,
	parse: fixed{
		test:    always,
		must:    "everybody may pass",
		mustNot: "nobody may pass",
		says:    "the request is any",
	}.parse,
}

func always(*Request) bool { return true }
