package config_test

import (
	"testing"
	"time"

	"gatehouse/internal/config"
)

func TestSecretsOfRoutes(t *testing.T) {
	const bindings = "secrets:\n  bindings:\n    token: {url: 'file:///none/a%20token'}\n    one: {url: 'file:///none/all.json#data.one', stale_grace: 0s, refresh: 1m}\n"
	for _, tt := range []struct {
		name, file string
		env        []string
		want       []config.SecretFile
	}{
		{"none", "", nil, nil},
		{"defaults", bindings, nil, []config.SecretFile{
			{Name: "one", Path: "/none/all.json", Field: []string{"data", "one"}, Grace: 0}, {Name: "token", Path: "/none/a token", Grace: 30 * time.Minute}}},
		{"own defaults", bindings + "  defaults: {refresh: 1m, stale_grace: 5m}\n", []string{"SECRETS_DEFAULTS_STALE_GRACE=7m"}, []config.SecretFile{
			{Name: "one", Path: "/none/all.json", Field: []string{"data", "one"}, Grace: 0}, {Name: "token", Path: "/none/a token", Grace: 7 * time.Minute}}},
		{"variables", "", []string{`SECRETS_BINDINGS={"a": {"url": "file:///none/a"}}`, "SECRETS=something else"}, []config.SecretFile{{Name: "a", Path: "/none/a", Grace: 30 * time.Minute}}},
	} {
		c := load(t, tt.file+route("to: http://app"), tt.env...)
		equal(t, tt.name, c.SecretFiles(), tt.want)
	}
	c := load(t, bindings+route("to: http://app", "set_request_headers: {Authorization: 'Bearer ${secret.token}'}"))
	equal(t, "warnings", c.Warnings, []string{
		"secrets.bindings.one: the file /none/all.json cannot be read here: requests that need it get 503",
		"secrets.bindings.token: the file /none/a token cannot be read here: requests that need it get 503"})
}
