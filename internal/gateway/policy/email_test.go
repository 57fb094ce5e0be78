package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestEmail(t *testing.T) {
	checkCriterion(t, "email", []criterionCase{
		{`alice@example.com`, signedIn(), true, "email-ok"},
		{`{is: alice@example.com}`, signedIn(), true, "email-ok"},
		{`Alice@Example.COM`, signedIn(), true, "email-ok"},
		{`alice@example.com`, policy.Request{Identity: &identity.Identity{Email: "ALICE@EXAMPLE.COM"}}, true, "email-ok"},
		{`{not: alice@example.com}`, policy.Request{Identity: &identity.Identity{Email: "Alice@example.com"}}, false, "email-unauthorized"},
		{`{not_in: [ALICE@example.com, bob@example.com]}`, signedIn(), false, "email-unauthorized"},
		{`{ends_with: "@EXAMPLE.com"}`, signedIn(), true, "email-ok"},
		{`{contains: "@Example."}`, signedIn(), true, "email-ok"},
		{`{starts_with: ALICE}`, signedIn(), true, "email-ok"},
		{`alice@example.com`, policy.Request{Identity: &identity.Identity{Email: "alice@example.com."}}, true, "email-ok"},
		{`sam@example.com`, policy.Request{Identity: &identity.Identity{Email: "\u017fam@example.com"}}, false, "email-unauthorized"},
		{`{not: bob@example.com}`, signedIn(), true, "email-ok"},
		{`{not: alice@example.com}`, signedIn(), false, "email-unauthorized"},
		{`{contains: "@example."}`, signedIn(), true, "email-ok"},
		{`{starts_with: alice@}`, signedIn(), true, "email-ok"},
		{`{ends_with: "@example.com"}`, signedIn(), true, "email-ok"},
		{`{ends_with: "@example.org"}`, signedIn(), false, "email-unauthorized"},
		{`{in: [bob@example.com, alice@example.com]}`, signedIn(), true, "email-ok"},
		{`{not_in: [bob@example.com, alice@example.com]}`, signedIn(), false, "email-unauthorized"},
		{`{starts_with: alice, ends_with: "@example.com"}`, signedIn(), true, "email-ok"},
		{`{starts_with: alice, ends_with: "@example.org"}`, signedIn(), false, "email-unauthorized"},
		{`{IS: alice@example.com}`, signedIn(), true, "email-ok"},
		{`alice@example.com`, visitor(), false, "user-unauthenticated"},
		{`{not: bob@example.com}`, visitor(), false, "user-unauthenticated"},
		{`{not_in: [bob@example.com]}`, visitor(), false, "user-unauthenticated"},
		{`alice@example.com`, policy.Request{Identity: &identity.Identity{}}, false, "email-unknown"},
	})
}

func TestStringMatcherRefuses(t *testing.T) {
	checkRefused(t, "email", map[string]string{
		`[a@example.com]`:              "write {in: […]}",
		`{}`:                           "found an empty object",
		`12`:                           `put it in quotes: "12"`,
		`null`:                         "found nothing",
		`""`:                           "expected a text that is not empty",
		`{starts_with: ""}`:            "expected a text that is not empty",
		`{in: []}`:                     "found an empty list; expected a list of texts",
		`{not_in: []}`:                 "found an empty list",
		`{in: a@example.com}`:          "expected a list of texts",
		`{in: [a@example.com, 3]}`:     "found the number 3",
		`{start_with: a}`:              `did you mean "starts_with"?`,
		`{has: a}`:                     "has is for lists of values",
		`{is: [a]}`:                    "found a list; expected a text",
		`{is: a@example.com, IS: b@x}`: "there twice, in different case",
	})
}
