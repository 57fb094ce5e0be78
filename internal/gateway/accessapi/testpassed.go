package accessapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/relyingparty"
)

// protocolClaims are about the token, not about the person.
var protocolClaims = map[string]bool{
	"iss": true, "aud": true, "exp": true, "iat": true, "nbf": true, "nonce": true, "at_hash": true, "c_hash": true, "jti": true,
	"azp": true, "auth_time": true, "acr": true, "token_use": true, "origin_jti": true, "event_id": true, "sid": true,
}

// passedDoc is the page of a test that passed: the identity, claim by claim,
// and what a policy must say to ask for it.
func passedDoc(p *access.IdentityProvider, r *relyingparty.Result) page.Doc {
	rows := claimRows(p, r)
	return page.Doc{
		Title: "The connection works", Layout: page.Wide, Lead: fmt.Sprintf("%s vouches for %s.", p.Name, r.Email),
		Nav: []page.Link{{Label: "Identity providers", Href: pathTest}},
		Body: page.Blocks{
			page.Alert{Kind: page.Success, Title: "Test passed", Text: "Signing in, the token call, the signature and the e-mail address are in order. No session was made."},
			identityRows(p, r),
			page.Section{Heading: "Claims that policies can ask for", Lead: "They reach the identity, the application and its policies: those that config.claims names, and the few that every identity has.",
				Body: page.Blocks{page.KeyValues{Rows: rows.reach}}},
			missingClaims(p, r),
			page.If(len(rows.stay) > 0, page.Section{Heading: "Claims that stay outside", Lead: "The ID token has them, and config.claims does not name them. Add those that policies or applications need, and sign in again.",
				Body: page.Blocks{page.KeyValues{Rows: rows.stay}}}),
			unusedGroups(p, r), policyLines(p, r),
			page.Details{Summary: "Claims of the protocol", Body: page.Blocks{page.KeyValues{Rows: rows.protocol}}},
			page.LinkButton{Label: "Test again", Href: pathTest + "/" + p.ID},
		},
	}
}

func identityRows(p *access.IdentityProvider, r *relyingparty.Result) page.Block {
	id := p.Identity(r)
	rows := []page.KeyValue{
		{Key: "E-mail", Value: id.Email}, {Key: "Name", Value: id.Name}, {Key: "User at the provider", Value: id.UserID, Code: true},
		{Key: "Groups", Value: strings.Join(id.Groups, ", ")}, {Key: "Issuer", Value: r.Issuer, Code: true}, {Key: "Provider", Value: p.ID, Code: true},
	}
	return page.KeyValues{Caption: "Identity", Rows: slices.DeleteFunc(rows, func(kv page.KeyValue) bool { return kv.Value == "" })}
}

// claimLists are the claims of an ID token: those that reach policies, those
// that do not, and those about the token.
type claimLists struct{ reach, stay, protocol []page.KeyValue }

// claimRows sorts the claims into their lists, the configured ones first.
func claimRows(p *access.IdentityProvider, r *relyingparty.Result) claimLists {
	names := slices.Sorted(maps.Keys(r.Claims))
	slices.SortStableFunc(names, func(a, b string) int { return rank(p, a) - rank(p, b) })
	var lists claimLists
	for _, name := range names {
		row := page.KeyValue{Key: name, Value: valueText(r.Claims[name]), Code: true}
		switch {
		case p.Reaches(name):
			lists.reach = append(lists.reach, row)
		case protocolClaims[name]:
			lists.protocol = append(lists.protocol, row)
		default:
			lists.stay = append(lists.stay, row)
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

// missingClaims warns of claims that are configured and did not come.
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
		Text: "These are named in config.claims and did not come for this person. A provider leaves out what a person does not have, such as groups; check the spelling, and config.scopes."}
}

// unusedGroups points at group claims that come and are not configured.
func unusedGroups(p *access.IdentityProvider, r *relyingparty.Result) page.Block {
	for _, name := range slices.Sorted(maps.Keys(r.Claims)) {
		if listClaim(name, r.Claims[name]) && !p.Reaches(name) {
			return page.Alert{Title: "Policies can’t ask for " + name, Text: "The provider sends this claim, and it is not among config.claims. Add it there, and sign in again."}
		}
	}
	return nil
}

// listClaim reports whether a claim looks like one that policies are made of.
func listClaim(name string, v any) bool {
	lower := strings.ToLower(name)
	_, list := v.([]any)
	return list && (strings.HasSuffix(lower, "groups") || strings.HasSuffix(lower, "roles"))
}

// policyLines shows what a route must say to ask for the claims at hand.
func policyLines(p *access.IdentityProvider, r *relyingparty.Result) page.Block {
	name, value := exampleClaim(p, r)
	if name == "" {
		return nil
	}
	long := fmt.Sprintf("policy:\n  - allow:\n      and:\n        - %s: %s", yamlText("claim/"+name), yamlText(value))
	short := fmt.Sprintf("allowed_idp_claims:\n  %s: [%s]", yamlText(name), yamlText(value))
	return page.Section{Heading: "In a route’s policy", Lead: "Whoever has this value, as you have it, may pass. Both ways mean the same.", Body: page.Blocks{
		page.Code{Label: "As a policy", Text: long}, page.Code{Label: "In one line", Text: short},
	}}
}

// exampleClaim picks a configured claim of this person to show: groups, or
// else whatever there is.
func exampleClaim(p *access.IdentityProvider, r *relyingparty.Result) (name, value string) {
	for _, lists := range []bool{true, false} {
		for _, name := range p.Config.Claims {
			v, ok := r.Claims[name]
			if list, is := v.([]any); is && len(list) > 0 {
				v = list[0]
			}
			text, plain := v.(string)
			if ok && plain && lists == listClaim(name, r.Claims[name]) {
				return name, text
			}
		}
	}
	return "", ""
}

// yamlText quotes a text for YAML where it must be: with a colon in a key most
// readers cut at the wrong place.
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
