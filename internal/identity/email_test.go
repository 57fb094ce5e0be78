package identity_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/identity"
)

func TestSaysUnverified(t *testing.T) {
	tests := []struct {
		said string // the value of email_verified as JSON; empty: the claim is missing
		want bool
	}{
		{"", false}, {"null", false}, {"true", false}, {`"true"`, false}, {`"True"`, false}, {"1", false},
		{"false", true}, {`"false"`, true}, {`"FALSE"`, true}, {`""`, true}, {`"no"`, true}, {"0", true}, {"[true]", true}, {"{}", true},
	}
	for _, tt := range tests {
		text := `{"email":"alice@example.com","email_verified":` + tt.said + `}`
		if tt.said == "" {
			text = `{"email":"alice@example.com"}`
		}
		var claims map[string]any
		if err := json.Unmarshal([]byte(text), &claims); err != nil {
			t.Fatal(err)
		}
		if got := identity.SaysUnverified(claims); got != tt.want {
			t.Errorf("%s: got %v, want %v", text, got, tt.want)
		}
		id := identity.FromClaims(claims, false)
		if got := id.Email == ""; got != tt.want {
			t.Errorf("%s: got the address %q", text, id.Email)
		}
	}
}

func TestAnUnverifiedAddressIsTakenOutOfTheIdentity(t *testing.T) {
	claims := map[string]any{"sub": "s", "email": "alice@example.com", "mail": "alice@example.com", "email_verified": "false"}
	want := identity.Identity{
		UserID: "s", UnverifiedEmail: "alice@example.com", Withheld: []string{"email", "mail"},
		Claims: identity.NewClaims(map[string][]any{"sub": {"s"}, "email_verified": {false}}),
	}
	got := identity.FromClaims(claims, false)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("FromClaims (-want +got):\n%s", diff)
	}
	if !got.EmailUnverified() || !got.Withholds("mail") || got.Withholds("sub") || got.ShownEmail() != "alice@example.com (not verified)" || got.EmailAttr().String() != "email_unverified=alice@example.com" {
		t.Errorf("EmailUnverified() = %v, Withholds, ShownEmail() = %q, EmailAttr() = %v", got.EmailUnverified(), got.ShownEmail(), got.EmailAttr())
	}
	believed := identity.FromClaims(claims, true)
	if believed.Email != "alice@example.com" || believed.EmailUnverified() || !believed.BelievesUnverified() || believed.EmailAttr().String() != "email=alice@example.com" {
		t.Errorf("allowed: got %+v", believed)
	}
}

// An address that is not a text can't be read, and is no missing one either.
func TestAnUnverifiedAddressInAListIsUnverified(t *testing.T) {
	id := identity.FromClaims(map[string]any{"email": []any{"alice@example.com"}, "email_verified": false}, false)
	if !id.EmailUnverified() || id.Claims.Map()["email"] != nil {
		t.Errorf("got %+v, want the claim withheld", id)
	}
}
