package managedlogin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/userpool"
)

const fresh = "Another-Horse-8"

// Each row is a person whose page went out of date. None is told of a failure
// after typing a password and left there: each row ends with the application,
// or with the page that the person asked for.
func TestPagesThatAreOutOfDate(t *testing.T) {
	const stale = "This page was open for too long"
	tests := []struct {
		name string
		do   func(t *testing.T, w *world, b *visitor)
	}{
		{"the cookies were cleared before the password", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			b.ClearCookies()
			page.submit("username", alice, "password", good).wantPage(403, stale, `value="`+alice+`"`, "to continue to Wiki").wantNot(good).
				submit("password", good).wantCode()
		}},
		{"the page was open for a day", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			w.Advance(24 * time.Hour)
			page.submit("username", alice, "password", good).wantCode()
		}},
		{"the server was restarted", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			w.restart()
			page.submit("username", alice, "password", good).wantCode()
		}},
		{"two pages were opened at once", func(t *testing.T, w *world, b *visitor) {
			first := b.get("/login" + w.query())
			b.ClearCookies() // the second page was asked for before the first one's cookie came
			second := b.get("/login" + w.query())
			first.submit("username", alice, "password", good).wantPage(403, stale).submit("password", good).wantCode()
			second.submit("username", alice, "password", good).wantCode()
		}},
		{"another page signed in meanwhile", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			b.get("/login"+w.query()).submit("username", "bob@example.com", "password", good).wantCode()
			page.submit("username", alice, "password", good).wantCode()
			b.get("/login"+w.query()).wantPage(200, "Continue as "+alice)
		}},
		{"back to the sign-in page after success", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			page.submit("username", alice, "password", good).wantCode()
			page.submit("username", alice, "password", good).wantCode() // "send the form again"
			b.get("/login"+w.query()).wantPage(200, "Continue as "+alice).submit().wantCode()
		}},
		{"the session ended while the choice was shown", func(t *testing.T, w *world, b *visitor) {
			b.get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
			choice := b.get("/login"+w.query()).wantPage(200, "Continue as "+alice)
			w.Advance(2 * time.Hour)
			choice.submit().wantPage(200, "You are no longer signed in.").submit("username", alice, "password", good).wantCode()
		}},
		{"somebody else signed in while the choice was shown", func(t *testing.T, w *world, b *visitor) {
			b.get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
			choice := b.get("/login" + w.query())
			b.get("/login"+w.query("prompt", "login")).submit("username", "bob@example.com", "password", good).wantCode()
			choice.submit().wantPage(200, "has changed since this page was opened", "Continue as bob@example.com").submit().wantCode()
		}},
		{"choosing the new password took too long", func(t *testing.T, w *world, b *visitor) {
			page := w.temporary(b)
			w.Advance(20 * time.Minute)
			page.submit("password", fresh, "confirmPassword", fresh).wantPage(200, "took too long", `name="cognitoSignInForm"`).
				submit("username", "carol@example.com", "password", "Temporary-1!").wantPage(200, "Choose a new password").
				submit("password", fresh, "confirmPassword", fresh).wantCode()
		}},
		{"the cookies were cleared before the new password", func(t *testing.T, w *world, b *visitor) {
			page := w.temporary(b)
			b.ClearCookies()
			page.submit("password", fresh, "confirmPassword", fresh).wantPage(403, stale, `name="cognitoSignInForm"`).wantNot(fresh).
				submit("username", "carol@example.com", "password", "Temporary-1!").
				submit("password", fresh, "confirmPassword", fresh).wantCode()
		}},
		{"the new password was sent twice", func(t *testing.T, w *world, b *visitor) {
			page := w.temporary(b)
			page.submit("password", fresh, "confirmPassword", fresh).wantCode()
			page.submit("password", fresh, "confirmPassword", fresh).wantPage(200, "was sent before", "Continue as carol@example.com").submit().wantCode()
		}},
		{"the cookies were cleared before signing up", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/signup" + w.query())
			b.ClearCookies()
			page.submit("username", "dan@example.com", "password", good, "confirmPassword", good).wantPage(403, stale, "Sign up", `value="dan@example.com"`).wantNot(good).
				submit("password", good, "confirmPassword", good).wantPage(200, "Confirm your account").
				submit("code", w.code()).wantCode()
		}},
		{"the cookies were cleared before confirming", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/signup"+w.query()).submit("username", "dan@example.com", "password", good, "confirmPassword", good)
			b.ClearCookies()
			page.submit("code", w.code()).wantPage(403, stale, "Confirm your account", `value="dan@example.com"`).
				submit("code", w.code()).wantPage(200, "You can sign in now.", `value="dan@example.com"`).
				submit("password", good).wantCode()
		}},
		{"the cookies were cleared before another code was asked for", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/signup"+w.query()).submit("username", "dan@example.com", "password", good, "confirmPassword", good)
			w.Outbox.Clear()
			b.ClearCookies()
			again := page.submitNth(1).wantPage(403, stale, "Confirm your account")
			if len(w.Outbox.Sent()) > 0 {
				t.Error("a form that was out of date sent a message")
			}
			again.submitNth(1).wantPage(200, "We sent you another code.")
		}},
		{"the confirmation was sent twice", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/signup"+w.query()).submit("username", "dan@example.com", "password", good, "confirmPassword", good)
			code := w.code()
			page.submit("code", code).wantCode()
			page.submit("code", code).wantPage(200, "needs no confirmation", "Continue as dan@example.com").submit().wantCode()
		}},
		{"the cookies were cleared before asking for a code", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/forgotPassword" + w.query())
			b.ClearCookies()
			again := page.submit("username", alice).wantPage(403, stale, `value="`+alice+`"`)
			if len(w.Outbox.Sent()) > 0 {
				t.Error("a form that was out of date sent a message")
			}
			again.submit().wantPage(200, "Choose a new password")
		}},
		{"the cookies were cleared before the reset", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/forgotPassword"+w.query()).submit("username", alice)
			b.ClearCookies()
			page.submit("code", w.code(), "password", fresh, "confirmPassword", fresh).wantPage(403, stale, "a***@e***").wantNot(fresh).
				submit("code", w.code(), "password", fresh, "confirmPassword", fresh).wantPage(200, "Password changed")
		}},
		{"the reset was sent twice", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/forgotPassword"+w.query()).submit("username", alice)
			code := w.code()
			page.submit("code", code, "password", fresh, "confirmPassword", fresh).wantPage(200, "Password changed")
			back := page.submit("code", code, "password", fresh, "confirmPassword", fresh).wantPage(200).Link("Back to signing in")
			b.get(back).submit("username", alice, "password", fresh).wantCode()
		}},
		{"the app client was changed meanwhile", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			_, err := w.Pools.UpdateClient(t.Context(), w.Pool, w.client.ID, func(c *userpool.Client) error {
				c.Settings.CallbackURLs = []string{"https://wiki.example.com/elsewhere"}
				return nil
			})
			must(t, err)
			page.submit("username", alice, "password", good).wantPage(400, "not one of the app client's callback URLs", "Open the application and start again")
		}},
		{"the browser keeps no cookies", func(t *testing.T, w *world, b *visitor) {
			page := b.get("/login" + w.query())
			for range 3 {
				b.ClearCookies()
				page = page.submit("username", alice, "password", good).wantPage(403, "allow cookies for this address")
			}
		}},
		{"a form of another site", func(t *testing.T, w *world, b *visitor) {
			form := b.get("/login" + w.query()).form()
			again := b.post("/login"+w.query(), form, "Sec-Fetch-Site", "cross-site").wantPage(403).Link("Try again")
			if again != origin+"/login"+w.query() {
				t.Errorf("the button leads to %q, want the same page: %q", again, origin+"/login"+w.query())
			}
			b.get(again).submit("username", alice, "password", good).wantCode()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.user(alice, good)
			w.user("bob@example.com", good)
			tt.do(t, w, w.browser())
		})
	}
}

