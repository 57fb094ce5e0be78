package userpool_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/directory/userpool"
)

func TestStandardAttributes(t *testing.T) {
	want := strings.Fields("sub name given_name family_name middle_name nickname preferred_username profile picture website email email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at")
	got := userpool.StandardAttributes()
	if len(got) != len(want) {
		t.Fatalf("%d attributes, want %d", len(got), len(want))
	}
	for i, a := range got {
		if a.Name != want[i] || a.Mutable == (a.Name == "sub") || a.Required != (a.Name == "sub") || a.DeveloperOnly {
			t.Errorf("attribute %d is %+v, want %s", i, a, want[i])
		}
	}
}

func TestSchemaOfAPool(t *testing.T) {
	p := &userpool.Pool{Settings: userpool.Settings{Schema: []userpool.Attribute{
		{Name: "custom:b", Type: userpool.TypeString},
		{Name: "email", Type: userpool.TypeString, Required: true},
		{Name: "custom:a", Type: userpool.TypeString},
	}}}
	all := p.Attributes()
	if len(all) != 22 || all[10].Name != "email" || !all[10].Required || all[20].Name != "custom:b" || all[21].Name != "custom:a" {
		t.Errorf("schema %+v, want the changed attribute in its place and the custom attributes at the end", all)
	}
	if a := p.Attribute("email"); a == nil || !a.Required {
		t.Errorf("email is %+v", a)
	}
	if a := p.Attribute("custom:c"); a != nil {
		t.Errorf("an unknown attribute is %+v", a)
	}
}

func TestFits(t *testing.T) {
	text := userpool.Attribute{Type: userpool.TypeString, MinLength: "2", MaxLength: "3"}
	number := userpool.Attribute{Type: userpool.TypeNumber, MinValue: "-1", MaxValue: "10"}
	flag, any := userpool.Attribute{Type: userpool.TypeBoolean}, userpool.Attribute{Type: userpool.TypeString}
	tests := []struct {
		attribute userpool.Attribute
		value     string
		want      bool
	}{
		{text, "ab", true}, {text, "äöü", true}, {text, "a", false}, {text, "abcd", false},
		{number, "-1", true}, {number, "10", true}, {number, "11", false}, {number, "-2", false}, {number, "1.5", false}, {number, "x", false}, {number, "99999999999999999999", false},
		{flag, "true", true}, {flag, "True", true}, {flag, "FALSE", true}, {flag, "yes", false}, {flag, "1", false},
		{any, strings.Repeat("a", 2048), true}, {any, strings.Repeat("a", 2049), false}, {any, strings.Repeat("ä", 1025), false},
	}
	for _, test := range tests {
		if reason, ok := test.attribute.Fits(test.value); ok != test.want || ok != (reason == "") {
			t.Errorf("%s %q: %t, %q; want %t", test.attribute.Type, test.value, ok, reason, test.want)
		}
	}
}

func TestCustomName(t *testing.T) {
	tests := []struct {
		name      string
		developer bool
		want      string // "": refused
	}{
		{"badge", false, "custom:badge"},
		{"custom:badge", false, "custom:custom:badge"},
		{"badge", true, "dev:custom:badge"},
		{strings.Repeat("x", 20), false, "custom:" + strings.Repeat("x", 20)},
		{strings.Repeat("x", 21), false, ""},
		{"", false, ""},
		{"custom:two", true, "dev:custom:custom:two"},
	}
	for _, test := range tests {
		got, err := userpool.CustomName(test.name, test.developer)
		if got != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, userpool.ErrSettings) {
			t.Errorf("CustomName(%q, %t) = %q, %v, want %q", test.name, test.developer, got, err, test.want)
		}
	}
}
