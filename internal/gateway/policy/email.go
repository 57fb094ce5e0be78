package policy

// email matches the e-mail address of who is signed in, case and all.
var email = kind{
	name:  "email",
	class: ofIdentity,
	yes:   ReasonEmailOK,
	no:    ReasonEmailUnauthorized,
	parse: textCondition{
		subject: "your e-mail address",
		noun:    "whose e-mail address",
		of:      func(r *Request) string { return r.Identity.Email },
		hidden:  "what this rule names",
	}.parse,
}
