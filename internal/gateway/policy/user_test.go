package policy_test

import "testing"

func TestUser(t *testing.T) {
	checkCriterion(t, "user", []criterionCase{
		{`u-alice`, signedIn(), true, "user-ok"},
		{`alice@example.com`, signedIn(), false, "user-unauthorized"},
		{`{in: [u-bob, u-alice]}`, signedIn(), true, "user-ok"},
		{`{not: u-bob}`, visitor(), false, "user-unauthenticated"},
		{`u-alice`, visitor(), false, "user-unauthenticated"},
	})
}
