package identity_test

import (
	"testing"

	"gatehouse/internal/identity"

	"github.com/google/go-cmp/cmp"
)

func TestFlatten(t *testing.T) {
	got := identity.Flatten(map[string]any{
		"sub":                       "u1",
		"cognito:groups":            []any{"a", "b"},
		"https://example.com/roles": []string{"r"},
		"custom:Dept":               "R&D",
		"level":                     float64(3),
		"ok":                        false,
		"null":                      nil,
		"empty":                     []any{},
		"nothing":                   map[string]any{},
		"address":                   map[string]any{"country": "DE", "geo": map[string]any{"lat": 1.5}},
		"objects":                   []any{map[string]any{"a": "b"}},
	})
	want := map[string][]any{
		"sub":                       {"u1"},
		"cognito:groups":            {"a", "b"},
		"https://example.com/roles": {"r"},
		"custom:Dept":               {"R&D"},
		"level":                     {float64(3)},
		"ok":                        {false},
		"empty":                     {},
		"address.country":           {"DE"},
		"address.geo.lat":           {1.5},
		"objects":                   {map[string]any{"a": "b"}},
	}
	if diff := cmp.Diff(want, got.Map()); diff != "" {
		t.Errorf("Flatten (-want +got):\n%s", diff)
	}
}

func TestANestedClaimCannotReplaceALiteralOne(t *testing.T) {
	got := identity.Flatten(map[string]any{
		"a":   map[string]any{"b": "nested", "b.c": "deep"},
		"a.b": "literal",
		"z":   map[string]any{"b": map[string]any{"c": "deeper"}, "b.c": "shallow"},
	})
	want := map[string][]any{"a.b": {"literal"}, "a.b.c": {"deep"}, "z.b.c": {"shallow"}}
	if diff := cmp.Diff(want, got.Map()); diff != "" {
		t.Errorf("Flatten (-want +got):\n%s", diff)
	}
}

func TestFlattenSharesNothingAndEndsAlways(t *testing.T) {
	list := []any{"a"}
	got := identity.Flatten(map[string]any{"list": list})
	list[0] = "changed"
	if got.Map()["list"][0] != "a" {
		t.Error("the result shares a list with its source")
	}
	deep := map[string]any{}
	for inner, i := deep, 0; i < 10_000; i++ {
		next := map[string]any{}
		inner["a"] = next
		inner = next
	}
	if got := identity.Flatten(deep).Map(); len(got) != 0 {
		t.Errorf("got %d claims of an object without any", len(got))
	}
	if identity.Flatten(nil).Map() == nil {
		t.Error("Flatten(nil) has no claims, want it to know that there are none")
	}
}
