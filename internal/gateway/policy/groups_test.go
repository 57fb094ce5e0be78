package policy_test

import "testing"

func TestGroups(t *testing.T) {
	checkCriterion(t, "groups", []criterionCase{
		{`admins`, signedIn(), true, "groups-ok"},
		{`eu`, signedIn(), false, "groups-unauthorized"}, // a claim, not a directory group
		{`{is: admins}`, signedIn(), false, "groups-unauthorized"},
		{`{exclude: guests}`, signedIn(), true, "groups-ok"},
		{`{exclude: guests}`, visitor(), false, "user-unauthenticated"},
		{`admins`, visitor(), false, "user-unauthenticated"},
	})
}
