package policy

// authenticatedUser is true if the caller is signed in.
var authenticatedUser = kind{
	name:  "authenticated_user",
	class: ofIdentity,
	yes:   ReasonUserOK,
	no:    ReasonUserUnauthenticated,
	parse: fixed{
		test:    func(r *Request) bool { return r.Identity != nil },
		must:    mustSignIn,
		mustNot: "you must not be signed in",
		says:    "who are signed in",
	}.parse,
}
