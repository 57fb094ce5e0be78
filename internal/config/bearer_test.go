package config_test

import (
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

func TestARoutesBearerTokensWinOverTheInstallations(t *testing.T) {
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(`
bearer_token_format: idp_access_token
idp_access_token_allowed_audiences: [web]
routes:
  - {from: https://a.example.com, to: http://a, allow_public_unauthenticated_access: true}
  - {from: https://b.example.com, to: http://b, allow_public_unauthenticated_access: true, bearer_token_format: default, idp_access_token_allowed_audiences: []}
`)})
	if err != nil {
		t.Fatal(err)
	}
	a, b := &c.Routes[0], &c.Routes[1]
	if c.BearerFormatOf(a) != "idp_access_token" || c.BearerFormatOf(b) != "default" {
		t.Errorf("got formats %s and %s", c.BearerFormatOf(a), c.BearerFormatOf(b))
	}
	if got := c.AccessTokenAudiencesOf(a); len(got) != 1 || got[0] != "web" {
		t.Errorf("got %v for the first route, want web", got)
	}
	if got := c.AccessTokenAudiencesOf(b); got == nil || len(got) != 0 {
		t.Errorf("got %#v for the second route, want an empty list, which is not nil", got)
	}
}

func TestWarningsAboutBearerTokens(t *testing.T) {
	for text, want := range map[string]string{
		"bearer_token_format: idp_access_token":                                                                          "without idp_access_token_allowed_audiences",
		"bearer_token_format: idp_access_token\nidp_access_token_allowed_audiences: []":                                  "",
		"identity_providers: {ci: {issuer: ci, jwks_url: http://keys.example.com, audiences: [a]}}":                      "over plain http",
		"identity_providers: {ci: {issuer: http://localhost:1, audiences: [a]}, d: {issuer: https://d, audiences: [a]}}": "",
	} {
		c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text + "\nroutes:\n  - {from: https://a.example.com, to: http://a, allow_public_unauthenticated_access: true}\n")})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(c.Warnings, "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got warnings %q, want %q", text, got, want)
		}
	}
}
