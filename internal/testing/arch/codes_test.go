package arch

import (
	"fmt"
	"testing"
)

const twoFaults = "package %s\nimport \"gatehouse/internal/base/fault\"\nvar ErrA = fault.New(fault.Invalid, \"same\", \"Text.\")\n"

var errorRules = []rule{
	{"no two errors have one code", uniqueCodes, []example{{"the same code twice", map[string]string{
		"internal/directory/user/a.go":  fmt.Sprintf(twoFaults, "user"),
		"internal/directory/token/a.go": fmt.Sprintf(twoFaults, "token"),
	}, `the same code "same"`}}},
	{"every error has its place at every edge", placedAtEdges, []example{
		{"an engine's error", map[string]string{
			"internal/directory/oauth/errors.go": "package oauth\nimport \"gatehouse/internal/directory/user\"\nvar table = []error{user.ErrB}\n",
			"internal/directory/user/a.go":       fmt.Sprintf(twoFaults, "user"),
		}, "user.ErrA has no entry in directory/oauth/errors.go"},
		{"a reason that speaks for nothing", nil, "which that edge cannot meet"},
	}},
	{"every error of an edge has its place", ownErrorsPlaced, []example{{"not in the table", map[string]string{
		"internal/directory/oauth/errors.go": fmt.Sprintf(twoFaults, "oauth"),
	}, "oauth.ErrA has no entry"}}},
}

// Two errors with one code are the same error to errors.Is: an edge would take
// one for the other.
func uniqueCodes(s *source) (broken []string) {
	first := map[string]declared{}
	for _, p := range s.all() {
		for _, d := range s.faults(p) {
			if other, taken := first[d.code]; taken {
				broken = append(broken, fmt.Sprintf("%s (%s) and %s (%s) have the same code %q", other, other.at, d, d.at, d.code))
				continue
			}
			first[d.code] = d
		}
	}
	return broken
}

func TestTheSearchFindsErrors(t *testing.T) {
	s, found := load(t), 0
	for _, p := range s.all() {
		found += len(s.faults(p))
	}
	if found < 50 {
		t.Errorf("found %d errors in the whole program, want far more: does the search still work?", found)
	}
}
