package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

func TestAuthenticatedUser(t *testing.T) {
	checkCriterion(t, "authenticated_user", []criterionCase{
		{`true`, signedIn(), true, "user-ok"},
		{`null`, signedIn(), true, "user-ok"},
		{`true`, policy.Request{Identity: &identity.Identity{}}, true, "user-ok"},
		{`true`, visitor(), false, "user-unauthenticated"},
	})
}
