package identity_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/identity"
)

func TestSame(t *testing.T) {
	claims := func(changes ...any) map[string]any {
		c := map[string]any{"sub": "s", "email": "alice@example.com", "groups": []any{"staff", "users"}, "teams": []any{map[string]any{"id": "1", "roles": []any{"a", "b"}}, "x"}, "amr": []any{"mfa"}, "iat": json.Number("1"), "exp": json.Number("2")}
		for i := 0; i < len(changes); i += 2 {
			if c[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
				delete(c, changes[i].(string))
			}
		}
		return c
	}
	for name, c := range map[string]struct {
		now  map[string]any
		want bool
	}{
		"the same":                  {claims(), true},
		"a number as it is":         {claims("iat", 1.0), true},
		"a new token":               {claims("iat", json.Number("61"), "exp", json.Number("62"), "at_hash", "x", "jti", "j", "nonce", "n", "sid", "s2"), true},
		"a token of Microsoft":      {claims("aio", "x", "rh", "y", "uti", "z"), true},
		"another group":             {claims("groups", []any{"staff", "users", "admins"}), false},
		"groups in another order":   {claims("groups", []any{"users", "staff"}), true}, // it cut the connections of living people
		"a group twice":             {claims("groups", []any{"users", "staff", "users"}), true},
		"a group less":              {claims("groups", []any{"users"}), false},
		"another order inside":      {claims("teams", []any{"x", map[string]any{"roles": []any{"b", "a"}, "id": "1"}}), true},
		"another role inside":       {claims("teams", []any{"x", map[string]any{"roles": []any{"b", "c"}, "id": "1"}}), false},
		"no group":                  {claims("groups", []any{}), false},
		"groups are not known":      {claims("groups", nil), false},
		"another address":           {claims("email", "bob@example.com"), false},
		"an unverified address":     {claims("email_verified", false), false},
		"another way of signing in": {claims("amr", []any{"pwd"}), false},
		"a claim more":              {claims("role", "x"), false},
		"another person":            {claims("sub", "t"), false},
	} {
		before, now := identity.FromClaims(claims(), false), identity.FromClaims(c.now, false)
		now.SessionID = "another"
		if got := identity.Same(before, now); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}
