package managedlogin_test

import (
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// leveledWorld is a world whose pool has levels of assurance named one, two, three
// and four. Alice has an authenticator app with the secret.
func leveledWorld(t *testing.T, flows ...string) (w *world, secret string) {
	t.Helper()
	w = newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.Levels = []string{"one", "two", "three", "four"}
		s.MFA = userpool.MFA{Mode: userpool.MFAOptional, TOTP: new(true), Email: true}
		s.FirstFactors, c.AuthFlows = []string{userpool.FirstPassword, userpool.FirstEmail}, flows
	})
	w.user(alice, good)
	return w, w.app()
}

// says fails the test unless the tokens of a code have these claims.
func (w *world) says(code, claims string) {
	w.t.Helper()
	got, err := w.Tokens.ExchangeCode(w.t.Context(), w.Pool, w.client, token.Exchange{Code: seal.Secret(code), RedirectURI: callback})
	must(w.t, err)
	for _, raw := range []seal.Secret{got.ID, got.Access} {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw.Reveal(), ".")[1])
		must(w.t, err)
		if !strings.Contains(string(payload), claims) {
			w.t.Errorf("token %s, want %s", payload, claims)
		}
	}
}

// password signs alice in with the password, whether or not people choose with what
// they begin.
func (b *visitor) password(query string) *answer {
	b.w.t.Helper()
	page := b.get("/login" + query).wantPage(200).wantNot("Continue as")
	if page.form().Has("password") {
		return page.submit("username", alice, "password", good)
	}
	if page = page.submit("username", alice); page.form().Has("answer") {
		page = page.submit("answer", user.ByPassword)
	}
	return page.submit("password", good)
}

// A client that asks for a level gets it. A browser that is signed in at a lower one
// is asked for what lacks, and for no more.
func TestLevelsAtThePages(t *testing.T) {
	for _, flow := range []string{userpool.FlowUserSRP, userpool.FlowUserChoice} {
		w, secret := leveledWorld(t, flow)
		b := w.browser()
		w.says(b.password(w.query()).wantCode(), `"acr":"one","amr":["pwd"]`)
		b.get("/login"+w.query("acr_values", "one unknown")).wantPage(200, "Choose an account", "Continue as")
		b.get("/login"+w.query("acr_values", "unknown")).wantPage(200, "Choose an account", "Continue as")

		four := w.query("acr_values", "unknown four", "prompt", "none")
		if to := b.get("/login" + four).WantRedirect(callback + "?").Query(); to.Get("error") != "login_required" {
			t.Errorf("prompt=none at a lower level: %v, want login_required", to)
		}
		page := b.get("/login"+w.query("acr_values", "unknown four")).wantPage(200, "Confirm that it is you", "Continue as "+alice, "Use another account")
		page = page.submit().wantPage(200, "Enter your code")
		page.submit("code", "000000").wantPage(200, "The code is not right")
		w.says(page.submit("code", enginetest.TOTP(t, secret, w.Now()).Reveal()).wantCode(), `"acr":"four","amr":["pwd","otp","mfa"]`)
		w.says(b.get("/login"+four).wantCode(), `"acr":"four"`)
		b.get("/login"+w.query("acr_values", "one")).wantPage(200, "Choose an account")

		w.Advance(time.Minute)
		b.get("/login" + w.query("acr_values", "four", "max_age", "30")).wantPage(200).wantNot("Continue as")
		b.get("/login"+w.query("acr_values", "four", "max_age", "300")).wantPage(200, "Choose an account")
	}
}

// What a browser has proved counts only while it may: the client wants it young, or
// wants it anew.
func TestStepUpBeginsAnew(t *testing.T) {
	w, _ := leveledWorld(t, userpool.FlowUserSRP)
	b := w.browser()
	b.password(w.query()).wantCode()
	w.Advance(time.Minute)
	asked := b.get("/login"+w.query("acr_values", "four", "max_age", "300")).wantPage(200, "Confirm that it is you")
	b.get("/login"+w.query("acr_values", "four", "max_age", "30")).wantPage(200, `type="password"`).wantNot("Continue as")
	b.get("/login"+w.query("acr_values", "four", "prompt", "login")).wantPage(200, `type="password"`).wantNot("Continue as")
	b.get("/login"+w.query("acr_values", "four", "prompt", "select_account")).wantPage(200, "Confirm that it is you")

	w.Advance(5 * time.Minute)
	asked.submit().wantPage(200, "You are no longer signed in.", `type="password"`)
	page := b.get("/login"+w.query("acr_values", "four")).wantPage(200, "Confirm that it is you")
	w.MustEdit(alice, func(u *user.User) { u.Password.Set = w.Now() })
	page.submit().wantPage(200, "You are no longer signed in.", `type="password"`)
	b.get("/login"+w.query("acr_values", "four")).wantPage(200, `type="password"`).wantNot("Continue as")
	b.get("/login"+w.query("acr_values", "one")).wantPage(200, `type="password"`).wantNot("Continue as")
	b.get("/login"+w.query()).wantPage(200, "Choose an account")
}

