package policy

// user matches the user id of the signed-in person.
var user = kind{
	name:  "user",
	class: ofIdentity,
	yes:   ReasonUserOK,
	no:    ReasonUserUnauthorized,
	parse: textCondition{
		subject: "your user id",
		noun:    "whose user id",
		of:      func(r *Request) string { return r.Identity.UserID },
		hidden:  unnamed,
	}.parse,
}
