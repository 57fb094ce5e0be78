package user_test

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func TestParseFilter(t *testing.T) {
	tests := []struct {
		in   string
		want user.Query
		err  bool
	}{
		{in: ``, want: user.Query{}},
		{in: `email = "Alice@Example.com"`, want: user.Query{Attribute: "email", Value: "alice@example.com"}},
		{in: `"email"^="al"`, want: user.Query{Attribute: "email", Value: "al", Prefix: true}},
		{in: `name="a \"b\" \\c"`, want: user.Query{Attribute: "name", Value: `a "b" \c`}},
		{in: `username = "Alice"`, want: user.Query{Attribute: "username", Value: "Alice"}},
		{in: `status = "Enabled"`, want: user.Query{Attribute: "status", Value: "Enabled"}},
		{in: `cognito:user_status = "confirmed"`, want: user.Query{Attribute: "cognito:user_status", Value: "CONFIRMED"}},
		{in: `status = "enabled"`, err: true},
		{in: `custom:team = "x"`, err: true},
		{in: `email = alice`, err: true},
		{in: `email "x"`, err: true},
		{in: `email = "x" and name = "y"`, err: true},
		{in: `email = "x`, err: true},
		{in: `= "x"`, err: true},
	}
	for _, tt := range tests {
		got, err := user.ParseFilter(tt.in)
		if (err != nil) != tt.err || got != tt.want {
			t.Errorf("ParseFilter(%q) = %+v, %v; want %+v, error %v", tt.in, got, err, tt.want, tt.err)
		}
		if err != nil && !errors.Is(err, user.ErrFilter) {
			t.Errorf("ParseFilter(%q): error %v is not ErrFilter", tt.in, err)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add(`email ^= "a\"b"`)
	f.Add(`"sub"="x"`)
	f.Fuzz(func(t *testing.T, in string) {
		q, err := user.ParseFilter(in)
		if err != nil {
			return
		}
		again, err := user.ParseFilter(user.FilterText(q))
		if err != nil || again != q {
			t.Errorf("%q parses to %+v, which prints to %q and parses to %+v, %v", in, q, user.FilterText(q), again, err)
		}
	})
}

func TestCheckRequested(t *testing.T) {
	p := &userpool.Pool{Settings: userpool.Settings{Schema: []userpool.Attribute{{Name: "custom:badge", Type: userpool.TypeString}}}}
	if err := user.CheckRequested(p, []string{"email", "sub", "custom:badge"}); err != nil {
		t.Errorf("attributes of the schema: %v", err)
	}
	if err := user.CheckRequested(p, []string{"email", "custom:team"}); !errors.Is(err, user.ErrFilter) {
		t.Errorf("an unknown attribute: %v, want %v", err, user.ErrFilter)
	}
}
