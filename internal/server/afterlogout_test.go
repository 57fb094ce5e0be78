package server

import (
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

func TestWhereProvidersSendPeopleAfterASignOut(t *testing.T) {
	for keys, want := range map[string]string{
		"idp_provider: oidc\nidp_provider_url: https://id.example.com\n":                                                         "",
		"idp_provider: oidc\nidp_provider_url: https://id.example.com\nsignout_redirect_url: https://www.example.com/bye\n":      "https://www.example.com/bye",
		"idp_provider: auth0\nidp_provider_url: https://id.example.com\nsignout_redirect_url: https://www.example.com/bye\n":     "https://www.example.com/bye",
		"idp_provider: cognito\nidp_provider_url: https://id.example.com/a\nsignout_redirect_url: https://www.example.com/bye\n": "",
	} {
		c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte("authenticate_service_url: https://authenticate.example.com\nidp_client_id: a\nidp_client_secret: b\n" + keys)})
		if err != nil {
			t.Fatal(err)
		}
		if got := afterLogoutOf(c, &c.AllProviders()[0]); got != want {
			t.Errorf("%s: got %q, want %q", keys, got, want)
		}
	}
}
