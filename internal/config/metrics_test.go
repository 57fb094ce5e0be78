package config_test

import (
	"encoding/base64"
	"testing"
)

func TestWhoMayReadTheMetrics(t *testing.T) {
	const bad = "the value is not "
	checkAll(t, []wrong{
		{"no colon", logRoute + "metrics_basic_auth: " + base64.StdEncoding.EncodeToString([]byte("prometheus")) + "\n", nil,
			`metrics_basic_auth: ` + bad + `base64 of user:password (config.yaml:2)`},
		{"no base64", logRoute + "metrics_basic_auth: 'prometheus:secret'\n", nil,
			`metrics_basic_auth: ` + bad + `base64 of user:password (config.yaml:2)`},
		{"no password", logRoute + "metrics_basic_auth: " + base64.StdEncoding.EncodeToString([]byte("prometheus:")) + "\n", nil,
			`metrics_basic_auth: ` + bad + `base64 of user:password (config.yaml:2)`},
		{"half a pair", logRoute + "metrics_certificate: x\n", nil,
			`metrics_certificate_key: missing (config.yaml); metrics_certificate needs it`},
	})
	c := load(t, logRoute+"metrics_basic_auth: "+base64.StdEncoding.EncodeToString([]byte("prometheus:a:b"))+"\n")
	user, password, ok := c.Credentials()
	equal(t, "user", user, "prometheus")
	equal(t, "password", password.Reveal(), "a:b")
	equal(t, "ok", ok, true)
}
