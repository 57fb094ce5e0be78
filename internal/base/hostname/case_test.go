package hostname

import "testing"

// Letters outside of ASCII have a lower case inside of it: the Kelvin sign has k.
func TestOnlyASCIILettersFold(t *testing.T) {
	for in, want := range map[string]string{"": "", "abc": "abc", "A.Example": "a.example", "\u212aelvin.Example": "\u212aelvin.example", "\u00dcX": "\u00dcx"} {
		if got := Lower(in); got != want {
			t.Errorf("Lower(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Upper("purge\u017f"); got != "PURGE\u017f" {
		t.Errorf("Upper = %q", got)
	}
	if host, _, ok := Parse("\u212aelvin.example"); ok {
		t.Errorf("Parse took a host with the Kelvin sign for %q", host)
	}
}
