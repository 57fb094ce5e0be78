package policy_test

import "testing"

func TestDayOfWeek(t *testing.T) {
	monday, sunday := when("2030-01-07T12:00:00Z"), when("2030-01-06T23:59:59Z")
	checkCriterion(t, "day_of_week", []criterionCase{
		{`"*"`, sunday, true, "time-ok"},
		{`mon-fri`, monday, true, "time-ok"},
		{`mon-fri`, sunday, false, "time-unauthorized"},
		{`"sat, sun"`, sunday, true, "time-ok"},
		{`fri-mon`, sunday, true, "time-ok"},
		{`fri-mon`, monday, true, "time-ok"},
		{`Monday`, monday, true, "time-ok"},
		{`mon`, when("2030-01-07T00:30:00+01:00"), false, "time-unauthorized"}, // Sunday in UTC
	})
	checkRefused(t, "day_of_week", map[string]string{
		`""`: "expected days", `mo`: "expected days", `mon-`: "expected days", `1`: "found the number 1", `"mon,,tue"`: "expected days",
	})
}
