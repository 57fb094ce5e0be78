package policy_test

import (
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
)

func when(moment string) policy.Request {
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		panic(err)
	}
	return policy.Request{Now: t}
}

func TestDate(t *testing.T) {
	checkCriterion(t, "date", []criterionCase{
		{`{after: "2030-01-31"}`, when("2030-01-31T00:00:00Z"), true, "time-ok"},
		{`{after: "2030-01-31"}`, when("2030-01-30T23:59:59Z"), false, "time-unauthorized"},
		{`{after: "2030-01-31"}`, when("2030-01-31T00:30:00+01:00"), false, "time-unauthorized"},
		{`{before: "2030-01-31T09:00:00+02:00"}`, when("2030-01-31T06:59:59Z"), true, "time-ok"},
		{`{before: "2030-01-31T09:00:00+02:00"}`, when("2030-01-31T07:00:00Z"), false, "time-unauthorized"},
		{`{after: "2030-01-01", before: "2030-02-01T12:30"}`, when("2030-01-15T00:00:00Z"), true, "time-ok"},
		{`{after: "2001-01-01"}`, visitor(), true, "time-ok"}, // the present
	})
}

func TestDateRefuses(t *testing.T) {
	checkRefused(t, "date", map[string]string{
		`{}`:               "found an empty object",
		`"2030-01-31"`:     "expected an object with after or before",
		`{after: soon}`:    `found the text "soon"; expected a date`,
		`{afterr: "2030"}`: `did you mean "after"?`,
		`{after: "2030-01-02", before: "2030-01-01"}`: "no moment is between them",
	})
}
