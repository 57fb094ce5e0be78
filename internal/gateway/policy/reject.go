package policy

// reject is always true, too: under deny it refuses everything. The parser
// keeps it from standing under allow, where it would let everything pass.
var reject = kind{
	name:  "reject",
	class: ofEverything,
	yes:   ReasonReject,
	parse: fixed{
		test:    always,
		must:    "nobody may pass",
		mustNot: "nobody may pass",
		says:    "the request is any",
	}.parse,
}
