package storetest

import (
	"testing"
	"time"
)

func testRateLimits(t *testing.T, s Store) {
	limits := func(want map[string]int) {
		t.Helper()
		wantEqual(t, "ProvisionedLimits", mustGet[map[string]int](t)(s.ProvisionedLimits(ctx(t))), want)
	}
	limits(map[string]int{})
	must(t, s.ProvisionLimit(ctx(t), "a", 1))
	must(t, s.ProvisionLimit(ctx(t), "b", 2))
	must(t, s.ProvisionLimit(ctx(t), "a", 3))
	limits(map[string]int{"a": 3, "b": 2})

	share := func(node string, demand map[string]int, at time.Time, want map[string]int) {
		t.Helper()
		wantEqual(t, "ShareDemand of "+node, mustGet[map[string]int](t)(s.ShareDemand(ctx(t), node, demand, at, at.Add(-3*time.Second))), want)
	}
	share("1", map[string]int{"a": 10, "b": 1}, now, map[string]int{"a": 10, "b": 1})
	share("2", map[string]int{"a": 30}, now.Add(time.Second), map[string]int{"a": 40, "b": 1})
	share("2", map[string]int{"a": 20}, now.Add(2*time.Second), map[string]int{"a": 30, "b": 1}) // it replaces what it said before
	share("2", map[string]int{"a": 20}, now.Add(3*time.Second), map[string]int{"a": 20})         // the other one is silent
	share("3", map[string]int{"a": 5}, now.Add(-time.Hour), map[string]int{"a": 5})              // the clock was set back: what comes later counts no more
	must(t, s.Sweep(ctx(t), now.Add(2*time.Hour)))
	share("2", nil, now, map[string]int{})
}
