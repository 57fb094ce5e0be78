package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// minute returns a time some minutes after now.
func minute(n int) time.Time { return asStored(now.Add(time.Duration(n) * time.Minute)) }

// trackedGrant returns a grant that was used last in a minute and came of the
// browser session parent.
func trackedGrant(c *userpool.Client, u *user.User, used int, parent token.SessionID) *token.Grant {
	g := unsavedGrant(c, u)
	g.Parent, g.Activity = parent, token.Activity{At: minute(used), Device: "Firefox 128 / Linux", Address: "192.0.2.1"}
	return g
}

func trackedBrowser(c *userpool.Client, u *user.User, used int) *token.BrowserSession {
	return &token.BrowserSession{
		Hash: []byte(ids.Token()), Pool: u.Pool, Sub: u.Sub, Provider: "COGNITO", ID: token.SessionID("sso" + ids.UUID()), Client: c.ID,
		Activity: token.Activity{At: minute(used), Device: "Safari 17 / iOS 17.5", Address: "2001:db8::1"},
		AuthTime: asStored(now), Created: asStored(now), Expires: asStored(now.Add(time.Hour)),
	}
}

func testUserSessions(t *testing.T, s Store, c *userpool.Client) {
	people := 0
	person := func(t *testing.T) *user.User {
		people++
		return newUser(t, s, c.Pool, fmt.Sprintf("tracked%d", people))
	}
	save := func(t *testing.T, grants ...*token.Grant) {
		for _, g := range grants {
			must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
		}
	}
	t.Run("List", func(t *testing.T) {
		u, other := person(t), person(t)
		live, ended, untracked, theirs, late := trackedGrant(c, u, 1, "sso1"), trackedGrant(c, u, 2, ""), unsavedGrant(c, u), trackedGrant(c, other, 3, ""), trackedGrant(c, u, 4, "")
		late.Expires = asStored(now)
		save(t, live, ended, untracked, theirs, late)
		must(t, s.RevokeGrant(ctx(t), c.Pool, ended.ID, now))
		wantEqual(t, "TrackedGrants", mustGet[[]*token.Grant](t)(s.TrackedGrants(ctx(t), c.Pool, u.Sub, now)), []*token.Grant{live})
		b, bare, old := trackedBrowser(c, u, 1), trackedBrowser(c, u, 0), trackedBrowser(c, u, 2)
		bare.ID, bare.Client, bare.Activity = "", "", token.Activity{}
		old.Expires = asStored(now)
		for _, b := range []*token.BrowserSession{b, bare, old} {
			must(t, s.CreateBrowserSession(ctx(t), b, anybody))
			wantEqual(t, "BrowserSession", mustGet[*token.BrowserSession](t)(browserSession(t, s, b.Hash)), b)
		}
		wantEqual(t, "TrackedBrowserSessions", mustGet[[]*token.BrowserSession](t)(s.TrackedBrowserSessions(ctx(t), c.Pool, u.Sub, now)), []*token.BrowserSession{b})
	})
	t.Run("TheLeastRecentlyUsedGrantsMakeRoom", func(t *testing.T) {
		u, other := person(t), person(t)
		grants := []*token.Grant{trackedGrant(c, u, 5, ""), trackedGrant(c, u, 1, ""), trackedGrant(c, u, 3, ""), trackedGrant(c, u, 2, "")}
		untracked, theirs, next := unsavedGrant(c, u), trackedGrant(c, other, 0, ""), trackedGrant(c, u, 4, "")
		save(t, slices.Concat(grants, []*token.Grant{untracked, theirs})...)
		must(t, s.CreateGrant(ctx(t), next, 3, token.Completion{Check: anybody}))
		for _, g := range []*token.Grant{grants[0], grants[2], untracked, theirs, next} {
			wantRevoked(t, s, g, time.Time{})
		}
		wantRevoked(t, s, grants[1], now)
		wantRevoked(t, s, grants[3], now)
	})
	t.Run("SignInsAtOnceKeepTheLimit", func(t *testing.T) {
		u := person(t)
		race(t, 20, nil, func(int) error {
			return s.CreateGrant(ctx(t), trackedGrant(c, u, 1, ""), 3, token.Completion{Check: anybody})
		})
		if n := len(mustGet[[]*token.Grant](t)(s.TrackedGrants(ctx(t), c.Pool, u.Sub, now))); n != 3 {
			t.Errorf("%d grants stand after twenty sign-ins at once, want 3", n)
		}
		race(t, token.MaxTrackedSessions+10, nil, func(int) error { return s.CreateBrowserSession(ctx(t), trackedBrowser(c, u, 1), anybody) })
		if n := len(mustGet[[]*token.BrowserSession](t)(s.TrackedBrowserSessions(ctx(t), c.Pool, u.Sub, now))); n != token.MaxTrackedSessions {
			t.Errorf("%d tracked browser sessions, want %d", n, token.MaxTrackedSessions)
		}
	})
	t.Run("Use", func(t *testing.T) { testSessionUse(t, s, c, person(t)) })
	t.Run("Redeem", func(t *testing.T) {
		u := person(t)
		b, old, code, g := trackedBrowser(c, u, 1), trackedGrant(c, u, 1, ""), unsavedAuthCode(c, u), trackedGrant(c, u, 9, "")
		must(t, s.CreateBrowserSession(ctx(t), b, anybody))
		save(t, old)
		code.Parent = b.ID
		must(t, s.CreateAuthCode(ctx(t), code, anybody))
		must(t, s.RedeemAuthCode(ctx(t), code.Hash, now, 1, func(got *token.Code) (*token.Grant, error) {
			g.Parent = got.Parent
			return g, nil
		}))
		wantRevoked(t, s, old, now)
		wantRevoked(t, s, g, time.Time{})
		wantUsed(t, s, b, minute(9))
	})
	t.Run("End", func(t *testing.T) { testEndTracked(t, s, c, person(t)) })
}

