package managedlogin_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
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
		s.MFA = userpool.MFA{Mode: userpool.MFAOptional, TOTP: new(true)}
		s.FirstFactors, c.AuthFlows = []string{userpool.FirstPassword, userpool.FirstEmail}, flows
	})
	w.user(alice, good)
	app, err := w.SignIns.AssociateTOTP(t.Context(), w.Pool, w.MustFind(alice))
	must(t, err)
	must(t, w.SignIns.VerifyTOTP(t.Context(), w.Pool, w.MustFind(alice), enginetest.TOTP(t, app.Reveal(), w.Now()), ""))
	w.Advance(time.Minute)
	return w, app.Reveal()
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

// A client that asks for a level gets it, also from a browser that is signed in at
// a lower one.
func TestLevelsAtThePages(t *testing.T) {
	for _, flow := range []string{userpool.FlowUserSRP, userpool.FlowUserChoice} {
		w, secret := leveledWorld(t, flow)
		b := w.browser()
		password := func(query string) *answer {
			page := b.get("/login" + query).wantPage(200).wantNot("Continue as")
			if flow == userpool.FlowUserSRP {
				return page.submit("username", alice, "password", good)
			}
			if page = page.submit("username", alice); page.form().Has("answer") {
				page = page.submit("answer", user.ByPassword)
			}
			return page.submit("password", good)
		}
		w.says(password(w.query()).wantCode(), `"acr":"one","amr":["pwd"]`)
		b.get("/login"+w.query("acr_values", "one unknown")).wantPage(200, "Continue as")
		b.get("/login"+w.query("acr_values", "unknown")).wantPage(200, "Continue as")

		four := w.query("acr_values", "unknown four", "prompt", "none")
		if to := b.get("/login" + four).WantRedirect(callback + "?").Query(); to.Get("error") != "login_required" {
			t.Errorf("prompt=none at a lower level: %v, want login_required", to)
		}
		page := password(w.query("acr_values", "unknown four")).wantPage(200, "Enter your code")
		w.says(page.submit("code", enginetest.TOTP(t, secret, w.Now()).Reveal()).wantCode(), `"acr":"four","amr":["pwd","otp","mfa"]`)
		w.says(b.get("/login"+four).wantCode(), `"acr":"four"`)
		b.get("/login"+w.query("acr_values", "one")).wantPage(200, "Continue as")

		w.Advance(time.Minute)
		b.get("/login" + w.query("acr_values", "four", "max_age", "30")).wantPage(200).wantNot("Continue as")
		b.get("/login"+w.query("acr_values", "four", "max_age", "300")).wantPage(200, "Continue as")
	}
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
