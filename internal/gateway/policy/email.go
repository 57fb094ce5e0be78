package policy

// email matches the e-mail address of the signed-in person. Letter case does not
// count.
var email = kind{
	name:  "email",
	class: ofIdentity,
	yes:   ReasonEmailOK,
	no:    ReasonEmailUnauthorized,
	doubt: doubtOfEmail,
	parse: textCondition{
		subject: "your e-mail address",
		noun:    "whose e-mail address",
		of:      func(r *Request) string { return r.Identity.Email },
		hidden:  unnamed,
		form:    canonicalAddress,
	}.parse,
}
