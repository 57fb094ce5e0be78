package relyingparty

import (
	"slices"
	"strings"
)

// others are how the user ids of people begin who are not of this provider: those of
// another provider, of an issuer of tokens, of service accounts. Where a provider's own
// ids have no prefix, one of its people could be given such an id.
type others []string

// check refuses an id that looks like that of somebody else.
func (o others) check(id string) error {
	if !slices.ContainsFunc(o, func(prefix string) bool { return strings.HasPrefix(id, prefix) }) {
		return nil
	}
	return failed(StepClaims, ErrUntrusted, "The provider's id of the person, %q, begins as the ids of other people do here.", clean(id, maxDescription))
}
