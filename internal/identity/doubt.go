package identity

// PhoneUnverified reports whether the provider says that the person's phone number
// is not verified: "phone_number_verified" is there with another value than true
// (OpenID Connect Core §5.1). Whoever changed their own number could have anybody's.
func (id *Identity) PhoneUnverified() bool {
	said, ok := id.Claims["phone_number_verified"]
	return ok && (len(said) != 1 || saysUnverified(said[0]))
}

// ClaimElsewhere reports whether the provider says that the person has a claim, but
// not its value: "_claim_names" names a place where it is (OpenID Connect Core
// §5.6.2). Microsoft does so with the groups of people who have many.
func (id *Identity) ClaimElsewhere(claim string) bool {
	_, named := id.Claims["_claim_names."+claim]
	_, known := id.Claims[claim]
	return named && !known
}
