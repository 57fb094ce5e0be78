package accessapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// protocolClaims describe the token, not the person.
var protocolClaims = map[string]bool{
	"iss": true, "aud": true, "exp": true, "iat": true, "nbf": true, "nonce": true, "at_hash": true, "c_hash": true, "jti": true,
	"azp": true, "auth_time": true, "acr": true, "token_use": true, "origin_jti": true, "event_id": true, "sid": true,
}

// passedDoc returns the page of a passed test: the identity, each claim, and the
// policy that requires a claim.
func passedDoc(p *access.IdentityProvider, r *relyingparty.Result) page.Doc {
	rows, id := claimRows(p, r), p.Identity(r)
	return page.Doc{
		Title: "The connection works", Layout: page.Wide, Lead: fmt.Sprintf("%s signed you in as %s.", p.Name, id.ShownEmail()),
		Nav: []page.Link{{Label: "Identity providers", Href: pathTest}},
		Body: page.Blocks{
			page.Alert{Kind: page.Success, Title: "Test passed", Text: "The sign-in, the token request, the signature and the e-mail address are right. The test made no session."},
			page.If(id.EmailUnverified(), unverifiedAlert),
			identityRows(id, r),
			page.Section{Heading: "Claims that policies can use", Lead: "Policies and applications get these claims: those that config.claims names, and the few that every identity has.",
				Body: page.Blocks{page.KeyValues{Rows: rows.passedOn}}},
			missingClaims(p, r),
			page.If(len(rows.keptBack) > 0, page.Section{Heading: "Claims that are not passed on", Lead: "The ID token has these claims, but config.claims does not name them. Add those that policies or applications need to config.claims, and test again.",
				Body: page.Blocks{page.KeyValues{Rows: rows.keptBack}}}),
			unusedGroups(p, r), policyLines(p, r),
			page.Details{Summary: "Claims of the protocol", Body: page.Blocks{page.KeyValues{Rows: rows.protocol}}},
			page.LinkButton{Label: "Test again", Href: pathTest + "/" + p.ID},
		},
	}
}

// unverifiedAlert says what an unverified address can't do.
var unverifiedAlert = page.Alert{Kind: page.Warning, Title: "The e-mail address is not verified",
	Text: "The provider says so (email_verified is false). Rules of e-mail addresses and domains can’t use it, and applications don’t get it. Let the person verify the address at the provider. If everybody’s address can be trusted there although it says so, set config.allow_unverified_email."}

func identityRows(id identity.Identity, r *relyingparty.Result) page.Block {
	rows := []page.KeyValue{
		{Key: "E-mail", Value: id.ShownEmail()}, {Key: "Name", Value: id.Name}, {Key: "User at the provider", Value: id.UserID, Code: true},
		{Key: "Groups", Value: strings.Join(id.Groups, ", ")}, {Key: "Issuer", Value: r.Issuer, Code: true}, {Key: "Provider", Value: id.Provider, Code: true},
	}
	return page.KeyValues{Caption: "Identity", Rows: slices.DeleteFunc(rows, func(kv page.KeyValue) bool { return kv.Value == "" })}
}

// claimLists are the claims of an ID token: those that policies get, those that
// they do not get, and those about the token.
type claimLists struct{ passedOn, keptBack, protocol []page.KeyValue }

// claimRows sorts the claims into their lists. In each list, the claims that
// config.claims names come first.
func claimRows(p *access.IdentityProvider, r *relyingparty.Result) claimLists {
	names := slices.Sorted(maps.Keys(r.Claims))
	slices.SortStableFunc(names, func(a, b string) int { return rank(p, a) - rank(p, b) })
	var lists claimLists
	for _, name := range names {
		row := page.KeyValue{Key: name, Value: valueText(r.Claims[name]), Code: true}
		switch {
		case r.Withholds(name): // the rows of the identity have the address
		case p.Reaches(name):
			lists.passedOn = append(lists.passedOn, row)
		case protocolClaims[name]:
			lists.protocol = append(lists.protocol, row)
		default:
			lists.keptBack = append(lists.keptBack, row)
		}
	}
	return lists
}

func rank(p *access.IdentityProvider, claim string) int {
	switch {
	case slices.Contains(p.Config.Claims, claim):
		return 0
	case p.Reaches(claim):
		return 1
	}
	return 2
}

func valueText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// missingClaims warns of claims that config.claims names and the ID token does
// not have.
func missingClaims(p *access.IdentityProvider, r *relyingparty.Result) page.Block {
	var missing []string
	for _, name := range p.Config.Claims {
		if _, ok := r.Claims[name]; !ok {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	return page.Alert{Kind: page.Warning, Title: "Not in the ID token: " + strings.Join(missing, ", "),
		Text: "config.claims names these claims, but the ID token of this person does not have them. A provider leaves out a claim that has no value for a person, such as groups. Check the spelling, and config.scopes."}
}

// unusedGroups warns of a claim with groups that the ID token has and
// config.claims does not name.
func unusedGroups(p *access.IdentityProvider, r *relyingparty.Result) page.Block {
	for _, name := range slices.Sorted(maps.Keys(r.Claims)) {
		if listClaim(name, r.Claims[name]) && !p.Reaches(name) {
			return page.Alert{Title: "Policies can’t use " + name, Text: "The provider sends this claim, but config.claims does not name it. Add it there, and test again."}
		}
	}
	return nil
}

// listClaim reports whether a claim looks like a list of groups or roles.
func listClaim(name string, v any) bool {
	lower := strings.ToLower(name)
	_, list := v.([]any)
	return list && (strings.HasSuffix(lower, "groups") || strings.HasSuffix(lower, "roles"))
}

// policyLines shows a policy that a claim of this person satisfies.
func policyLines(p *access.IdentityProvider, r *relyingparty.Result) page.Block {
	name, value := exampleClaim(p, r)
	if name == "" {
		return nil
	}
	long := fmt.Sprintf("policy:\n  - allow:\n      and:\n        - %s: %s", yamlText("claim/"+name), yamlText(value))
	short := fmt.Sprintf("allowed_idp_claims:\n  %s: [%s]", yamlText(name), yamlText(value))
	return page.Section{Heading: "In a route’s policy", Lead: "Everybody who has this value may enter. Both forms mean the same.", Body: page.Blocks{
		page.Code{Label: "As a policy", Text: long}, page.Code{Label: "In one line", Text: short},
	}}
}

// exampleClaim returns a claim of this person that config.claims names: groups if
// possible, else any. It returns empty texts if there is none.
func exampleClaim(p *access.IdentityProvider, r *relyingparty.Result) (name, value string) {
	for _, lists := range []bool{true, false} {
		for _, name := range p.Config.Claims {
			v, ok := r.Claims[name]
			if list, is := v.([]any); is && len(list) > 0 {
				v = list[0]
			}
			text, plain := v.(string)
			if ok && plain && !r.Withholds(name) && lists == listClaim(name, r.Claims[name]) {
				return name, text
			}
		}
	}
	return "", ""
}

// yamlText returns a text as a YAML scalar, in quotes unless it is plain letters.
// Without quotes, most readers split a key at its first colon.
func yamlText(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' || r == '@' || r == '/')
	}) < 0 && strings.IndexFunc(s[:1], func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) == 0
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	quoted, _ := json.Marshal(s) // a JSON string is a YAML string
	return string(quoted)
}
