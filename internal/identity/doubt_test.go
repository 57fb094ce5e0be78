package identity_test

import (
	"testing"

	"gatehouse/internal/identity"
)

func TestClaimsThatAreElsewhere(t *testing.T) {
	id := identity.FromClaims(map[string]any{
		"sub": "s", "job": map[string]any{"title": "CEO"},
		"_claim_names": map[string]any{"groups": "src1", "address": "src1", "job": "src1", "https://example.com/roles": "src1"},
	}, false)
	for claim, want := range map[string]bool{
		"groups": true, "address": true, "address.country": true, "address.geo.lat": true, "job.grade": true, "https://example.com/roles": true,
		"job.title": false, "addresses": false, "addr": false, "email": false, "sub": false, "country": false, "": false, ".": false,
	} {
		if got := id.ClaimElsewhere(claim); got != want {
			t.Errorf("%q: got %t, want %t", claim, got, want)
		}
	}
}

// Microsoft says so of groups in a way of its own.
func TestGroupsThatMicrosoftHasElsewhere(t *testing.T) {
	for _, tt := range []struct {
		claims map[string]any
		want   bool
	}{
		{map[string]any{"hasgroups": true}, true},
		{map[string]any{"hasgroups": "true"}, true},
		{map[string]any{"hasgroups": true, "groups": []any{"g1"}}, false},
		{map[string]any{"hasgroups": false}, false},
		{map[string]any{"hasgroups": []any{true}}, true},
		{map[string]any{"hasgroups": []any{true, "x"}}, false},
		{map[string]any{"hasgroups": []any{"true", true}}, false},
		{map[string]any{}, false},
	} {
		id := identity.FromClaims(tt.claims, false)
		if got := id.ClaimElsewhere("groups"); got != tt.want {
			t.Errorf("%v: got %t, want %t", tt.claims, got, tt.want)
		}
		if id.ClaimElsewhere("roles") {
			t.Errorf("%v: roles are elsewhere, want groups alone", tt.claims)
		}
	}
}

func TestAnAddressThatIsElsewhere(t *testing.T) {
	names := map[string]any{"email": "src1"}
	for _, tt := range []struct {
		claims map[string]any
		want   bool
	}{
		{map[string]any{"_claim_names": names}, true},
		{map[string]any{"_claim_names": names, "email": "alice@example.com"}, false},
		{map[string]any{"_claim_names": map[string]any{"groups": "src1"}}, false},
		{map[string]any{}, false},
	} {
		id := identity.FromClaims(tt.claims, false)
		if got := id.EmailElsewhere(); got != tt.want {
			t.Errorf("%v: got %t, want %t", tt.claims, got, tt.want)
		}
	}
	named := identity.Identity{Email: "alice@example.com", Claims: identity.NewClaims(map[string][]any{"_claim_names.email": {"src1"}})}
	if named.EmailElsewhere() {
		t.Error("an address that another claim says is elsewhere, want it known")
	}
}
