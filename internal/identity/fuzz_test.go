package identity_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/identity"
)

// FuzzFlatten checks that flattening is total and that its result, which
// is a set of claims too, flattens to itself.
func FuzzFlatten(f *testing.F) {
	f.Add(`{"a":{"b":[1,"x",null]},"a.b":true}`)
	f.Add(`{"":{"":{"":1}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil {
			return
		}
		flat := identity.Flatten(claims)
		again := map[string]any{}
		for name, values := range flat.All() {
			again[name] = values.List()
		}
		if diff := cmp.Diff(flat, identity.Flatten(again)); diff != "" {
			t.Errorf("not flat:\n%s", diff)
		}
	})
}
