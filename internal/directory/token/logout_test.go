package token_test

import (
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestTargetsOfLogout(t *testing.T) {
	const bye = "https://app.example.com/bye"
	d, u := office(t)
	hint := signIn(t, d, client(t, d, "app"), u).ID.Reveal()
	access := signIn(t, d, client(t, d, "app"), u).Access.Reveal()
	d.Advance(3 * time.Hour) // the hint may have expired
	tests := []struct {
		name  string
		query url.Values
		to    string
		want  error
	}{
		{"logout_uri", url.Values{"client_id": {"app"}, "logout_uri": {bye}}, bye, nil},
		{"logout_uri wins", url.Values{"client_id": {"app"}, "logout_uri": {bye}, "redirect_uri": {"https://evil.example"}, "state": {"x"}}, bye, nil},
		{"logout_uri of nobody", url.Values{"client_id": {"app"}, "logout_uri": {"https://evil.example"}}, "", token.ErrLogoutMismatch},
		{"logout_uri with more", url.Values{"client_id": {"app"}, "logout_uri": {bye + "?x"}}, "", token.ErrLogoutMismatch},
		{"a callback is no sign-out URL", url.Values{"client_id": {"app"}, "logout_uri": {enginetest.Callback}}, "", token.ErrLogoutMismatch},
		{"no client", url.Values{"logout_uri": {bye}}, "", token.ErrClientIDMissing},
		{"unknown client", url.Values{"client_id": {"nobody"}, "logout_uri": {bye}}, "", token.ErrClientUnusable},
		{"client of another pool", url.Values{"client_id": {"foreign"}, "logout_uri": {bye}}, "", token.ErrClientUnusable},
		{"twice", url.Values{"client_id": {"app"}, "logout_uri": {bye, "https://evil.example"}}, "", token.ErrRequestMalformed},
		{"nothing", url.Values{"client_id": {"app"}}, "", token.ErrLogoutMissing},

		{"sign in again", url.Values{"client_id": {"app"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"}, "lang": {"de"}, "other": {"x"}},
			"client_id=app&lang=de&nonce=n&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&response_type=code&scope=openid&state=s", nil},
		{"sign in again as asked", url.Values{"client_id": {"app"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}, "scope": {"openid"}, "resource": {"https://api.example.com"},
			"max_age": {"60"}, "identity_provider": {"COGNITO"}, "idp_identifier": {"corp"}, "login_hint": {"alice"}, "prompt": {"login"}},
			"client_id=app&identity_provider=COGNITO&idp_identifier=corp&login_hint=alice&max_age=60&prompt=login&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&resource=https%3A%2F%2Fapi.example.com&response_type=code&scope=openid", nil},
		{"sign in again for an unknown resource", url.Values{"client_id": {"app"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}, "resource": {"https://other.example.com"}}, "", token.ErrResource},
		{"sign in again with two ages", url.Values{"client_id": {"app"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}, "max_age": {"1", "2"}}, "", token.ErrRequestMalformed},
		{"sign in again with every scope", url.Values{"client_id": {"codeonly"}, "redirect_uri": {enginetest.Callback}, "response_type": {"code"}},
			"client_id=codeonly&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&response_type=code&scope=openid+email+phone+profile+aws.cognito.signin.user.admin", nil},
		{"sign in again without a type", url.Values{"client_id": {"app"}, "redirect_uri": {enginetest.Callback}}, "", token.ErrResponseType},
		{"sign in again elsewhere", url.Values{"client_id": {"app"}, "redirect_uri": {"https://evil.example"}, "response_type": {"code"}}, "", token.ErrRedirectMismatch},

		{"OIDC by client", url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {bye}}, bye, nil},
		{"OIDC by hint", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}, "state": {"a b"}}, bye + "?state=a%20b", nil},
		{"OIDC by both", url.Values{"client_id": {"app"}, "id_token_hint": {hint}, "post_logout_redirect_uri": {bye}}, bye, nil},
		{"OIDC by two clients", url.Values{"client_id": {"codeonly"}, "id_token_hint": {hint}, "post_logout_redirect_uri": {bye}}, "", token.ErrHint},
		{"OIDC with an access token", url.Values{"id_token_hint": {access}, "post_logout_redirect_uri": {bye}}, "", token.ErrHint},
		{"OIDC with garbage", url.Values{"client_id": {"app"}, "id_token_hint": {"x.y.z"}, "post_logout_redirect_uri": {bye}}, "", token.ErrHint},
		{"OIDC without either", url.Values{"post_logout_redirect_uri": {bye}}, "", token.ErrClientIDMissing},
		{"OIDC elsewhere", url.Values{"client_id": {"app"}, "post_logout_redirect_uri": {"https://evil.example"}}, "", token.ErrLogoutMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := d.Tokens.CheckLogout(t.Context(), d.Pool, tt.query)
			wants(t, err, tt.want)
			if err == nil && got.URL+got.SignIn.Encode() != tt.to {
				t.Errorf("leads to %q %q, want %q", got.URL, got.SignIn.Encode(), tt.to)
			}
		})
	}
}

func TestAHintOfAnotherPool(t *testing.T) {
	d, u := office(t)
	hint := signIn(t, d, client(t, d, "app"), u).ID
	_, err := d.Tokens.ReadHint(t.Context(), d.AddPool("us-east-1_Fresh0001"), hint)
	wants(t, err, token.ErrHint)
	id, err := d.Tokens.ReadHint(t.Context(), d.Pool, hint)
	if err != nil || id != userpool.ClientID("app") {
		t.Errorf("got %q, %v", id, err)
	}
}
