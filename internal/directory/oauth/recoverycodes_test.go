package oauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/forge"
)

func TestRecoveryCodesForAnAccessToken(t *testing.T) {
	s := newService(t)
	const path = home + "/oauth2/recoveryCodes"
	c, err := s.Store.Client(t.Context(), "app")
	if err != nil {
		t.Fatal(err)
	}
	api, err := s.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: s.Pool, Client: c, User: s.alice})
	if err != nil {
		t.Fatal(err)
	}
	bearer := "Bearer " + api.Access.Reveal()
	ask := func(method, authorization string) *http.Response {
		return s.do(request(method, path, "", "Authorization", authorization)).Result()
	}
	want := func(what string, w *http.Response, status int) (body struct {
		Remaining     int
		RecoveryCodes []string `json:"recovery_codes"`
	}) {
		t.Helper()
		if w.StatusCode != status || w.Header.Get("Cache-Control") != "no-store" || w.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got %d %v, want %d", what, w.StatusCode, w.Header, status)
		}
		if err := json.NewDecoder(w.Body).Decode(&body); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return body
	}
	want("a pool without", ask("POST", bearer), 403)
	if _, err := s.Pools.UpdatePool(t.Context(), s.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.MFA, p.Settings.RecoveryCodes = userpool.MFA{Mode: userpool.MFAOptional, Email: true}, 4
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want("no second factor", ask("POST", bearer), 403)
	if err := s.Users.UpdateSecurity(t.Context(), s.alice, func(s *user.Security) error { s.MFA.Email = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := want("none yet", ask("GET", bearer), 200); got.Remaining != 0 {
		t.Errorf("%d remaining, want none", got.Remaining)
	}
	made := want("new ones", ask("POST", bearer), 200).RecoveryCodes
	if len(made) != 4 || !user.IsRecoveryCode(made[0]) {
		t.Errorf("got %v, want four codes", made)
	}
	if got := want("all", ask("GET", bearer), 200); got.Remaining != 4 || got.RecoveryCodes != nil {
		t.Errorf("got %+v, want four remaining, and none shown", got)
	}
	want("no scope", ask("POST", "Bearer "+s.tokens(t, "app").Access.Reveal()), 403)
	want("no token", ask("POST", ""), 400)
	want("forged", ask("POST", "Bearer "+forge.Signature(api.Access.Reveal())), 401)
	if got := want("after refusals", ask("GET", bearer), 200); got.Remaining != 4 {
		t.Errorf("%d remaining, want 4", got.Remaining)
	}
}
