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

// doubt is for a criterion whose fact may be unknown although somebody is signed
// in.
type doubt struct {
	reason Reasons
	// of reports whether the fact is unknown for a person. sub is what follows
	// the slash of the criterion's name.
	of func(id *identity.Identity, sub string) bool
	// say returns a sentence, without its full stop, that says what must be
	// known.
	say func(id *identity.Identity) string
}

// has reports whether the fact is unknown. d may be nil.
func (d *doubt) has(id *identity.Identity, sub string) bool { return d != nil && d.of(id, sub) }

// unverifiedEmail is for criteria of the e-mail address.
var unverifiedEmail = doubt{
	reason: ReasonEmailUnverified,
	of:     func(id *identity.Identity, _ string) bool { return id.EmailUnverified() },
	say:    sayUnverified,
}

func sayUnverified(id *identity.Identity) string {
	sentence := "your e-mail address must be verified at your identity provider, which says that it is not"
	if id.UnverifiedEmail == "" {
		return sentence
	}
	return sentence + "; it is " + having([]string{id.UnverifiedEmail})
}
