package policy

// reject is always true, so under deny it refuses everything. The parser refuses
// it under allow, where it would let everything pass.
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