// temporary signs carol in with the temporary password that an administrator
// gave her, and returns the page that asks for a new one.
func (w *world) temporary(b *visitor) *answer {
	w.t.Helper()
	_, err := w.Accounts.Invite(w.t.Context(), w.Pool, account.Invitation{Username: "carol@example.com", TemporaryPassword: "Temporary-1!", Silent: true})
	must(w.t, err)
	return b.get("/login"+w.query()).submit("username", "carol@example.com", "password", "Temporary-1!").wantPage(200, "Choose a new password")
}

func TestConfirmingTwiceLeadsToSignIn(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	page := b.get("/signup"+w.query()).submit("username", alice, "password", good, "confirmPassword", good)
	page.submit("code", w.code()).wantCode()
	page.submit("code", "000000").wantPage(200, "needs no confirmation", "Continue as "+alice).submit().wantCode()
	page.submitNth(1).wantPage(200, "needs no confirmation", "Continue as "+alice)
	b.ClearCookies()
	page.submitNth(1).wantPage(403).submitNth(1).wantPage(200, "needs no confirmation", `name="cognitoSignInForm"`)
}

// A client that hides its users, in a pool where nobody can sign up, does not
// say that an account exists; the page has the link to go on.
func TestConfirmingTwiceTellsNothing(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) { s.AdminCreateOnly = true })
	w.user(alice, good)
	b := w.browser()
	form := b.get("/confirm" + w.query())
	back := form.submit("username", alice, "code", "000000").wantPage(200, "Confirm your account").wantNot("needs no confirmation").Link("Back to signing in")
	b.get(back).wantPage(200, `name="cognitoSignInForm"`)
}