// A browser that was signed out on the way, or where somebody else is signed in by
// now, does not go on from what was proved before.
func TestStepUpEndsWithTheSession(t *testing.T) {
	w, secret := leveledWorld(t, userpool.FlowUserSRP)
	w.user("bob@example.com", good)
	code := func() string {
		w.Advance(time.Minute)
		return enginetest.TOTP(t, secret, w.Now()).Reveal()
	}
	b := w.browser()
	b.password(w.query()).wantCode()
	page := b.get("/login"+w.query("acr_values", "four")).submit().wantPage(200, "Enter your code")
	b.get("/login"+w.query("prompt", "login")).submit("username", "bob@example.com", "password", good).wantCode()
	page.submit("code", code()).wantPage(200, "You are no longer signed in.")
	if got := w.sub(b); got != w.MustFind("bob@example.com").Sub {
		t.Errorf("the browser is signed in as %s, want bob", got)
	}

	b = w.browser()
	b.password(w.query()).wantCode()
	page = b.get("/login"+w.query("acr_values", "four")).submit().wantPage(200, "Enter your code")
	must(t, w.Tokens.EndSession(t.Context(), b.handle()))
	page.submit("code", code()).wantPage(200, "You are no longer signed in.", `type="password"`)
	b.get("/login" + w.query()).wantPage(200).wantNot("Continue as")
}

// sub returns whom the browser would go on as.
func (w *world) sub(b *visitor) user.Sub {
	w.t.Helper()
	return user.Sub(b.get("/login" + w.query()).form().Get("continue"))
}

// handle returns what the browser's cookie of the session has.
func (b *visitor) handle() seal.Secret {
	b.w.t.Helper()
	r := httptest.NewRequest("GET", b.w.origin, nil)
	for _, c := range b.Cookies(b.w.origin) {
		r.AddCookie(c)
	}
	handles := site.SessionHandles(r)
	if len(handles) != 1 {
		b.w.t.Fatalf("the browser has %d sessions, want one", len(handles))
	}
	return handles[0]
}

// Where people choose with what they begin, whoever began with a code is asked for the
// password, and whoever began with the password may take a passkey.
func TestStepUpWithAFirstFactor(t *testing.T) {
	w, _ := leveledWorld(t, userpool.FlowUserChoice)
	b := w.browser()
	b.get("/login"+w.query()).submit("username", alice).submit("answer", user.EmailOTP).submit("code", w.code()).wantCode()
	page := b.get("/login"+w.query("acr_values", "three")).submit().wantPage(200, `type="password"`, alice).wantNot("No account yet?")
	page.submit("password", "").wantPage(200, "Fill in every field.")
	page.submit("password", "wrong").wantPage(200, "Incorrect username or password.", `type="password"`)
	page.submit("username", "bob@example.com", "password", good).wantPage(200, "Please sign in again.")
	w.says(page.submit("password", good).wantCode(), `"acr":"three","amr":["email_otp","pwd","mfa"]`)

	w = passkeyWorld(t, func(s *userpool.Settings) { s.Levels = []string{"one", "two", "three", "four"} })
	b, d := w.browser(), w.withPasskey()
	b.password(w.query()).wantCode()
	page = b.get("/login"+w.query("acr_values", "three")).submit().wantPage(200, "Use your passkey").wantNot("Sign in another way")
	w.says(page.submit("credential", string(d.Get(page.options()))).wantCode(), `"acr":"three","amr":["pwd","swk","mfa"]`)
	// A code that is no second factor in the pool does not go on from the password.
	must(t, w.SignIns.RemovePasskey(t.Context(), w.MustFind(alice), d.ID))
	b = w.browser()
	b.password(w.query()).wantCode()
	page = b.get("/login"+w.query("acr_values", "two")).wantPage(200, "Sign in").wantNot("Continue as").submit("username", alice)
	w.says(page.submit("answer", user.EmailOTP).submit("code", w.code()).wantCode(), `"acr":"two","amr":["email_otp"]`)

	w = passkeyWorld(t, func(s *userpool.Settings) {
		s.Levels, s.MFA = []string{"one", "two", "three", "four"}, userpool.MFA{Mode: userpool.MFAOptional, Email: true, TOTP: new(true)}
	})
	b, _, _ = w.browser(), w.withPasskey(), w.app()
	w.name(b, alice).submit("answer", user.EmailOTP).submit("code", w.code()).wantCode()
	page = b.get("/login"+w.query("acr_values", "three")).submit().wantPage(200, "Choose how to sign in", ">Passkey<", ">Password<").wantNot("A code by e-mail")
	page.submit("answer", user.EmailOTP).wantPage(200, "Choose one of the ways below.")
	page.submit("answer", user.ByPassword).submit("password", good).wantCode()
}

