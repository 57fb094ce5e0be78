package oauth_test

import (
	"strings"
	"testing"

	"gatehouse/internal/testing/gatetest/enginetest"
)

// What libraries and applications send besides what Cognito knows is ignored, as
// there: the answer is in the query, and the code is exchanged.
func TestWhatClientsAddIsIgnored(t *testing.T) {
	s := newService(t)
	for _, tt := range []struct {
		who       string
		authorize []string
		token     []string
	}{
		{"ASP.NET Core", []string{"response_mode", "form_post", "nonce", "638000000000000000.YWJj", "state", strings.Repeat("CfDJ8", 300), "x-client-SKU", "ID_NET8_0", "x-client-ver", "7.1.2.0"}, nil},
		{"Argo CD", []string{"access_type", "offline", "claims", `{"id_token":{"groups":{"essential":true}}}`}, nil},
		{"GitLab", []string{"response_mode", "query", "display", "page", "ui_locales", "de en"}, []string{"scope", "openid email"}},
		{"oidc-client-ts", []string{"response_mode", "query", "id_token_hint", "x"}, []string{"client_secret", ""}},
		{"MSAL-like", []string{"client_info", "1", "client-request-id", "0"}, []string{"client_info", "1", "x-client-OS", "linux"}},
		{"Spring Security", nil, []string{"client_secret", "", "resource", ""}},
	} {
		t.Run(tt.who, func(t *testing.T) {
			code := s.code(t, "app", tt.authorize...)
			exchange := form(append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", enginetest.Callback, "client_id", "app"}, tt.token...)...)
			if got := names(members(t, s.post("/oauth2/token", exchange))); got != "access_token expires_in id_token refresh_token token_type" {
				t.Errorf("the answer has %s", got)
			}
		})
	}
}
