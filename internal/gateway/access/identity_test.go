package access_test

import (
	"testing"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/relyingparty"
)

// Policies get the claims that the configuration names. What the provider says about
// those claims comes with them, or an unverified number would pass for a verified one.
func TestDoubtsAboutAClaimComeWithIt(t *testing.T) {
	r := &relyingparty.Result{Claims: map[string]any{
		"phone_number": "+4930123", "phone_number_verified": false, "_claim_names": map[string]any{"groups": "src1", "roles": "src1"},
	}}
	p := &access.IdentityProvider{Config: access.OIDC{Claims: []string{"phone_number", "roles"}}}
	if id := p.Identity(r); !id.PhoneUnverified() || !id.ClaimElsewhere("roles") || id.Groups != nil {
		t.Errorf("got %v, want an unverified number, and roles and groups that are not known", id.Claims)
	}
	p.Config.Claims = nil
	if id := p.Identity(r); id.Claims.Map()["phone_number"] != nil || id.Claims.Map()["phone_number_verified"] != nil {
		t.Errorf("got %v, want nothing of a number that the configuration does not name", id.Claims)
	}
}
