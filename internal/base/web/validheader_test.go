package web

import (
	"bytes"
	"testing"

	"golang.org/x/net/http/httpguts"
)

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

// Every byte, at every place among eight, is judged as by net/http.
func TestValuesOfHeadersAreJudgedAsByNetHTTP(t *testing.T) {
	for _, fill := range []byte{'a', ' ', '\t', 0x80, 0xff} {
		for b := range 256 {
			for place := range 17 {
				v := bytes.Repeat([]byte{fill}, 17)
				v[place] = byte(b)
				if got, want := ValidHeader("X", []string{string(v)}), httpguts.ValidHeaderFieldValue(string(v)); got != want {
					t.Fatalf("%q: %v, want %v", v, got, want)
				}
			}
		}
	}
}

func FuzzValuesOfHeaders(f *testing.F) {
	f.Add("text/html; q=0.8\tand more")
	f.Fuzz(func(t *testing.T, v string) {
		if got, want := ValidHeader("X", []string{v}), httpguts.ValidHeaderFieldValue(v); got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	})
}
