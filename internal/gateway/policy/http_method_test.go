package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestHTTPMethod(t *testing.T) {
	checkCriterion(t, "http_method", []criterionCase{
		{`GET`, visitor(), true, "http-method-ok"},
		{`POST`, visitor(), false, "http-method-unauthorized"},
		{`{in: [GET, HEAD]}`, visitor(), true, "http-method-ok"},
		{`PURGE`, policy.Request{Method: "purge"}, true, "http-method-ok"},
		{`purge`, policy.Request{Method: "PURGE"}, true, "http-method-ok"},
		{`{not: PURGE}`, policy.Request{Method: "Purge"}, false, "http-method-unauthorized"},
	})
}
