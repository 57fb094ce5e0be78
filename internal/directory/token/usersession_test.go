package token_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var (
	laptop = token.Visitor{Address: "192.0.2.1", UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"}
	phone  = token.Visitor{Address: "2001:db8::1", UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"}
)

// tracker is a pool that tracks sessions, with a client and a user.
type tracker struct {
	*enginetest.Directory
	t     *testing.T
	app   *userpool.Client
	alice *user.User
}

func newTracker(t *testing.T, perUser int) *tracker {
	d := enginetest.New(t, userpool.Settings{})
	x := &tracker{d, t, d.AddClient("app", nil), d.AddUser("alice", nil)}
	x.track(true, perUser)
	return x
}

func (x *tracker) track(on bool, perUser int) {
	x.t.Helper()
	x.Pool = must[*userpool.Pool](x.t)(x.Pools.SetUserSessions(x.t.Context(), x.Pool.ID, on, perUser))
}

// api signs alice in through the API.
func (x *tracker) api(from token.Visitor) *token.Tokens {
	x.t.Helper()
	x.Advance(time.Minute)
	return must[*token.Tokens](x.t)(x.Tokens.IssueForSignIn(x.t.Context(), token.IssueInput{Pool: x.Pool, Client: x.app, User: x.alice, From: from}))
}

// browser signs alice in with a browser. It returns the session's handle.
func (x *tracker) browser(from token.Visitor) seal.Secret {
	x.t.Helper()
	x.Advance(time.Minute)
	handle, _, err := x.Tokens.StartSession(x.t.Context(), token.BrowserSignIn{Pool: x.Pool, Client: x.app, User: x.alice, Provider: userpool.ProviderCognito, From: from})
	wants(x.t, err, nil)
	return handle
}

// code asks for a code with the browser's session.
func (x *tracker) code(handle seal.Secret) seal.Secret {
	x.t.Helper()
	who := must[*token.SignedIn](x.t)(x.Tokens.Session(x.t.Context(), x.Pool, handle))
	req := must[*token.AuthorizationRequest](x.t)(x.Tokens.CheckAuthorization(x.t.Context(), x.Pool, request()))
	target := must[string](x.t)(x.Tokens.Authorize(x.t.Context(), req, *who))
	return seal.Secret(regexp.MustCompile(`code=([^&]+)`).FindStringSubmatch(target)[1])
}

// oauth gets tokens with the browser's session.
func (x *tracker) oauth(handle seal.Secret, from token.Visitor) *token.Tokens {
	x.t.Helper()
	code := x.code(handle)
	x.Advance(time.Minute)
	return must[*token.Tokens](x.t)(x.Tokens.ExchangeCode(x.t.Context(), x.Pool, x.app, token.Exchange{Code: code, RedirectURI: enginetest.Callback, From: from}))
}

func (x *tracker) list() []token.UserSession {
	x.t.Helper()
	return must[[]token.UserSession](x.t)(x.Tokens.UserSessions(x.t.Context(), x.Pool, x.alice.Sub, ""))
}

func (x *tracker) end(s token.UserSession, linked bool) {
	x.t.Helper()
	wants(x.t, x.Tokens.EndUserSession(x.t.Context(), x.Pool, x.alice.Sub, s.ID, linked, ""), nil)
}

// wantLive checks whose refresh tokens still work.
func (x *tracker) wantLive(what string, tokens *token.Tokens, want error) {
	x.t.Helper()
	_, err := x.Tokens.Refresh(x.t.Context(), x.app, token.RefreshInput{Token: tokens.Refresh})
	if wants(x.t, err, want); want != nil {
		_, err = x.Tokens.VerifyAccess(x.t.Context(), tokens.Access, "")
		wants(x.t, err, token.ErrAccessRevoked)
	}
	if x.t.Failed() {
		x.t.Fatal(what)
	}
}

func TestUserSessions(t *testing.T) {
	x := newTracker(t, 0)
	started := x.Now().Add(time.Minute)
	handle := x.browser(laptop)
	tokens := x.oauth(handle, laptop)
	x.api(phone)
	list := x.list()
	if len(list) != 3 {
		t.Fatalf("%d sessions, want a browser's and two with refresh tokens", len(list))
	}
	api, oauth, sso := list[0], list[1], list[2]
	if !sso.SSO { // the same minute: the order is that of the ids
		oauth, sso = sso, oauth
	}
	for _, s := range list {
		prefix := "tkn"
		if s.SSO {
			prefix = "sso"
		}
		if !regexp.MustCompile(`^` + prefix + `[a-z0-9]{25}$`).MatchString(string(s.ID)) {
			t.Errorf("id %s of a session", s.ID)
		}
		if s.Client != "app" || s.Current {
			t.Errorf("session %+v, want one of the client app, not the caller's", s)
		}
	}
	if api.SSO || api.Origin != "" || api.Activity.Device != "Safari 17 / iOS 17.5" || api.Activity.Address != "2001:db8::1" || !api.Activity.At.Equal(api.Created) {
		t.Errorf("API sign-in %+v", api)
	}
	if oauth.SSO || oauth.Origin != sso.ID || oauth.Activity.Device != "Firefox 128 / Windows 10" {
		t.Errorf("sign-in with the browser %+v, want one whose origin is %s", oauth, sso.ID)
	}
	if !sso.Created.Equal(started) || !sso.Activity.At.Equal(oauth.Created) || sso.Origin != "" {
		t.Errorf("browser session %+v, want one that was used last when its code was exchanged", sso)
	}
	access := must[*token.Access](t)(x.Tokens.VerifyAccess(t.Context(), tokens.Access, ""))
	for _, s := range must[[]token.UserSession](t)(x.Tokens.UserSessions(t.Context(), x.Pool, x.alice.Sub, access.GrantID)) {
		if s.Current != (s.ID == oauth.ID) {
			t.Errorf("session %s is the caller's: %v", s.ID, s.Current)
		}
	}
}

// The caller's own session is known also if its tokens do not name their grant.
func TestTheCurrentSessionWithoutRevocation(t *testing.T) {
	x := newTracker(t, 0)
	x.app = x.AddClient("app", func(c *userpool.Client) { c.Settings.RevocationOff = true })
	access := must[*token.Access](t)(x.Tokens.VerifyAccess(t.Context(), x.api(laptop).Access, ""))
	own := x.list()[0]
	wants(t, x.Tokens.EndUserSession(t.Context(), x.Pool, x.alice.Sub, own.ID, false, access.GrantID), token.ErrOwnSession)
}

func TestARefreshMovesASession(t *testing.T) {
	for name, rotates := range map[string]bool{"plain": false, "rotation": true} {
		t.Run(name, func(t *testing.T) {
			x := newTracker(t, 0)
			if rotates {
				x.app = x.AddClient("app", func(c *userpool.Client) { c.Settings.RefreshRotation = &userpool.RefreshRotation{On: true} })
			}
			tokens := x.oauth(x.browser(laptop), laptop)
			before := x.list()
			x.Advance(time.Hour)
			must[*token.Tokens](t)(x.Tokens.Refresh(t.Context(), x.app, token.RefreshInput{Token: tokens.Refresh, From: phone}))
			after := x.list()
			for _, s := range after {
				want := token.Activity{At: x.Now(), Device: "Safari 17 / iOS 17.5", Address: "2001:db8::1"}
				if s.SSO {
					want = before[slices.IndexFunc(before, func(s token.UserSession) bool { return s.SSO })].Activity
					if rotates { // a plain refresh does not move the browser's
						want.At = x.Now()
					}
				}
				if s.Activity != want {
					t.Errorf("after a refresh: %+v, want %+v", s, want)
				}
			}
		})
	}
}

// What a pool does not track leaves no trace, and a refresh begins no session.
func TestNothingIsKeptWhileTrackingIsOff(t *testing.T) {
	x := newTracker(t, 0)
	x.track(false, 1)
	handle := x.browser(laptop)
	tokens, bare := x.api(laptop), x.oauth(handle, laptop)
	_, err := x.Tokens.UserSessions(t.Context(), x.Pool, x.alice.Sub, "")
	wants(t, err, token.ErrSessionsOff)
	wants(t, x.Tokens.EndUserSession(t.Context(), x.Pool, x.alice.Sub, "tkn", false, ""), token.ErrSessionsOff)
	x.track(true, 1)
	for _, tokens := range []*token.Tokens{tokens, bare} {
		must[*token.Tokens](t)(x.Tokens.Refresh(t.Context(), x.app, token.RefreshInput{Token: tokens.Refresh, From: laptop}))
	}
	if list := x.list(); len(list) != 0 {
		t.Errorf("sessions from before: %+v, want none", list)
	}
	tracked := x.api(laptop)
	x.track(false, 1)
	x.Advance(time.Minute)
	must[*token.Tokens](t)(x.Tokens.Refresh(t.Context(), x.app, token.RefreshInput{Token: tracked.Refresh, From: phone}))
	x.track(true, 1)
	if list := x.list(); len(list) != 1 || list[0].Activity.Address != laptop.Address {
		t.Errorf("sessions %+v, want one that was last used before tracking was off", list)
	}
}

func TestEndUserSession(t *testing.T) {
	for name, tt := range map[string]struct {
		sso, linked                      bool
		child, sibling, api, browserGone error
	}{
		"a refresh token":         {child: token.ErrRefreshRevoked},
		"a refresh token, linked": {linked: true, child: token.ErrRefreshRevoked, browserGone: token.ErrSessionUnknown},
		"a browser":               {sso: true, browserGone: token.ErrSessionUnknown},
		"a browser, linked":       {sso: true, linked: true, child: token.ErrRefreshRevoked, sibling: token.ErrRefreshRevoked, browserGone: token.ErrSessionUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTracker(t, 0)
			handle := x.browser(laptop)
			sibling, child, api := x.oauth(handle, laptop), x.oauth(handle, phone), x.api(laptop)
			pending := x.code(handle)
			i := slices.IndexFunc(x.list(), func(s token.UserSession) bool {
				return s.SSO == tt.sso && (tt.sso || s.Activity.Address == phone.Address)
			})
			x.end(x.list()[i], tt.linked)
			x.wantLive("the child", child, tt.child)
			x.wantLive("its sibling", sibling, tt.sibling)
			x.wantLive("the API's", api, tt.api)
			_, err := x.Tokens.Session(t.Context(), x.Pool, handle)
			wants(t, err, tt.browserGone)
			_, err = x.Tokens.ExchangeCode(t.Context(), x.Pool, x.app, token.Exchange{Code: pending, RedirectURI: enginetest.Callback})
			if tt.sso && tt.linked {
				wants(t, err, token.ErrCodeUnknown)
			} else {
				wants(t, err, nil)
			}
		})
	}
}

func TestEndUserSessionRefusals(t *testing.T) {
	x := newTracker(t, 0)
	own := must[*token.Access](t)(x.Tokens.VerifyAccess(t.Context(), x.api(laptop).Access, ""))
	id := x.list()[0].ID
	bob := x.AddUser("bob", nil)
	for _, tt := range []struct {
		name string
		sub  user.Sub
		id   token.SessionID
		want error
	}{
		{"the caller's own", x.alice.Sub, id, token.ErrOwnSession},
		{"unknown", x.alice.Sub, "tkn0000000000000000000000000", token.ErrUserSessionUnknown},
		{"none", x.alice.Sub, "", token.ErrUserSessionUnknown},
		{"another user's", bob.Sub, id, token.ErrUserSessionUnknown},
		{"the id of the grant", x.alice.Sub, token.SessionID(own.GrantID), token.ErrUserSessionUnknown},
	} {
		wants(t, x.Tokens.EndUserSession(t.Context(), x.Pool, tt.sub, tt.id, true, own.GrantID), tt.want)
	}
	if len(x.list()) != 1 {
		t.Error("a refused call ended the session")
	}
	x.end(x.list()[0], false)
	wants(t, x.Tokens.EndUserSession(t.Context(), x.Pool, x.alice.Sub, id, false, ""), token.ErrUserSessionUnknown)
}

func TestTheLeastRecentlyUsedSessionMakesRoom(t *testing.T) {
	x := newTracker(t, 2)
	first, second := x.api(laptop), x.api(laptop)
	x.Advance(time.Minute)
	x.wantLive("the first", first, nil) // uses it, so that the second one was not used for longest
	third := x.api(phone)
	x.wantLive("the second", second, token.ErrRefreshRevoked)
	x.wantLive("the first", first, nil)
	x.track(true, 1)
	x.wantLive("the third, after the limit was lowered", third, nil)
	handle := x.browser(laptop)
	fourth := x.oauth(handle, laptop)
	x.wantLive("the first", first, token.ErrRefreshRevoked)
	x.wantLive("the third", third, token.ErrRefreshRevoked)
	x.wantLive("the fourth", fourth, nil)
}

func TestRevokeAlsoEndsTheBrowserSession(t *testing.T) {
	for name, tt := range map[string]struct {
		linked, on bool
		want       error
	}{
		"alone":        {on: true},
		"linked":       {linked: true, on: true, want: token.ErrSessionUnknown},
		"tracking off": {linked: true},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTracker(t, 0)
			handle := x.browser(laptop)
			one, sibling := x.oauth(handle, laptop), x.oauth(handle, laptop)
			x.track(tt.on, 0)
			for range 2 {
				wants(t, x.Tokens.Revoke(t.Context(), x.app, one.Refresh, tt.linked), nil)
			}
			x.wantLive("the token", one, token.ErrRefreshRevoked)
			x.wantLive("its sibling", sibling, nil)
			_, err := x.Tokens.Session(t.Context(), x.Pool, handle)
			wants(t, err, tt.want)
		})
	}
	x := newTracker(t, 0)
	api := x.api(laptop)
	wants(t, x.Tokens.Revoke(t.Context(), x.app, api.Refresh, true), nil)
	x.wantLive("a token without a browser session", api, token.ErrRefreshRevoked)
}

