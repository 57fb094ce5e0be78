package token_test

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// A sign-in has proved the password, and then an administrator disables the user or
// resets the password, or the user sets another one: what the sign-in would still
// save, it may not.
func TestASignInThatAChangeHasOvertaken(t *testing.T) {
	changes := []struct {
		name   string
		change func(*user.User)
		want   error
	}{
		{"nothing", func(*user.User) {}, nil},
		{"an attribute", func(u *user.User) { u.Attributes = map[string]string{"name": "Alice"} }, nil},
		{"disabled", func(u *user.User) { u.Enabled = false }, token.ErrOvertaken},
		{"reset", func(u *user.User) { u.Status = user.ResetRequired }, token.ErrOvertaken},
		{"another password", func(u *user.User) { u.Password = &user.Password{Salt: []byte("new")} }, token.ErrOvertaken},
		{"no password", func(u *user.User) { u.Password = nil }, token.ErrOvertaken},
	}
	for _, tt := range changes {
		t.Run(tt.name, func(t *testing.T) {
			d := enginetest.New(t, userpool.Settings{})
			app, u := d.AddClient("app", nil), d.AddUser("alice", nil)
			u.Password = &user.Password{Salt: []byte("old")}
			d.SaveUser(u)
			signedIn, changed := *u, *u
			tt.change(&changed)
			d.SaveUser(&changed)

			_, err := d.Tokens.IssueForSignIn(t.Context(), token.IssueInput{Pool: d.Pool, Client: app, User: &signedIn})
			wants(t, err, tt.want)
			_, _, err = d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: &signedIn, Provider: userpool.ProviderCognito})
			wants(t, err, tt.want)
			for _, response := range []string{token.ResponseCode, token.ResponseToken} {
				wantAccessDenied(t, tt.want, silently(t, d, &signedIn, response))
			}
		})
	}
}

// silently answers an authorization request for a user who is signed in.
func silently(t *testing.T, d *enginetest.Directory, u *user.User, response string) error {
	t.Helper()
	req := must[*token.AuthorizationRequest](t)(d.Tokens.CheckAuthorization(t.Context(), d.Pool, request("response_type", response)))
	_, err := d.Tokens.Authorize(t.Context(), req, token.SignedIn{User: u, AuthTime: d.Now(), Provider: userpool.ProviderCognito})
	return err
}

// wantAccessDenied wants that the client is told access_denied because of want; if
// want is nil, that nothing is refused.
func wantAccessDenied(t *testing.T, want, err error) {
	t.Helper()
	wants(t, err, want)
	if back, ok := errors.AsType[*token.RedirectError](err); ok != (want != nil) || ok && back.Name != "access_denied" {
		t.Errorf("the client is told %+v, because of %v", back, err)
	}
}
