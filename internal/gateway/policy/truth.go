package policy

import "gatehouse/internal/identity"

// truth is the value of a criterion or of a rule. A rule about a fact that
// nobody vouches for, such as an e-mail address that the provider calls
// unverified, is neither true nor false. Values combine by Kleene's logic: and
// is the lower of two, or the higher.
type truth uint8

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth { return yes - t }

// A doubt returns the reason why a fact is unknown for a person who is signed in,
// or 0 if it is known. sub is what follows the slash of the criterion's name.
type doubt func(id *identity.Identity, sub string) Reasons

// doubtOfEmail is for criteria of the e-mail address. Somebody without any may have
// taken it away to escape a deny rule: that is not known.
func doubtOfEmail(id *identity.Identity, _ string) Reasons {
	switch {
	case id.EmailUnverified():
		return ReasonEmailUnverified
	case unclear(id.Email):
		return ReasonEmailUnclear
	case id.EmailElsewhere():
		return ReasonClaimUnknown
	case id.Email == "":
		return ReasonEmailUnknown
	}
	return 0
}

// doubtOfDomain is for criteria of its domain, which an address may lack.
func doubtOfDomain(id *identity.Identity, sub string) Reasons {
	if why := doubtOfEmail(id, sub); why != 0 {
		return why
	}
	if domainOf(id.Email) == "" {
		return ReasonEmailUnclear
	}
	return 0
}

func doubtOfClaim(id *identity.Identity, claim string) Reasons {
	switch {
	case id.Withholds(claim):
		return ReasonEmailUnverified
	case identity.IsEmailClaim(claim, "") && unclear(id.Email):
		return ReasonEmailUnclear
	case claim == "phone_number" && id.PhoneUnverified():
		return ReasonPhoneUnverified
	case id.ClaimElsewhere(claim):
		return ReasonClaimUnknown
	case identity.IsEmailClaim(claim, "") && id.Email == "" && !said(id, claim):
		return ReasonEmailUnknown
	}
	return 0
}

// said reports whether the provider says a value of a claim.
func said(id *identity.Identity, claim string) bool {
	values, _ := id.Claims.Get(claim)
	return values.Len() > 0
}

func doubtOfGroups(id *identity.Identity, _ string) Reasons {
	if id.Groups == nil {
		return ReasonGroupsUnknown
	}
	return 0
}

// sayDoubt returns a sentence, without its full stop, that says what must be known.
func sayDoubt(id *identity.Identity, why Reasons) string {
	switch {
	case why.Has(ReasonGroupsUnknown):
		return "your groups must be known, but your identity provider does not say them (it sends no claim groups)"
	case why.Has(ReasonEmailUnknown):
		return "your e-mail address must be known, but your identity provider does not say it"
	case why.Has(ReasonEmailUnclear):
		return "your e-mail address must be one that can be read in one way only; it is " + having([]string{id.Email})
	case why.Has(ReasonPhoneUnverified):
		return "your phone number must be verified at your identity provider, which says that it is not"
	case why.Has(ReasonClaimUnknown):
		return "the claim that this rule asks about must be known, but your identity provider says only that it is elsewhere (_claim_names)"
	case id.UnverifiedEmail == "":
		return "your e-mail address must be verified at your identity provider, which says that it is not"
	}
	return "your e-mail address must be verified at your identity provider, which says that it is not; it is " + having([]string{id.UnverifiedEmail})
}