func TestHowLongAClientAcceptsABrowserSession(t *testing.T) {
	for name, tt := range map[string]struct {
		on       bool
		minutes  int // -1: not set
		age      time.Duration
		accepted bool
	}{
		"default":               {true, -1, time.Hour - time.Second, true},
		"default, over":         {true, -1, time.Hour, false},
		"never":                 {true, 0, 0, false},
		"shorter":               {true, 5, 5*time.Minute - time.Second, true},
		"shorter, over":         {true, 5, 5 * time.Minute, false},
		"longer":                {true, 129_600, 90*24*time.Hour - time.Second, true},
		"longer, over":          {true, 129_600, 90 * 24 * time.Hour, false},
		"tracking off":          {false, 0, time.Hour - time.Second, true},
		"tracking off, default": {false, 129_600, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTracker(t, 0)
			if tt.minutes >= 0 {
				must[*userpool.Client](t)(x.Pools.SetClientSSO(t.Context(), x.Pool, "app", tt.minutes))
			}
			x.track(tt.on, 0)
			handle := x.browser(laptop)
			x.Advance(tt.age)
			req := must[*token.AuthorizationRequest](t)(x.Tokens.CheckAuthorization(t.Context(), x.Pool, request()))
			who, err := x.Tokens.Session(t.Context(), x.Pool, handle)
			if got := err == nil && x.Tokens.Suffices(req, *who); got != tt.accepted {
				t.Errorf("accepted after %s: %v (%v), want %v", tt.age, got, err, tt.accepted)
			}
		})
	}
}

// A client that accepts the session for longer keeps it alive for itself alone.
func TestEachClientHasItsOwnPatience(t *testing.T) {
	x := newTracker(t, 0)
	x.AddClient("patient", nil)
	must[*userpool.Client](t)(x.Pools.SetClientSSO(t.Context(), x.Pool, "patient", 600))
	x.track(true, 0)
	handle := x.browser(laptop)
	x.Advance(2 * time.Hour)
	who := must[*token.SignedIn](t)(x.Tokens.Session(t.Context(), x.Pool, handle))
	for client, want := range map[string]bool{"app": false, "patient": true} {
		req := must[*token.AuthorizationRequest](t)(x.Tokens.CheckAuthorization(t.Context(), x.Pool, request("client_id", client)))
		if got := x.Tokens.Suffices(req, *who); got != want {
			t.Errorf("%s accepts a session of two hours: %v, want %v", client, got, want)
		}
	}
}
