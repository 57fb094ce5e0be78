package arch

import "testing"

// Two errors with one code are the same error to errors.Is: an edge would take
// one for the other.
func TestNoTwoErrorsHaveOneCode(t *testing.T) {
	s := load(t)
	first := map[string]declared{}
	for _, p := range s.all() {
		for _, d := range s.faults(p) {
			if other, taken := first[d.code]; taken {
				t.Errorf("%s (%s) and %s (%s) have the same code %q", other, other.at, d, d.at, d.code)
				continue
			}
			first[d.code] = d
		}
	}
	if len(first) < 50 {
		t.Errorf("found %d errors in the whole program, want far more: does the search still work?", len(first))
	}
}
