package token_test

import (
	"regexp"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestRefresh(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	app, u := d.AddClient("app", nil), d.AddUser("alice", alice)
	first := signIn(t, d, app, u)
	if !regexp.MustCompile(`^[A-Za-z0-9-_=.]{43,}$`).MatchString(first.Refresh.Reveal()) {
		t.Error("the refresh token does not fit the API's pattern")
	}
	d.Advance(2 * time.Hour)
	d.AddGroups(u.Sub, &user.Group{Name: "new"})
	second := must[*token.Tokens](t)(d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: first.Refresh}))
	if second.Refresh != "" {
		t.Error("a refresh gave a new refresh token")
	}
	before, after := payload(t, first.Access), payload(t, second.Access)
	for _, same := range []string{"sub", "origin_jti", "auth_time", "scope", "event_id", "client_id"} {
		if before[same] != after[same] {
			t.Errorf("%s changed from %v to %v", same, before[same], after[same])
		}
	}
	for _, other := range []string{"jti", "iat", "exp", "cognito:groups"} {
		if _, text := before[other].(string); before[other] == nil && after[other] == nil || text && before[other] == after[other] {
			t.Errorf("%s did not change: %v", other, after[other])
		}
	}
	if _, err := d.Tokens.VerifyAccess(t.Context(), second.Access, userpool.ScopeUserAdmin); err != nil {
		t.Error(err)
	}
}

func TestRefreshRefusals(t *testing.T) {
	tests := []struct {
		name   string
		client userpool.ClientID
		token  seal.Secret
		after  func(d *enginetest.Directory, u *user.User, refresh seal.Secret)
		want   error
	}{
		{name: "all right"},
		{name: "garbage", token: "garbage", want: token.ErrRefreshInvalid},
		{name: "another client", client: "codeonly", want: token.ErrRefreshInvalid},
		{name: "another pool", client: "foreign", want: token.ErrRefreshInvalid},
		{name: "just before its end", after: func(d *enginetest.Directory, _ *user.User, _ seal.Secret) { d.Advance(30*24*time.Hour - time.Second) }},
		{name: "at its end", after: func(d *enginetest.Directory, _ *user.User, _ seal.Secret) { d.Advance(30 * 24 * time.Hour) }, want: token.ErrRefreshExpired},
		{name: "revoked", after: func(d *enginetest.Directory, u *user.User, refresh seal.Secret) {
			d.Tokens.Revoke(t.Context(), client(t, d, "app"), refresh, false)
		}, want: token.ErrRefreshRevoked},
		{name: "signed out everywhere", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) {
			d.Tokens.RevokeAllOf(t.Context(), u.Pool, u.Sub)
		}, want: token.ErrRefreshRevoked},
		{name: "user disabled", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) { u.Enabled = false; d.SaveUser(u) }, want: token.ErrUserDisabled},
		{name: "user deleted", after: func(d *enginetest.Directory, u *user.User, _ seal.Secret) { d.DeleteUser(u.Sub) }, want: token.ErrRefreshInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, u := office(t)
			tokens := signIn(t, d, client(t, d, "app"), u)
			if tt.after != nil {
				tt.after(d, u, tokens.Refresh)
			}
			if tt.token == "" {
				tt.token = tokens.Refresh
			}
			if tt.client == "" {
				tt.client = "app"
			}
			_, err := d.Tokens.Refresh(t.Context(), client(t, d, tt.client), token.RefreshInput{Token: tt.token})
			wants(t, err, tt.want)
		})
	}
}

func TestRefreshOfAnOAuthGrantNeedsReadableScopes(t *testing.T) {
	d, u := office(t)
	tokens := must[*token.Tokens](t)(exchange(d, client(t, d, "app"), code(t, d, u)))
	narrowed := d.AddClient("app", func(c *userpool.Client) { c.Settings.ReadAttributes = []string{"name"} })
	_, err := d.Tokens.Refresh(t.Context(), narrowed, token.RefreshInput{Token: tokens.Refresh})
	wants(t, err, token.ErrScopeUnreadable)
}

func TestTheTokenEndpointRefreshesForClientsOfOAuthOrTheRefreshFlow(t *testing.T) {
	d, u := office(t)
	for change, want := range map[*func(*userpool.Client)]error{
		ptr(func(c *userpool.Client) {}):                                                                          nil,
		ptr(func(c *userpool.Client) { c.Settings.OAuth = false }):                                                nil,
		ptr(func(c *userpool.Client) { c.Settings.AuthFlows = []string{userpool.FlowUserSRP} }):                   nil,
		ptr(func(c *userpool.Client) { c.Settings.OAuth, c.Settings.AuthFlows = false, []string{"ALLOW_OTHER"} }): token.ErrGrantNotAllowed,
	} {
		c := d.AddClient("app", *change)
		_, err := d.Tokens.RefreshOAuth(t.Context(), c, token.RefreshInput{Token: signIn(t, d, c, u).Refresh})
		wants(t, err, want)
	}
}

func ptr[T any](v T) *T { return &v }

func TestRevoke(t *testing.T) {
	d, u := office(t)
	app := client(t, d, "app")
	one, two := signIn(t, d, app, u), signIn(t, d, app, u)
	revoke := func(c *userpool.Client, raw seal.Secret) error { return d.Tokens.Revoke(t.Context(), c, raw, false) }

	wants(t, revoke(app, one.Access), token.ErrUnsupportedTokenType)
	wants(t, revoke(app, one.ID), token.ErrUnsupportedTokenType)
	wants(t, revoke(app, "garbage"), nil)
	wants(t, revoke(client(t, d, "codeonly"), one.Refresh), token.ErrWrongClient)
	off := *app
	off.Settings.RevocationOff = true
	wants(t, revoke(&off, one.Refresh), token.ErrRevocationOff)
	if _, err := d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: one.Refresh}); err != nil {
		t.Fatalf("a refused revocation revoked: %v", err)
	}

	wants(t, revoke(app, one.Refresh), nil)
	wants(t, revoke(app, one.Refresh), nil)
	_, err := d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: one.Refresh})
	wants(t, err, token.ErrRefreshRevoked)
	_, err = d.Tokens.VerifyAccess(t.Context(), two.Access, "")
	wants(t, err, nil)
}

