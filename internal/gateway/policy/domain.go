package policy

import "strings"

// domain matches the part of the e-mail address after the @, as a whole:
// example.com does not match sub.example.com. Letter case does not count.
var domain = kind{
	name:  "domain",
	class: ofIdentity,
	yes:   ReasonDomainOK,
	no:    ReasonDomainUnauthorized,
	doubt: doubtOfDomain,
	parse: parseDomain,
}

func parseDomain(p *parser, path, sub string, data any) condition {
	c := textCondition{
		subject: "the domain of your e-mail address",
		noun:    "whose e-mail domain",
		of:      func(r *Request) string { return domainOf(r.Identity.Email) },
		hidden:  unnamed,
		form:    canonicalAddress,
	}.parse(p, path, sub, data)
	if c == nil {
		return nil
	}
	for _, t := range c.(textCondition).textMatcher {
		for _, v := range t.values {
			if strings.Contains(v, "@") {
				p.warn(path, "no domain holds an @: write %q, not %q", v[strings.LastIndex(v, "@")+1:], v)
			}
		}
	}
	return c
}

// domainOf returns the domain of an e-mail address. It returns "" for a text with
// a second @, because readers disagree where its domain begins.
func domainOf(address string) string {
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" || strings.Contains(domain, "@") {
		return ""
	}
	return domain
}
