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
		{`GET`, policy.Request{Method: "get"}, false, "http-method-unauthorized"},
	})
}

func TestAMethodInSmallLettersIsPointedOut(t *testing.T) {
	p := compile(t, `{allow: {or: [{accept: true}]}, deny: {or: [{http_method: delete}]}}`)
	checkSays(t, p.Warnings(), `did you mean "DELETE"?`)
}