func TestRevokeAllOfLeavesOtherUsersAndLaterSignIns(t *testing.T) {
	d, u := office(t)
	app, bob := client(t, d, "app"), d.AddUser("bob", nil)
	his := signIn(t, d, app, bob)
	wants(t, d.Tokens.RevokeAllOf(t.Context(), d.Pool.ID, u.Sub), nil)
	for name, tokens := range map[string]*token.Tokens{"bob's": his, "a later sign-in's": signIn(t, d, app, u)} {
		if _, err := d.Tokens.VerifyAccess(t.Context(), tokens.Access, ""); err != nil {
			t.Errorf("%s token: %v", name, err)
		}
	}
	wants(t, d.Tokens.RevokeAllOf(t.Context(), d.Pool.ID, "nobody"), user.ErrUserNotFound)
}

// RFC 9700 §2.3: what an app client has lost is not in new tokens.
func TestRefreshDropsScopesThatTheClientLost(t *testing.T) {
	d, u := office(t)
	app := client(t, d, "app")
	tokens := must[*token.Tokens](t)(exchange(d, app, code(t, d, u, "scope", "openid email api/read")))
	for _, tt := range []struct {
		name   string
		now    []string
		scope  string
		hasID  bool
		refuse error
	}{
		{name: "one lost", now: []string{"openid", "email"}, scope: "openid email", hasID: true},
		{name: "openid lost, which email needs", now: []string{"email", "api/read"}, scope: "api/read"},
		{name: "all lost", now: []string{"phone"}, refuse: token.ErrRefreshInvalid},
		{name: "all back", now: []string{"openid", "email", "api/read", "phone"}, scope: "openid email api/read", hasID: true},
	} {
		app.Settings.Scopes = tt.now
		got, err := d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: tokens.Refresh})
		if wants(t, err, tt.refuse); err != nil {
			continue
		}
		if scope := payload(t, got.Access)["scope"]; scope != tt.scope || (got.ID != "") != tt.hasID {
			t.Errorf("%s: scope %q, ID token %v; want %q, %v", tt.name, scope, got.ID != "", tt.scope, tt.hasID)
		}
	}
	if err := d.Store.DeleteResourceServer(t.Context(), d.Pool.ID, "api"); err != nil {
		t.Fatal(err)
	}
	if scope := payload(t, must[*token.Tokens](t)(d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: tokens.Refresh})).Access)["scope"]; scope != "openid email" {
		t.Errorf("the scope was deleted: scope %q", scope)
	}
}

func TestExchangeDropsScopesThatTheClientLost(t *testing.T) {
	d, u := office(t)
	app := client(t, d, "app")
	some, all := code(t, d, u, "scope", "openid email api/read"), code(t, d, u, "scope", "api/read")
	app.Settings.Scopes = []string{"openid", "email"}
	got := must[*token.Tokens](t)(exchange(d, app, some))
	if scope := payload(t, got.Access)["scope"]; scope != "openid email" {
		t.Errorf("scope %q, want what the client still has", scope)
	}
	_, err := exchange(d, app, all)
	wants(t, err, token.ErrCodeUnknown)
}

// A sign-out everywhere ends what is there, whatever the clocks of the nodes say.
func TestSignOutEverywhereOnNodesWhoseClocksDiffer(t *testing.T) {
	for _, ahead := range []time.Duration{-time.Hour, time.Hour} {
		d, u := office(t)
		app := client(t, d, "app")
		blind := d.AddClient("blind", func(c *userpool.Client) { c.Settings.RevocationOff = true })
		other := token.New(token.Config{Store: d.Store, Pools: d.Pools, Users: d.Users, Sealer: d.Sealer, BaseURL: enginetest.BaseURL,
			Now: func() time.Time { return d.Now().Add(ahead) }})
		old, oldBlind, oldCode := signIn(t, d, app, u), signIn(t, d, blind, u), code(t, d, u)
		wants(t, other.RevokeAllOf(t.Context(), u.Pool, u.Sub), nil)
		_, err := d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: old.Refresh})
		wants(t, err, token.ErrRefreshRevoked)
		_, err = exchange(d, app, oldCode)
		wants(t, err, token.ErrCodeUnknown)
		for _, access := range []seal.Secret{old.Access, oldBlind.Access} {
			_, err = d.Tokens.VerifyAccess(t.Context(), access, "")
			wants(t, err, token.ErrAccessRevoked)
		}
		next, nextBlind, nextCode := signIn(t, d, app, u), signIn(t, d, blind, u), code(t, d, u)
		if _, err := d.Tokens.Refresh(t.Context(), app, token.RefreshInput{Token: next.Refresh}); err != nil {
			t.Errorf("clock %v ahead: refresh of a new sign-in: %v", ahead, err)
		}
		if _, err := exchange(d, app, nextCode); err != nil {
			t.Errorf("clock %v ahead: a new code: %v", ahead, err)
		}
		for _, access := range []seal.Secret{next.Access, nextBlind.Access} {
			if _, err := d.Tokens.VerifyAccess(t.Context(), access, ""); err != nil {
				t.Errorf("clock %v ahead: access token of a new sign-in: %v", ahead, err)
			}
		}
	}
}
