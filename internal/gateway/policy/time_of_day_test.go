package policy_test

import "testing"

func TestTimeOfDay(t *testing.T) {
	nine := when("2030-01-07T09:00:00Z")
	checkCriterion(t, "time_of_day", []criterionCase{
		{`{after: "9:00"}`, nine, true, "time-ok"},
		{`{after: "9:00:01"}`, nine, false, "time-unauthorized"},
		{`{before: "9:00:00.5"}`, nine, true, "time-ok"}, // Pomerium's finest form
		{`{after: "2:20:00", before: "4:30PM"}`, nine, true, "time-ok"},
		{`{before: 9AM}`, nine, false, "time-unauthorized"},
		{`{before: "9:30 am"}`, nine, true, "time-ok"},
		{`{after: 8AM, before: 5PM}`, nine, true, "time-ok"},
		{`{timezone: Europe/Berlin, after: "10:00"}`, nine, true, "time-ok"},
		{`{timezone: America/New_York, after: "9:00"}`, nine, false, "time-unauthorized"},
	})
	checkRefused(t, "time_of_day", map[string]string{
		`{}`:                             "found an empty object",
		`{timezone: UTC}`:                "expected after, before or both",
		`{timezone: Mars, after: 9AM}`:   "expected a time zone",
		`{timezone: Local, after: 9AM}`:  "expected a time zone",
		`{after: noon}`:                  "expected a time such as",
		`{after: "22:00", before: 6AM}`:  "write two criteria under or",
		`{after: 9AM, befor: 5PM}`:       `did you mean "before"?`,
		`{after: 900}`:                   "found the number 900",
		`{after: "9:00", before: "9AM"}`: "no time of day is between them",
	})
}
