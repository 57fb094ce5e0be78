package managedlogin_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const phone = "+15550001111"

// mfaWorld is a world whose pool has that mode and those second factors.
func mfaWorld(t *testing.T, mode userpool.MFAMode, factors ...string) *world {
	t.Helper()
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		has := func(f string) bool { return slices.Contains(factors, f) }
		s.SMS = &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"}
		s.MFA = userpool.MFA{Mode: mode, SMS: has(user.SMSMFA), Email: has(user.EmailOTP), TOTP: new(has(user.SoftwareTokenMFA))}
	})
	w.user(alice, good)
	return w
}

// signIn sends alice's password and returns the page that follows.
func (w *world) signIn(b *visitor) *answer {
	w.t.Helper()
	return b.get("/login"+w.query("prompt", "login")).submit("username", alice, "password", good)
}

// turnOn turns factors of alice on. preferred may be "".
func (w *world) turnOn(preferred string, factors ...string) {
	w.t.Helper()
	var changes []user.FactorChange
	for _, f := range factors {
		changes = append(changes, user.FactorChange{Factor: f, On: true, Preferred: f == preferred})
	}
	must(w.t, w.Users.SetMFA(w.t.Context(), w.Pool, w.MustFind(alice).Sub, changes))
}

func TestSetUpAnAppAndSignInWithIt(t *testing.T) {
	w := mfaWorld(t, "ON", user.SoftwareTokenMFA)
	b := w.browser()
	page := w.signIn(b).wantPage(200, "Connect an authenticator app", "<svg", "Type the key instead")
	secret := page.form().Get("secret")
	link := page.Link("Open an app on this device")
	if u, err := url.Parse(link); err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/test:"+alice || u.Query().Get("secret") != secret || u.Query().Get("issuer") != "test" {
		t.Errorf("the link is %q, want otpauth: with the issuer test, the account and the secret %q", link, secret)
	}
	page.wantPage(200, secret[:4]+" "+secret[4:8])
	code := enginetest.TOTP(t, secret, w.Now())
	page.submit("code", "").wantPage(200, "Fill in every field.", secret)
	page = page.submit("code", enginetest.WrongCode(code).Reveal(), "deviceName", "my phone").wantPage(200, "Connect an authenticator app", "The code is not right.", `value="my phone"`)
	if got := page.form().Get("secret"); got != secret {
		t.Errorf("after a wrong code the page has the secret %q, want %q again", got, secret)
	}
	page.submit("code", " "+code.Reveal()[:3]+" "+code.Reveal()[3:]).wantCode()
	page.submit("code", code.Reveal()).wantPage(200, "was sent before")

	page = w.signIn(b).wantPage(200, "Enter your code", "my phone").wantNot("Send another code")
	page.submit("code", code.Reveal()).wantPage(200, "This code was used before.", "my phone")
	w.Advance(time.Minute)
	code = enginetest.TOTP(t, secret, w.Now())
	page.submit("code", enginetest.WrongCode(code).Reveal()).wantPage(200, "The code is not right.", "my phone").
		submit("code", code.Reveal()).wantCode()
}

func TestChooseWhatToSetUp(t *testing.T) {
	w := mfaWorld(t, "ON", user.SMSMFA, user.SoftwareTokenMFA)
	b := w.browser()
	choice := w.signIn(b).wantPage(200, "Set up a second proof", "A code by text message", "A code from an authenticator app").wantNot("A code by e-mail")
	choice.submit("answer", user.SoftwareTokenMFA).wantPage(200, "Connect an authenticator app", alice)

	ask := w.signIn(b).submit("answer", user.SMSMFA).wantPage(200, "Where do we send your codes?", "Phone number")
	ask.submit("address", "").wantPage(200, "Fill in every field.")
	ask.submit("address", "0123").wantPage(200, "Invalid phone number format.", `value="0123"`)
	page := ask.submit("address", phone).wantPage(200, "Enter your code", "+*******1111")
	if w.MustFind(alice).Attributes["phone_number"] != "" {
		t.Error("the number is stored before the code came back")
	}
	page.submit("code", w.code()).wantCode()
	if u := w.MustFind(alice); u.Attributes["phone_number"] != phone || !u.Verified("phone_number") || !u.Security.MFA.SMS {
		t.Errorf("stored %v, %+v; want the number, verified, and SMS on", u.Attributes, u.Security.MFA)
	}
	w.signIn(b).wantPage(200, "Enter your code", "+*******1111").submit("code", w.code()).wantCode()
}