// A pool that demands a second factor by now asks for it a browser that is signed in
// without. To set one up the person signs in from the start.
func TestStepUpToWhatThePoolDemands(t *testing.T) {
	w := mfaWorld(t, userpool.MFAOptional, user.SoftwareTokenMFA)
	secret := w.app()
	b := w.browser()
	w.signIn(b).wantCode()
	w.demand(userpool.MFARequired)
	if to := b.get("/login" + w.query("prompt", "none")).WantRedirect(callback + "?").Query(); to.Get("error") != "login_required" {
		t.Errorf("prompt=none without the second factor: %v, want login_required", to)
	}
	page := b.get("/login"+w.query()).wantPage(200, "Confirm that it is you").submit().wantPage(200, "Enter your code")
	page.submit("code", enginetest.TOTP(t, secret, w.Now()).Reveal()).wantCode()
	b.get("/login" + w.query("prompt", "none")).wantCode()

	w = mfaWorld(t, userpool.MFAOptional, user.SoftwareTokenMFA)
	b = w.browser()
	w.signIn(b).wantCode()
	w.demand(userpool.MFARequired)
	b.get("/login"+w.query()).wantPage(200, `type="password"`).wantNot("Continue as")
}

// app gives alice an authenticator app, and returns its secret.
func (w *world) app() string {
	w.t.Helper()
	app, err := w.SignIns.AssociateTOTP(w.t.Context(), w.Pool, w.MustFind(alice))
	must(w.t, err)
	must(w.t, w.SignIns.VerifyTOTP(w.t.Context(), w.Pool, w.MustFind(alice), enginetest.TOTP(w.t, app.Reveal(), w.Now()), ""))
	w.Advance(time.Minute)
	return app.Reveal()
}

// demand changes when the pool asks for a second factor.
func (w *world) demand(mode userpool.MFAMode) {
	w.t.Helper()
	_, err := w.Pools.UpdatePool(w.t.Context(), w.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.MFA.Mode = mode
		return nil
	})
	must(w.t, err)
}

// Where people choose, those ways are offered from which the level can be reached.
func TestLevelDecidesWhatIsOffered(t *testing.T) {
	w, _ := leveledWorld(t, userpool.FlowUserChoice)
	b := w.browser()
	b.get("/login"+w.query()).submit("username", alice).wantPage(200, "A code by e-mail", ">Password<")
	b.get("/login"+w.query("acr_values", "two")).submit("username", alice).wantPage(200, "A code by e-mail", ">Password<")
	b.get("/login"+w.query("acr_values", "four")).submit("username", alice).wantPage(200, `type="password"`).wantNot("A code by e-mail")
}

// Whoever can't reach the level is told so, and is not signed in.
func TestLevelThatNobodyReaches(t *testing.T) {
	for _, flow := range []string{userpool.FlowUserSRP, userpool.FlowUserChoice} {
		w, _ := leveledWorld(t, flow)
		w.user("bob@example.com", good)
		b := w.browser()
		form := b.get("/login" + w.query("acr_values", "four")).form()
		form.Set("username", "bob@example.com")
		form.Set("password", "wrong")
		b.post("/login"+w.query("acr_values", "four"), form).wantPage(200, "Incorrect username or password.").wantNot("stronger proof")
		form.Set("password", good)
		b.post("/login"+w.query("acr_values", "four"), form).wantPage(200, "asks for a stronger proof of who you are")
		b.get("/login" + w.query()).wantNot("Continue as")
		w.says(b.post("/login"+w.query("acr_values", "four one"), form).wantCode(), `"acr":"one"`)
	}
}
