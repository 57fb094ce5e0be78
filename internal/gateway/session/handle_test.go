package session

import "testing"

// gatehouse sessions revoke takes an id, and would take one with a hyphen first for an
// option.
func TestNoIDBeginsLikeAnOption(t *testing.T) {
	for range 2000 {
		if id := IDOf(newHandle()); id[0] == '-' {
			t.Fatalf("the id %s begins with a hyphen", id)
		}
	}
}