// A person whose address is the only way to a new password sets the factor up with
// that address, and types none.
func TestSetUpWithTheAddressOfTheUser(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		s.MFA = userpool.MFA{Mode: userpool.MFARequired, Email: true}
		s.Recovery = []userpool.RecoveryOption{{Name: "verified_email", Priority: 1}}
	})
	w.user(alice, good)
	w.signIn(w.browser()).wantPage(200, "Enter your code", "a***@e***").submit("code", w.code()).wantCode()
	if !w.MustFind(alice).Security.MFA.Email {
		t.Error("the code did not turn the factor on")
	}
}

func TestSignInWithASentCode(t *testing.T) {
	w := mfaWorld(t, "OPTIONAL", user.SMSMFA, user.EmailOTP)
	b := w.browser()
	w.signIn(b).wantCode()
	w.turnOn("", user.EmailOTP)
	page := w.signIn(b).wantPage(200, "Enter your code", "a***@e***", "Send another code")
	first := w.code()
	page.submit("code", "").wantPage(200, "Fill in every field.", "a***@e***")
	page.submit("code", enginetest.WrongCode(w.MustCode(alice)).Reveal()).wantPage(200, "The code is not right.", "a***@e***")
	again := page.submitNth(1).wantPage(200, "We sent you another code.", "a***@e***")
	if second := w.code(); second != first { // by chance, one time in a million
		again.submit("code", first).wantPage(200, "The code is not right.")
	}
	page.submit("code", first).wantPage(200, "was sent before", "Sign in")
	again.submit("code", w.code()).wantCode()
	b.get("/login"+w.query()).wantPage(200, "Continue as "+alice)
}

func TestChooseTheSecondFactor(t *testing.T) {
	w := mfaWorld(t, "OPTIONAL", user.SMSMFA, user.EmailOTP, user.SoftwareTokenMFA)
	w.MustEdit(alice, func(u *user.User) { u.Attributes["phone_number"] = phone })
	w.turnOn("", user.SMSMFA, user.EmailOTP)
	b := w.browser()
	choice := w.signIn(b).wantPage(200, "Choose how to go on", "A code by text message", "A code by e-mail").wantNot("authenticator")
	choice.submit("answer", "MAGIC").wantPage(200, "Choose one of the ways below.", `name="cognitoSignInForm"`)
	choice.submit("answer", user.SMSMFA).wantPage(200, "Enter your code", "+*******1111").submit("code", w.code()).wantCode()
	choice.submit("answer", user.SMSMFA).wantPage(200, "was sent before")
}

// Without a code the person can try again: with the password, or from the page for
// the code.
func TestSentCodeWhenMailIsDown(t *testing.T) {
	w := mfaWorld(t, "OPTIONAL", user.EmailOTP)
	w.turnOn("", user.EmailOTP)
	b := w.browser()
	down := fault.New(fault.Unavailable, "x", "secret detail")
	w.Outbox.FailWith(down)
	w.signIn(b).wantPage(200, "The code could not be sent.", `name="cognitoSignInForm"`).wantNot("secret detail")
	w.Outbox.FailWith(nil)
	page := w.signIn(b).wantPage(200, "Enter your code")
	w.Outbox.FailWith(down)
	page = page.submitNth(1).wantPage(200, "The code could not be sent.", "Enter your code")
	page.submit("code", w.code()).wantCode()
}

// Five wrong codes lock the factor for a second, and the page says so.
func TestTooManyWrongCodes(t *testing.T) {
	w := mfaWorld(t, "OPTIONAL", user.EmailOTP)
	w.turnOn("", user.EmailOTP)
	page := w.signIn(w.browser())
	for range 5 {
		page = page.submit("code", enginetest.WrongCode(w.MustCode(alice)).Reveal()).wantPage(200, "The code is not right.")
	}
	page = page.submit("code", w.code()).wantPage(200, "Too many wrong codes.").wantNot("Password attempts exceeded")
	w.Advance(time.Second)
	page.submit("code", w.code()).wantCode()
}

// Each row is a second factor that takes too long, or whose user changes
// meanwhile: the person signs in from the start, and nothing is changed.
func TestSecondFactorIsOver(t *testing.T) {
	app := func(w *world, b *visitor) *answer { return w.signIn(b) }
	tests := []struct {
		name    string
		factors []string
		page    func(*world, *visitor) *answer
		change  func(*world)
		want    string
	}{
		{"the code took too long", []string{user.EmailOTP}, func(w *world, b *visitor) *answer { return w.signIn(b) }, func(w *world) { w.Advance(3 * time.Minute) }, "took too long"},
		{"the set-up took too long", []string{user.SoftwareTokenMFA}, app, func(w *world) { w.Advance(3 * time.Minute) }, "took too long"},
		{"an administrator disabled the user", []string{user.SoftwareTokenMFA}, app, func(w *world) {
			w.Accounts.SetEnabled(w.t.Context(), w.Pool, alice, false)
		}, "User is disabled."},
		{"the pool accepts no apps any more", []string{user.SoftwareTokenMFA, user.SMSMFA}, func(w *world, b *visitor) *answer {
			return w.signIn(b).submit("answer", user.SoftwareTokenMFA)
		}, func(w *world) {
			_, err := w.Pools.SetMFA(w.t.Context(), w.Pool.ID, userpool.MFA{Mode: userpool.MFARequired, Email: true}, userpool.Passkeys{}, nil)
			must(w.t, err)
		}, "is not offered any more"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := mfaWorld(t, "ON", test.factors...)
			b := w.browser()
			page := test.page(w, b)
			test.change(w)
			page.submit("code", "123456").wantPage(200, test.want, `name="cognitoSignInForm"`)
			if s := w.MustFind(alice).Security; s.TOTP != nil || s.MFA.On() != nil {
				t.Errorf("stored %+v, want nothing", s)
			}
		})
	}
}

