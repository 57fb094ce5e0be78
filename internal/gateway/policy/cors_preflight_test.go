package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestCORSPreflight(t *testing.T) {
	checkCriterion(t, "cors_preflight", []criterionCase{
		{`true`, policy.Request{Method: "OPTIONS", CORSPreflight: true}, true, "cors-request"},
		{`true`, policy.Request{Method: "OPTIONS"}, false, "non-cors-request"},
	})
}
