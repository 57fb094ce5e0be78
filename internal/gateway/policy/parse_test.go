package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestFaultsAllAtOnceWithTheirPlaces(t *testing.T) {
	said := faults(t, policy.Access{
		Public: true, AnyUser: true,
		PPL: decoded(t, `
- allow:
    and:
      - email: [a@example.com]
      - emial: a@example.com
    orr: [{accept: true}]
- alow: {or: [{accept: true}]}
- deny:
    or:
      - {email: a@example.com, domain: example.com}
      - accept
      - 7
      - {}
      - {domain: null, is: example.com}
    email: a@example.com
    not: {accept: true}
- text
- allow: [accept]
`)})
	checkSays(t, said,
		"allow_public_unauthenticated_access: found beside",
		"policy[0].allow.and[0].email: found a list",
		`policy[0].allow.and[1].emial: unknown criterion "emial"; did you mean "email"?`,
		`policy[0].allow.orr: unknown operator "orr"; expected and, or, not or nor; did you mean "or"?`,
		`policy[1].alow: unknown action "alow"; expected allow or deny; did you mean "allow"?`,
		"policy[2].deny.or[0]: found an object; expected an object with one criterion; found domain, email: write one item for each",
		"policy[2].deny.or[1]: found the text \"accept\"; expected an object with one criterion; write {accept: true}",
		"policy[2].deny.or[2]: found the number 7",
		"policy[2].deny.or[3]: found an empty object",
		"policy[2].deny.or[4]: found an object; expected an object with one criterion; indent is further, so that it stands below the criterion",
		"policy[2].deny.email: unknown operator \"email\"; expected and, or, not or nor; put it into a list: {or: [{email: …}]}",
		"policy[2].deny.not: found an object; expected a list of criteria",
		`policy[3]: found the text "text"; expected an object with allow, deny or both`,
		"policy[4].allow: found a list; expected an object with and, or, not or nor",
	)
	if got, want := len(said), 14; got != want {
		t.Errorf("%d faults, want %d:\n%q", got, want, said)
	}
}

func TestCriteriaThatNothingHereCanDecide(t *testing.T) {
	for _, name := range []string{"record", "ssh_publickey", "ssh_ca", "ssh_username", "ssh_username_matches_email", "ssh_username_matches_claim/x", "ssh_access_request_approved", "postgres_database"} {
		said := faults(t, policy.Access{PPL: decoded(t, `allow: {or: [{`+name+`: {is: x}}]}`)})
		checkSays(t, said, "policy.allow.or[0]."+name+": the criterion ", "which this gateway does not have")
	}
}

func TestNamesOfTheLanguageInAnyCase(t *testing.T) {
	p := compile(t, `[{Allow: {AND: [{Email: {IS: alice@example.com}}, {"Claim/custom:Dept": {HAS: R&D}}]}}]`)
	if d := p.Decide(new(signedIn())); d.Outcome != policy.Allow {
		t.Errorf("Outcome = %v, want allow", d.Outcome)
	}
	said := faults(t, policy.Access{PPL: map[string]any{"allow": map[string]any{}, "Allow": map[string]any{}}})
	checkSays(t, said, "the key allow is there twice")
}

func TestAnActionKeyIsTolerated(t *testing.T) {
	p := compile(t, `{action: allow, allow: {or: [{accept: true}]}}`)
	checkSays(t, p.Warnings(), "policy.action: has no meaning")
}

func TestDocumentsThatAreNoPolicy(t *testing.T) {
	for _, v := range []any{"allow: {}", 7, true, 1.5, []string{"x"}} {
		checkSays(t, faults(t, policy.Access{PPL: v}), "policy: found ", "expected a rule or a list of rules")
	}
}