// A form whose cookie is gone is not acted on: no code is used up or sent.
func TestSecondFactorForms(t *testing.T) {
	w := mfaWorld(t, "OPTIONAL", user.EmailOTP)
	w.turnOn("", user.EmailOTP)
	b := w.browser()
	page := w.signIn(b)
	sent := len(w.Outbox.Sent())
	b.ClearCookies()
	page.submitNth(1).wantPage(403, `name="cognitoSignInForm"`).wantNot(alice)
	page.submit("code", w.code()).wantPage(403, `name="cognitoSignInForm"`).wantNot(w.code())
	if got := len(w.Outbox.Sent()); got != sent {
		t.Errorf("%d messages, want %d", got, sent)
	}
}

// Whoever has no session of the engine learns nothing about a user from the forms
// of second factors, whatever name they put in.
func TestSecondFactorFormsTellNothing(t *testing.T) {
	w := mfaWorld(t, "ON", user.SMSMFA, user.EmailOTP, user.SoftwareTokenMFA)
	sub := string(w.MustFind(alice).Sub)
	b := w.browser()
	for _, step := range []string{"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP", "MFA_SETUP_APP", "MFA_SETUP_ADDRESS"} {
		for _, extra := range [][]string{{}, {"answer", "EMAIL_OTP"}, {"answer", "SMS_MFA", "address", phone}, {"code", "123456"}, {"again", "1"}} {
			try := func(name string) string {
				form := b.get("/login" + w.query()).form()
				form.Set("step", step)
				form.Set("username", name)
				form.Set("session", "AYABeNoSessionOfOurs")
				for i := 0; i < len(extra); i += 2 {
					form.Set(extra[i], extra[i+1])
				}
				body := b.post("/login"+w.query(), form).wantPage(200).wantNot(alice).Body
				return strings.ReplaceAll(xsrf.ReplaceAllString(body, ""), name, "NAME")
			}
			if known, unknown := try(sub), try("3f6c1a52-0000-4000-8000-000000000001"); known != unknown {
				t.Errorf("%s %v: the pages differ:\n%s\n%s", step, extra, known, unknown)
			}
		}
	}
	if len(w.Outbox.Sent()) > 0 {
		t.Error("a form without a session sent a message")
	}
}

// Signing up signs in, but not past a second factor that the pool demands.
func TestSecondFactorAfterSigningUp(t *testing.T) {
	w := mfaWorld(t, "ON", user.SoftwareTokenMFA)
	b := w.browser()
	confirm := b.get("/signup"+w.query()).submit("username", "dan@example.com", "password", good, "confirmPassword", good)
	page := confirm.submit("code", w.code()).wantPage(200, "Connect an authenticator app", "dan@example.com")
	page.submit("code", enginetest.TOTP(t, page.form().Get("secret"), w.Now()).Reveal()).wantCode()
}

// A pool that demands a factor and accepts none tells the person so.
func TestNoSecondFactorIsPossible(t *testing.T) {
	w := mfaWorld(t, "ON")
	w.signIn(w.browser()).wantPage(200, "Please contact an administrator.")
}

// Whoever signs up is asked for a second factor, also where the pool's function
// confirms the account at once.
func TestSecondFactorAfterAnAutomaticConfirmation(t *testing.T) {
	w := mfaWorld(t, "ON", user.SoftwareTokenMFA)
	w.On(userpool.TriggerPreSignUp, func(e enginetest.Event) error {
		e.Respond("autoConfirmUser", true)
		return nil
	})
	b := w.browser()
	page := b.get("/signup"+w.query()).submit("username", "bob@example.com", "password", good, "confirmPassword", good).
		wantPage(200, "Connect an authenticator app")
	b.get("/login" + w.query()).wantPage(200).wantNot("Continue as bob")
	page.submit("code", enginetest.TOTP(t, page.form().Get("secret"), w.Now()).Reveal()).wantCode()
}
