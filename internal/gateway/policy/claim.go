package policy

import (
	"strings"

	"gatehouse/internal/identity"
)

// claim matches a claim of the signed-in person. The claim's name is everything
// after the first slash, exactly as written: cognito:groups,
// https://example.com/roles. A nested claim is written with dots:
// address.country.
var claim = kind{
	name:     "claim",
	takesSub: true,
	class:    ofIdentity,
	yes:      ReasonClaimOK,
	no:       ReasonClaimUnauthorized,
	doubt:    doubtOfClaim,
	parse:    parseClaim,
}

type claimCondition struct {
	listMatcher
	name string
	read func(identity.Value) (scalar, bool) // reads an element of the claim
}

func parseClaim(p *parser, path, name string, data any) condition {
	m := p.list(path, data)
	if m == nil {
		return nil
	}
	if strings.Contains(name, "/") && !strings.Contains(name, "://") {
		p.warn(path, "names one claim %q; for a claim inside another write %q", name, strings.ReplaceAll(name, "/", "."))
	}
	if text, ok := data.(string); ok && strings.Contains(text, ": ") {
		// Some readers of YAML cut {claim/cognito:groups: x} at the first colon.
		p.warn(path, "asks for the value %q; if the colon belongs to the claim's name, put the name in quotes", clip(text))
	}
	if identity.IsEmailClaim(name, "") {
		return claimCondition{m.addresses(), name, addressOf}
	}
	return claimCondition{m, name, scalarOfClaim}
}

func (c claimCondition) holds(r *Request) bool {
	values, _ := r.Identity.Claims.Get(c.name)
	return matches(c.listMatcher, claimList{values, c.read})
}

// claimList implements list.
type claimList struct {
	values identity.Values
	read   func(identity.Value) (scalar, bool)
}

func (l claimList) one() bool {
	_, one := l.values.Only()
	return one
}

func (l claimList) listed(t *listTest) bool {
	for v := range l.values.All() {
		if s, ok := l.read(v); ok && t.lists(s) {
			return true
		}
	}
	return false
}

// scalarOfClaim is scalarOf for a value of a claim. It takes no memory.
func scalarOfClaim(v identity.Value) (scalar, bool) {
	if text, ok := v.Text(); ok {
		return scalar{text: text}, true
	}
	if number, ok := v.Number(); ok {
		return scalarOfNumber(string(number))
	}
	return scalarOf(v.Any())
}

// addressOf is scalarOfClaim for e-mail addresses, in the form in which they are
// compared.
func addressOf(v identity.Value) (scalar, bool) {
	s, ok := scalarOfClaim(v)
	if s.kind == isText {
		s.text = canonicalAddress(s.text)
	}
	return s, ok
}

// addresses returns the matcher with its texts in the form of addressOf.
func (m listMatcher) addresses() listMatcher {
	for i, t := range m {
		for j, v := range t.values {
			if v.kind == isText {
				t.values[j].text = canonicalAddress(v.text)
			}
		}
		m[i] = newListTest(t.op, t.values, t.written)
	}
	return m
}

func (c claimCondition) join(other condition) condition {
	m := c.listMatcher.join(other.(claimCondition).listMatcher)
	if m == nil {
		return nil
	}
	return claimCondition{m, c.name, c.read}
}

func (c claimCondition) say(r *Request, not, full bool) string {
	sentence := quote(c.name) + must(not) + c.phrase(unless(full, unnamed))
	if not {
		return sentence
	}
	var have []string
	values, _ := r.Identity.Claims.Get(c.name)
	for v := range values.All() {
		if s, ok := scalarOfClaim(v); ok {
			have = append(have, s.String())
		}
	}
	if len(have) == 0 {
		return sentence + "; you have none"
	}
	return sentence + "; yours has " + having(have)
}

func (c claimCondition) fact() string {
	return "whose claim " + quote(c.name) + " " + c.listMatcher.fact(claimFacts)
}

var claimFacts = map[string]string{"has": "has", "is": "is exactly", "exclude": "is without"}
