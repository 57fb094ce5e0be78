package web

import "testing"

func TestValidHeader(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []string
		want   bool
	}{
		{"X-A", nil, true},
		{"X-A", []string{"", "a b\tc", "\xe4"}, true},
		{"", []string{"a"}, false},
		{"X A", []string{"a"}, false},
		{"X-A:", []string{"a"}, false},
		{"X-A", []string{"a", "b\r\nX-B: c"}, false},
		{"X-A", []string{"a\nb"}, false},
		{"X-A", []string{"a\x00"}, false},
	} {
		if got := ValidHeader(test.name, test.values); got != test.want {
			t.Errorf("ValidHeader(%q, %q) is %v, want %v", test.name, test.values, got, test.want)
		}
	}
}