func wantUsed(t *testing.T, s Store, b *token.BrowserSession, want time.Time) {
	t.Helper()
	if got := mustGet[*token.BrowserSession](t)(browserSession(t, s, b.Hash)).Activity.At; !got.Equal(want) {
		t.Errorf("the browser session was used last at %v, want %v", got, want)
	}
}

func testSessionUse(t *testing.T, s Store, c *userpool.Client, u *user.User) {
	b := trackedBrowser(c, u, 1)
	must(t, s.CreateBrowserSession(ctx(t), b, anybody))
	g := trackedGrant(c, u, 1, b.ID)
	must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
	use := func(minutes, generation int) {
		must(t, s.UseGrant(ctx(t), g, func(got *token.Grant) error {
			got.Activity, got.Generation = token.Activity{At: minute(minutes), Device: "unknown", Address: "192.0.2.2"}, generation
			return nil
		}))
	}
	use(2, 0)
	g.Activity = token.Activity{At: minute(2), Device: "unknown", Address: "192.0.2.2"}
	wantEqual(t, "Grant", mustGet[*token.Grant](t)(s.Grant(ctx(t), c.Pool, g.ID)), g)
	wantUsed(t, s, b, minute(1)) // a refresh without rotation does not move it
	use(3, 1)
	wantUsed(t, s, b, minute(3))
	must(t, s.DeleteBrowserSessions(ctx(t), [][]byte{b.Hash}))
	use(4, 2) // its browser session has ended
}

