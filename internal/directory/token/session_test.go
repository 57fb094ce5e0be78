package token_test

import (
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/token/tokentest"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func TestBrowserSessions(t *testing.T) {
	other := &userpool.Pool{ID: "us-east-1_Other0001"}
	tests := []struct {
		name  string
		pool  *userpool.Pool
		after func(*tokentest.Directory, *user.User, seal.Secret)
		ended bool
	}{
		{name: "it lasts"},
		{name: "an hour less a second", after: func(d *tokentest.Directory, _ *user.User, _ seal.Secret) { d.Pass(time.Hour - time.Second) }},
		{name: "an hour", after: func(d *tokentest.Directory, _ *user.User, _ seal.Secret) { d.Pass(time.Hour) }, ended: true},
		{name: "an hour, with use", after: func(d *tokentest.Directory, _ *user.User, h seal.Secret) {
			d.Pass(50 * time.Minute)
			d.Engine.Session(t.Context(), d.Home, h)
			d.Pass(10 * time.Minute)
		}, ended: true},
		{name: "global sign-out leaves it", after: func(d *tokentest.Directory, u *user.User, _ seal.Secret) {
			d.Engine.RevokeAllOf(t.Context(), u.Pool, u.Sub)
		}},
		{name: "ended", after: func(d *tokentest.Directory, _ *user.User, h seal.Secret) { d.Engine.EndSession(t.Context(), h) }, ended: true},
		{name: "all of the user ended", after: func(d *tokentest.Directory, u *user.User, _ seal.Secret) {
			d.Engine.EndSessionsOf(t.Context(), u.Pool, u.Sub)
		}, ended: true},
		{name: "user disabled", after: func(d *tokentest.Directory, u *user.User, _ seal.Secret) { u.Enabled = false; d.SaveUser(u) }, ended: true},
		{name: "user deleted", after: func(d *tokentest.Directory, u *user.User, _ seal.Secret) { d.DeleteUser(u.Sub) }, ended: true},
		{name: "another pool", pool: other, ended: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := tokentest.New(t)
			u := d.AddUser("alice", nil)
			handle, _, err := d.Engine.StartSession(t.Context(), d.Home, u, userpool.ProviderCognito)
			wants(t, err, nil)
			if tt.after != nil {
				tt.after(d, u, handle)
			}
			if tt.pool == nil {
				tt.pool = d.Home
			}
			who, err := d.Engine.Session(t.Context(), tt.pool, handle)
			if tt.ended {
				wants(t, err, token.ErrSessionUnknown)
				return
			}
			if err != nil || who.User.Sub != u.Sub || !who.AuthTime.Equal(tokentest.Start) || who.Provider != userpool.ProviderCognito {
				t.Errorf("got %+v, %v", who, err)
			}
		})
	}
}

func TestSessionsOfNobody(t *testing.T) {
	d := tokentest.New(t)
	for _, handle := range []seal.Secret{"", "garbage"} {
		_, err := d.Engine.Session(t.Context(), d.Home, handle)
		wants(t, err, token.ErrSessionUnknown)
		wants(t, d.Engine.EndSession(t.Context(), handle), nil)
	}
}
