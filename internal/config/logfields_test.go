package config_test

import "testing"

const logRoute = "routes: [{from: 'https://a.example.com', to: 'http://app', allow_public_unauthenticated_access: true}]\n"

func TestFieldsOfTheLog(t *testing.T) {
	checkAll(t, []wrong{{"unknown", logRoute + "access_log_fields: [method, respnse-code, headers.X-Name, status=.response.x]\nauthorize_log_fields: [usr]\n", nil, `
access_log_fields[1]: "respnse-code" is not a field of Pomerium's log (config.yaml:2); did you mean "response-code"?
authorize_log_fields[0]: "usr" is not a field of Pomerium's log (config.yaml:3); did you mean "user"?`}})
	c := load(t, logRoute+"access_log_fields: [method, tls-peer-cert, headers.X-Name, status=.response.x]\nauthorize_log_fields: [user, id-token]\n")
	equal(t, "warnings", c.Warnings, []string{"log fields that stay empty here: tls-peer-cert, status=.response.x, id-token"})
}
