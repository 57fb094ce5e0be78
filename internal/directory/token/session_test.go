package token_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestBrowserSessions(t *testing.T) {
	other := &userpool.Pool{ID: "us-east-1_Other0001"}
	tests := []struct {
		name  string
		pool  *userpool.Pool
		after func(*enginetest.Directory, *user.User, seal.Secret)
		ended bool
	}{
		{name: "it lasts"},
		{name: "an hour less a second", after: func(d *enginetest.Directory, _ *user.User, _ seal.Secret) { d.Advance(time.Hour - time.Second) }},
		{name: "an hour", after: func(d *enginetest.Directory, _ *user.User, _ seal.Secret) { d.Advance(time.Hour) }, ended: true},
		{name: "an hour, with use", after: func(d *enginetest.Directory, _ *user.User, h seal.Secret) {
			d.Advance(50 * time.Minute)
			d.Tokens.Session(t.Context(), d.Pool, h)
			d.Advance(10 * time.Minute)
		}, ended: true},
		{name: "global sign-out leaves it", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) {
			d.Tokens.RevokeAllOf(t.Context(), u.Pool, u.Sub)
		}},
		{name: "ended", after: func(d *enginetest.Directory, _ *user.User, h seal.Secret) { d.Tokens.EndSession(t.Context(), h) }, ended: true},
		{name: "all of the user ended", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) {
			endBrowsers(t, d, u)
		}, ended: true},
		{name: "user disabled", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) { u.Enabled = false; d.SaveUser(u) }, ended: true},
		{name: "of an identity provider", after: withStatus(user.External)},
		{name: "password must be replaced", after: withStatus(user.ForceChangePassword), ended: true},
		{name: "password must be reset", after: withStatus(user.ResetRequired), ended: true},
		{name: "not confirmed", after: withStatus(user.Unconfirmed), ended: true},
		{name: "user deleted", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) { d.DeleteUser(u.Sub) }, ended: true},
		{name: "another pool", pool: other, ended: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := enginetest.New(t, userpool.Settings{})
			u := d.AddUser("alice", nil)
			handle, _, err := d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: u, Provider: userpool.ProviderCognito})
			wants(t, err, nil)
			if tt.after != nil {
				tt.after(d, u, handle)
			}
			if tt.pool == nil {
				tt.pool = d.Pool
			}
			who, err := d.Tokens.Session(t.Context(), tt.pool, handle)
			if tt.ended {
				wants(t, err, token.ErrSessionUnknown)
				return
			}
			if err != nil || who.User.Sub != u.Sub || !who.AuthTime.Equal(enginetest.Start) || who.Provider != userpool.ProviderCognito {
				t.Errorf("got %+v, %v", who, err)
			}
		})
	}
}

func withStatus(s user.Status) func(*enginetest.Directory, *user.User, seal.Secret) {
	return func(d *enginetest.Directory, u *user.User, _ seal.Secret) { u.Status = s; d.SaveUser(u) }
}

// Without TLS, another host of the domain can plant a cookie before ours.
func TestPlantedHandles(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	start := func(u *user.User) seal.Secret {
		handle, _, err := d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: u, Provider: userpool.ProviderCognito})
		wants(t, err, nil)
		return handle
	}
	alice, mallory := d.AddUser("alice", nil), d.AddUser("mallory", nil)
	hers, again, his := start(alice), start(alice), start(mallory)
	for _, tt := range []struct {
		name    string
		handles []seal.Secret
		want    error
	}{
		{"garbage first", []seal.Secret{"garbage", hers}, nil},
		{"garbage last", []seal.Secret{hers, "garbage"}, nil},
		{"two of her own", []seal.Secret{hers, again}, nil},
		{"somebody else's first", []seal.Secret{his, hers}, token.ErrSessionUnknown},
		{"somebody else's last", []seal.Secret{hers, his}, token.ErrSessionUnknown},
		{"none", nil, token.ErrSessionUnknown},
		{"more garbage than a browser keeps, first", append(slices.Repeat([]seal.Secret{"garbage"}, 200), hers), nil},
	} {
		who, err := d.Tokens.Session(t.Context(), d.Pool, tt.handles...)
		if wants(t, err, tt.want); err == nil && who.User.Sub != alice.Sub {
			t.Errorf("%s: signed in as %s", tt.name, who.User.Username)
		}
	}
	wants(t, d.Tokens.EndSession(t.Context(), "garbage", hers, his), nil)
	for _, handle := range []seal.Secret{hers, his} {
		_, err := d.Tokens.Session(t.Context(), d.Pool, handle)
		wants(t, err, token.ErrSessionUnknown)
	}
}

func TestUnknownSessions(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for _, handle := range []seal.Secret{"", "garbage"} {
		_, err := d.Tokens.Session(t.Context(), d.Pool, handle)
		wants(t, err, token.ErrSessionUnknown)
		wants(t, d.Tokens.EndSession(t.Context(), handle), nil)
	}
}

// endBrowsers ends the browser sessions of u, as the reset of a password does.
func endBrowsers(t *testing.T, d *enginetest.Directory, u *user.User) {
	t.Helper()
	must[*user.User](t)(d.Users.Update(t.Context(), d.Pool, u.Sub, user.Change{Ends: user.Ends{Browsers: true}, Apply: func(*user.User) error { return nil }}))
}

// Somebody who took over a browser session may have kept a code of it: the end of
// all browser sessions, as after a password was reset, ends the code, too.
func TestTheEndOfSessionsEndsTheirCodes(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	app, alice, bob := d.AddClient("app", nil), d.AddUser("alice", nil), d.AddUser("bob", nil)
	kept, used, others := code(t, d, alice), code(t, d, alice), code(t, d, bob)
	tokens := must[*token.Tokens](t)(exchange(d, app, used))
	endBrowsers(t, d, alice)

	_, err := exchange(d, app, kept)
	wants(t, err, token.ErrCodeUnknown)
	_, err = exchange(d, app, others)
	wants(t, err, nil)
	_, err = d.Tokens.VerifyAccess(t.Context(), tokens.Access, "")
	wants(t, err, nil)
	_, err = exchange(d, app, used) // a replay is noticed as before
	wants(t, err, token.ErrCodeUsed)
	_, err = d.Tokens.VerifyAccess(t.Context(), tokens.Access, "")
	wants(t, err, token.ErrAccessRevoked)
}
