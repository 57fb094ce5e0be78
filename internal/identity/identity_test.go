package identity_test

import (
	"testing"

	"gatehouse/internal/identity"

	"github.com/google/go-cmp/cmp"
)

func TestFromClaims(t *testing.T) {
	claims := map[string]any{
		"sub": "s-1", "oid": "o-1", "name": "Alice", "mail": "alice@example.com", "email_verified": "true",
		"Groups": []any{"staff", 7.0, "admins"}, "address": map[string]any{"country": "DE"},
	}
	want := identity.Identity{
		UserID: "o-1", Email: "alice@example.com", Name: "Alice",
		Claims: identity.NewClaims(map[string][]any{
			"sub": {"s-1"}, "oid": {"o-1"}, "name": {"Alice"}, "mail": {"alice@example.com"}, "email": {"alice@example.com"},
			"email_verified": {true}, "Groups": {"staff", 7.0, "admins"}, "address.country": {"DE"},
		}),
	}
	if diff := cmp.Diff(want, identity.FromClaims(claims, false)); diff != "" {
		t.Errorf("FromClaims (-want +got):\n%s", diff)
	}
	if _, ok := claims["email"]; ok {
		t.Error("FromClaims changed the claims of the caller")
	}
}

func TestGroups(t *testing.T) {
	tests := []struct {
		name   string
		claims map[string]any
		want   []string
	}{
		{"no claim", map[string]any{"sub": "x"}, nil},
		{"one text", map[string]any{"groups": "staff"}, []string{"staff"}},
		{"a list", map[string]any{"groups": []any{"a", "b"}}, []string{"a", "b"}},
		{"an empty list is known", map[string]any{"groups": []any{}}, []string{}},
		{"a letter that folds to s is none", map[string]any{"group\u017f": []any{"a"}}, nil},
		{"a member that is no text", map[string]any{"groups": []any{"a", 1.0}}, nil},
		{"members that are objects", map[string]any{"groups": []any{map[string]any{"name": "staff"}}}, nil},
		{"any letter case", map[string]any{"GROUPS": []any{"a"}}, []string{"a"}},
		{"the exact name is preferred", map[string]any{"GROUPS": "b", "groups": "a", "Groups": "c"}, []string{"a"}},
		{"the first of other spellings", map[string]any{"Groups": "c", "GROUPS": "b", "groupS": "d"}, []string{"b"}},
		{"an object is not a list of groups", map[string]any{"groups": map[string]any{"a": true}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 20 { // the order of a map must not decide
				if diff := cmp.Diff(tt.want, identity.Groups(tt.claims)); diff != "" {
					t.Fatalf("Groups (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestNormalize(t *testing.T) {
	tests := []struct {
		name         string
		claims, want map[string]any
	}{
		{"a text that says true", map[string]any{"email_verified": "True"}, map[string]any{"email_verified": true}},
		{"any other text is false", map[string]any{"email_verified": "yes"}, map[string]any{"email_verified": false}},
		{"mail fills email", map[string]any{"mail": "a@b"}, map[string]any{"mail": "a@b", "email": "a@b"}},
		{"mail does not replace email", map[string]any{"mail": "a@b", "email": ""}, map[string]any{"mail": "a@b", "email": ""}},
		{"an empty mail is ignored", map[string]any{"mail": ""}, map[string]any{"mail": ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			identity.Normalize(tt.claims)
			if diff := cmp.Diff(tt.want, tt.claims); diff != "" {
				t.Errorf("Normalize (-want +got):\n%s", diff)
			}
		})
	}
}
