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
	read func(any) (scalar, bool) // reads an element of the claim
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
	return claimCondition{m, name, scalarOf}
}

func (c claimCondition) holds(r *Request) bool {
	return matches(c.listMatcher, r.Identity.Claims[c.name], c.read)
}

// addressOf is scalarOf for e-mail addresses, in the form in which they are
// compared.
func addressOf(v any) (scalar, bool) {
	s, ok := scalarOf(v)
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
	for _, v := range r.Identity.Claims[c.name] {
		if s, ok := scalarOf(v); ok {
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
