package managedlogin_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var recoveryCode = regexp.MustCompile(`\b[a-z2-9]{4}(-[a-z2-9]{4}){3}\b`)

// recoveryWorld is a world whose pool demands an app and has recovery codes.
func recoveryWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		s.MFA, s.RecoveryCodes = userpool.MFA{Mode: userpool.MFARequired, TOTP: new(true)}, 3
	})
	w.user(alice, good)
	return w
}

// Whoever sets up a second factor is shown recovery codes once, and can sign in with
// one of them.
func TestRecoveryCodesAtThePages(t *testing.T) {
	w := recoveryWorld(t)
	b := w.browser()
	page := w.signIn(b).wantPage(200, "Connect an authenticator app")
	secret := page.form().Get("secret")
	page = page.submit("code", enginetest.TOTP(t, secret, w.Now()).Reveal()).wantPage(200, "Your recovery codes", "Print this page, or copy")
	codes := recoveryCode.FindAllString(page.Body, -1)
	if len(codes) != 3 {
		t.Fatalf("the page shows %d codes, want 3", len(codes))
	}
	page.submit().wantCode()
	b.get("/login" + w.query()).submit().wantCode() // they are shown once

	page = w.signIn(b).wantPage(200, "Enter your code", "Use a recovery code").submitNth(1).wantPage(200, "Use a recovery code", "Each works once.")
	page.submit("code", "").wantPage(200, "Fill in every field.", "Recovery code")
	page.submit("code", "123456").wantPage(200, "The recovery code is not right")
	page.submit("code", "aaaa-bbbb-cccc-dddd").wantPage(200, "The recovery code is not right")
	page = page.submit("code", strings.ToUpper(codes[0])).wantPage(200, "You used a recovery code", "You have 2 recovery codes left.")
	b.pressCode(page, "skip").wantCode()
	w.signIn(b).submitNth(1).submit("code", codes[0]).wantPage(200, "The recovery code is not right")

	// A wrong code of the app keeps the offer.
	w.signIn(b).submit("code", "000000").wantPage(200, "The code is not right", "Use a recovery code").submitNth(1).
		submit("code", codes[1]).wantPage(200, "You have one recovery code left.")
	page = w.signIn(b).submitNth(1).submit("code", codes[2]).wantPage(200, "You have no recovery codes left.")
	page = b.pressCode(page, "again").wantPage(200, "Your recovery codes")
	if fresh := recoveryCode.FindAllString(page.Body, -1); len(fresh) != 3 || fresh[0] == codes[0] {
		t.Errorf("got %v, want three new codes", fresh)
	}
	page.submit().wantCode()
	if left := w.MustFind(alice).RecoveryCodesLeft(w.Pool); left != 3 {
		t.Errorf("%d codes left, want 3", left)
	}
}

// Applications send people to the page of the codes. Without a second factor in the
// session it shows and makes none.
func TestRecoveryCodesOnDemand(t *testing.T) {
	w := recoveryWorld(t)
	secret := w.app()
	w.turnOn("", user.SoftwareTokenMFA)
	b := w.browser()
	codesPage := "/recoverycodes?client_id=" + string(w.client.ID) + "&redirect_uri=" + callback + "&state=1"
	result := func(a *answer, want string) {
		t.Helper()
		if got := a.WantRedirect(callback + "?").Query(); got.Get("result") != want || got.Get("state") != "1" {
			t.Errorf("got %v, want the result %s", got, want)
		}
	}
	result(b.get(codesPage), "invalid_session")
	page := w.signIn(b).submit("code", enginetest.TOTP(t, secret, w.Now()).Reveal()).wantPage(200, "Your recovery codes") // alice had none
	page.submit().wantCode()
	page = b.get(codesPage).wantPage(200, "You have 3 recovery codes left.", "those that are left stop working")
	result(b.pressCode(page, "skip"), "cancelled")
	made := b.pressCode(page, "again").wantPage(200, "Your recovery codes")
	result(made.submit(), "success")

	before := w.MustFind(alice).Security.RecoveryCodes
	w.Advance(time.Second)
	must(t, w.Tokens.EndSession(t.Context(), b.handle()))
	result(b.pressCode(page, "again"), "invalid_session")
	w.demand(userpool.MFAOptional)
	must(t, w.Users.SetMFA(t.Context(), w.Pool, w.MustFind(alice).Sub, []user.FactorChange{{Factor: user.SoftwareTokenMFA}}))
	w.signIn(b).wantCode() // with the password alone
	w.turnOn("", user.SoftwareTokenMFA)
	result(b.get(codesPage), "invalid_session")
	result(b.pressCode(page, "again"), "invalid_session")
	if got := w.MustFind(alice).Security.RecoveryCodes; !got.Made.Equal(before.Made) {
		t.Error("a session without the second factor has made codes")
	}

	w = newWorld(t, nil)
	w.browser().get(codesPage).wantPage(403, "No recovery codes here")
}

// pressCode presses one of the two buttons of the page of recovery codes.
func (v *visitor) pressCode(page *answer, button string) *answer {
	v.w.t.Helper()
	form := page.form()
	form.Del(map[string]string{"again": "skip", "skip": "again"}[button])
	return &answer{v.Post(page.Forms()[0].Action, form), v.w.t}
}