// Each address can be opened by hand: with the authorization request it shows a
// form, without it a page that says what to do, and it redirects to no place
// that the request names.
func TestBookmarks(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range paths {
		got := w.browser().get(path + w.query())
		if len(got.wantPage(200).Forms()) == 0 {
			t.Errorf("%s: no form:\n%s", path, got.Body)
		}
		w.browser().get(path).wantPage(400, "Start from your application", "Open the application")
		w.browser().get(path+"?redirect_uri="+url.QueryEscape("https://evil.example.com/")).wantPage(400, "Start from your application").wantNot("evil")
		w.browser().get(path + w.query("redirect_uri", "https://evil.example.com/")).wantPage(400).wantNot(`href="https://evil`)
	}
	if len(w.Outbox.Sent()) > 0 {
		t.Error("opening a page sent a message")
	}
}

// A program that sends a form without the token is not shown what it sent, and
// learns from the status that nothing was done.
func TestStaleFormOfAProgram(t *testing.T) {
	w := newWorld(t, nil)
	form := url.Values{"username": {alice}, "destination": {"call 555-0100"}, "code": {"123456"}, "password": {good}, "confirmPassword": {good}}
	for _, path := range paths {
		w.browser().post(path+w.query(), form).wantPage(http.StatusForbidden).wantNot(alice, "555-0100", "123456", good)
	}
}

// Each page that tells people to try again has the button for it, which leads
// to the same page.
func TestFailuresHaveAWayOn(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		s.AdminCreateOnly, s.Recovery = true, []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}}
	})
	b := w.browser()
	huge := b.get("/login" + w.query()).form()
	huge.Set("password", strings.Repeat("x", 70<<10))
	tests := []struct {
		got         *answer
		label, want string
	}{
		{b.post("/login"+w.query(), huge), "Try again", "/login" + w.query()},
		{b.get("/signup" + w.query()), "Back to signing in", "/login" + w.query()},
		{b.get("/forgotPassword" + w.query()), "Back to signing in", "/login" + w.query()},
		{b.get("/confirmforgotPassword" + w.query()), "Back to signing in", "/login" + w.query()},
	}
	for _, tt := range tests {
		if got := tt.got.Link(tt.label); got != origin+tt.want {
			t.Errorf("%s: %q leads to %q, want %q", tt.got.URL.Path, tt.label, got, origin+tt.want)
		}
	}
}
