package identity

import "strings"

// PhoneUnverified reports whether the provider says that the person's phone number
// is not verified: "phone_number_verified" is there with another value than true
// (OpenID Connect Core §5.1). Whoever changed their own number could have anybody's.
func (id *Identity) PhoneUnverified() bool {
	values, ok := id.Claims.Get("phone_number_verified")
	said, one := values.Only()
	return ok && (!one || IsUnverified(said.Any()))
}

// ClaimElsewhere reports whether the provider says that the person has a claim, but
// not its value: "_claim_names" names a place where it is, or where the object is that
// it is in (OpenID Connect Core §5.6.2). Microsoft does so with the groups of people
// who have many, or says "hasgroups" instead.
func (id *Identity) ClaimElsewhere(claim string) bool {
	if _, known := id.Claims.Get(claim); known {
		return false
	}
	if claim == "groups" && id.hasGroups() {
		return true
	}
	for {
		if _, named := id.Claims.Get("_claim_names." + claim); named {
			return true
		}
		dot := strings.LastIndexByte(claim, '.')
		if dot < 0 {
			return false
		}
		claim = claim[:dot] // "address" of "address.country"
	}
}

func (id *Identity) hasGroups() bool {
	values, _ := id.Claims.Get("hasgroups")
	said, one := values.Only()
	text, _ := said.Text()
	return one && (text == "true" || said.Any() == true)
}

// EmailElsewhere reports the same of the e-mail address.
func (id *Identity) EmailElsewhere() bool { return id.Email == "" && id.ClaimElsewhere("email") }
