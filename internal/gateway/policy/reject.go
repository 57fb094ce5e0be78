package policy

// reject is always false, also under deny: there it refuses nobody. Pomerium: the
// same.
var reject = kind{
	name:  "reject",
	class: ofNothing,
	yes:   ReasonReject,
	no:    ReasonReject,
	parse: fixed{
		test:    func(*Request) bool { return false },
		must:    "nobody may pass",
		mustNot: "nobody may pass",
		says:    "the request is none",
	}.parse,
}
