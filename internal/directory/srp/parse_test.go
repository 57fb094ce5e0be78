package srp

import (
	"strings"
	"testing"
)

func FuzzParseA(f *testing.F) {
	for _, seed := range []string{"", "0", "00", "abc", "0ABC", "-1", "+1", "1_0", prime.Text(16)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		A, err := parseA(text)
		if err != nil {
			return
		}
		if !inGroup(A) {
			t.Errorf("%q reads as a number outside the group", text)
		}
		if got, want := A.Text(16), strings.ToLower(strings.TrimLeft(text, "0")); got != want {
			t.Errorf("%q reads as %s", text, got)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(make([]byte, stateSize))
	f.Fuzz(func(t *testing.T, state []byte) {
		var s Server
		if err := s.UnmarshalBinary(state); err != nil {
			return
		}
		if again, err := s.MarshalBinary(); err != nil || string(again) != string(state) {
			t.Errorf("%x prints as %x, %v", state, again, err)
		}
	})
}
