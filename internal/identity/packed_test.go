package identity_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/identity"
)

// FuzzClaims holds claims against a plain map of the same JSON.
func FuzzClaims(f *testing.F) {
	f.Add(`{"sub":["u-1"],"n":[1e21,-0.0,111432655977273150308],"b":[true,false],"none":[],"":[""],"o":[null,{"a":[1]},[]]}`, "b")
	f.Add(`{}`, "sub")
	f.Add(`null`, "")
	f.Add(`{"a":["<&>\u2028\ud800"],"\u0000":["x"],"ab":[],"abc":["`+strings.Repeat("x", 300)+`"]}`, "ab")
	f.Fuzz(func(t *testing.T, text, other string) {
		var want map[string][]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&want) != nil {
			return
		}
		for name, list := range want {
			if list == nil {
				want[name] = []any{} // no list is nil
			}
		}
		got := identity.NewClaims(want)
		var names []string
		for name, values := range got.All() {
			names = append(names, name)
			if diff := cmp.Diff(want[name], values.List()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", name, diff)
			}
		}
		if !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
			t.Errorf("got the names %q", names)
		}
		for _, name := range append(names, other, other+"x") {
			list, known := want[name]
			values, ok := got.Get(name)
			only, one := values.Only()
			if ok != known || values.Len() != len(list) || one != (len(list) == 1) || one && !cmp.Equal(only.Any(), list[0]) || !one && only != (identity.Value{}) {
				t.Errorf("%q: got %v, %t; want %v, %t", name, values.List(), ok, list, known)
			}
		}
		for _, escape := range []bool{true, false} {
			if g, w := encoded(t, got, escape), encoded(t, want, escape); g != w {
				t.Errorf("as JSON: got %s, want %s", g, w)
			}
		}
		var again struct{ V identity.Claims }
		if err := json.Unmarshal([]byte(encoded(t, got, true)), &again); err != nil || !again.V.Equal(got) {
			t.Errorf("read again: %v, %v", again, err)
		}
		more := got.Map()
		if more == nil {
			more = map[string][]any{}
		}
		more[other] = append(more[other], "x")
		if got.Equal(identity.NewClaims(more)) {
			t.Error("they equal others")
		}
	})
}

// encoded returns the JSON of a field v.
func encoded(t *testing.T, v any, escape bool) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escape)
	if err := e.Encode(struct{ V any }{v}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestClaimsAreThoseOfTheirMap(t *testing.T) {
	list := []any{"a"}
	m := map[string][]any{"list": list, "n": {1.5, 7}}
	c := identity.NewClaims(m)
	list[0] = "changed"
	delete(m, "n")
	c.Map()["list"][0] = "changed"
	if want := identity.NewClaims(map[string][]any{"list": {"a"}, "n": {1.5, 7}}); !c.Equal(want) {
		t.Errorf("got %v, want %v", c, want)
	}
	for name, other := range map[string]identity.Claims{
		"nothing": {}, "no claims": identity.NewClaims(map[string][]any{}), "a value more": identity.NewClaims(map[string][]any{"list": {"a", "b"}, "n": {1.5, 7}}),
		"another name": identity.NewClaims(map[string][]any{"list": {"a"}, "m": {1.5, 7}}), "another type": identity.NewClaims(map[string][]any{"list": {"a"}, "n": {1.5, 7.0}}),
	} {
		if c.Equal(other) || other.Equal(c) {
			t.Errorf("%s: they are equal", name)
		}
	}
}

func TestLookingAtClaimsTakesNoMemory(t *testing.T) {
	c := identity.NewClaims(map[string][]any{
		"a": {"x"}, "groups": {"staff", json.Number("7"), true}, "z": {map[string]any{}}, "phone_number_verified": {"true"}, "hasgroups": {"false"}, "email_verified": {json.Number("1")},
	})
	id := identity.Identity{Claims: c, Email: "alice@example.com"}
	if n := testing.AllocsPerRun(100, func() {
		if id.PhoneUnverified() || id.BelievesUnverified() || id.ClaimElsewhere("groups") || id.ClaimElsewhere("team") {
			t.Error("something is in doubt")
		}
		for _, name := range []string{"groups", "z", "missing"} {
			values, _ := c.Get(name)
			if _, ok := values.Only(); ok && values.Len() != 1 {
				t.Error("not one")
			}
			for v := range values.All() {
				text, isText := v.Text()
				if number, isNumber := v.Number(); isText && text == "" || isNumber && number == "" {
					t.Error("no text")
				}
			}
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