func testEndTracked(t *testing.T, s Store, c *userpool.Client, u *user.User) {
	type scene struct {
		browser, second     *token.BrowserSession
		child, other, alone *token.Grant
		code, unrelated     *token.Code
	}
	for name, row := range map[string]struct {
		ending func(*scene) token.Ending
		want   error
		ended  func(*scene) []any
	}{
		"a grant":        {func(x *scene) token.Ending { return token.Ending{Grant: x.child.ID} }, nil, func(x *scene) []any { return []any{x.child} }},
		"a grant linked": {func(x *scene) token.Ending { return token.Ending{Grant: x.child.ID, Browser: x.browser.ID} }, nil, func(x *scene) []any { return []any{x.child, x.browser} }},
		"a grant whose browser session has ended": {func(x *scene) token.Ending { return token.Ending{Grant: x.child.ID, Browser: "sso-gone"} }, nil, func(x *scene) []any { return []any{x.child} }},
		"a browser session":                       {func(x *scene) token.Ending { return token.Ending{Browser: x.browser.ID} }, nil, func(x *scene) []any { return []any{x.browser} }},
		"a browser session linked":                {func(x *scene) token.Ending { return token.Ending{Browser: x.browser.ID, Children: true} }, nil, func(x *scene) []any { return []any{x.browser, x.child, x.code} }},
		"an unknown grant":                        {func(x *scene) token.Ending { return token.Ending{Grant: "gone", Browser: x.browser.ID} }, token.ErrUserSessionUnknown, nil},
		"an unknown browser session":              {func(x *scene) token.Ending { return token.Ending{Browser: "sso-gone", Children: true} }, token.ErrUserSessionUnknown, nil},
		"of another user":                         {func(x *scene) token.Ending { return token.Ending{Sub: "nobody", Browser: x.browser.ID, Children: true} }, token.ErrUserSessionUnknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			x := &scene{browser: trackedBrowser(c, u, 1), second: trackedBrowser(c, u, 1), alone: trackedGrant(c, u, 1, ""), code: unsavedAuthCode(c, u), unrelated: unsavedAuthCode(c, u)}
			x.child, x.other = trackedGrant(c, u, 1, x.browser.ID), trackedGrant(c, u, 1, x.second.ID)
			x.code.Parent, x.unrelated.Parent = x.browser.ID, x.second.ID
			must(t, s.CreateBrowserSession(ctx(t), x.browser, anybody))
			must(t, s.CreateBrowserSession(ctx(t), x.second, anybody))
			for _, g := range []*token.Grant{x.child, x.other, x.alone} {
				must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
			}
			must(t, s.CreateAuthCode(ctx(t), x.code, anybody))
			must(t, s.CreateAuthCode(ctx(t), x.unrelated, anybody))
			e := row.ending(x)
			e.Pool = c.Pool
			if e.Sub == "" {
				e.Sub = u.Sub
			}
			wantErr(t, "EndTracked", s.EndTracked(ctx(t), e, now), row.want)
			var ended []any
			if row.ended != nil {
				ended = row.ended(x)
			}
			for _, row := range []any{x.browser, x.second, x.child, x.other, x.alone, x.code, x.unrelated} {
				if got, want := gone(t, s, row), slices.Contains(ended, row); got != want {
					t.Errorf("%T %+v has ended: %v, want %v", row, row, got, want)
				}
			}
			if row.want == nil {
				wantErr(t, "EndTracked again", s.EndTracked(ctx(t), e, now), token.ErrUserSessionUnknown)
			}
		})
	}
	t.Run("one caller ends it", func(t *testing.T) {
		g := trackedGrant(c, u, 1, "")
		must(t, s.CreateGrant(ctx(t), g, 0, token.Completion{Check: anybody}))
		if won := race(t, 20, token.ErrUserSessionUnknown, func(int) error {
			return s.EndTracked(ctx(t), token.Ending{Pool: c.Pool, Sub: u.Sub, Grant: g.ID}, now)
		}); won != 1 {
			t.Errorf("%d callers ended the session, want 1", won)
		}
	})
}

// gone reports whether a grant, a code or a browser session has ended.
func gone(t *testing.T, s Store, row any) bool {
	t.Helper()
	switch row := row.(type) {
	case *token.Grant:
		return !mustGet[*token.Grant](t)(s.Grant(ctx(t), row.Pool, row.ID)).Revoked.IsZero()
	case *token.Code:
		_, err := s.AuthCode(ctx(t), row.Hash)
		return err != nil
	case *token.BrowserSession:
		_, err := browserSession(t, s, row.Hash)
		return err != nil
	}
	t.Fatalf("a %T", row)
	return false
}
