package managedlogin_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// choiceWorld is a world whose client lets users choose among those first factors.
func choiceWorld(t *testing.T, factors ...string) *world {
	t.Helper()
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.FirstFactors, c.AuthFlows = factors, []string{userpool.FlowUserChoice}
		s.SMS = &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"}
	})
	w.user(alice, good)
	return w
}

// without makes a user without a password, as one who signed up without.
func (w *world) without(name string) {
	w.t.Helper()
	_, _, err := w.Accounts.SignUp(w.t.Context(), w.Pool, w.client, account.SignUp{Username: name, Attributes: map[string]string{"email": name}})
	must(w.t, err)
	must(w.t, w.Accounts.ConfirmSignUp(w.t.Context(), w.Pool, w.client, account.Confirmation{Username: name, Code: seal.Secret(w.code())}))
	w.Outbox.Clear()
}

func (w *world) name(b *visitor, name string) *answer {
	w.t.Helper()
	return b.get("/login"+w.query()).wantPage(200, ">Next<").wantNot(`type="password"`).submit("username", name)
}

func TestChooseWithWhatToSignIn(t *testing.T) {
	w := choiceWorld(t, userpool.FirstPassword, userpool.FirstEmail, userpool.FirstSMS)
	w.MustEdit(alice, func(u *user.User) { u.Attributes["phone_number"] = phone })
	choice := w.name(w.browser(), alice).wantPage(200, "Choose how to sign in", alice, ">Password<", "A code by e-mail", "A code by text message").wantNot("PASSWORD_SRP")
	if len(w.Outbox.Sent()) > 0 {
		t.Error("a code was sent before it was chosen")
	}

	page := choice.submit("answer", user.ByPassword).wantPage(200, `type="password"`, `value="`+alice+`"`, "Forgot your password?", "Sign in another way")
	page = page.submit("password", "wrong").wantPage(200, "Incorrect username or password.", "Sign in another way")
	page.submitNth(1).wantPage(200, "Choose how to sign in")
	page.submit("password", "").wantPage(200, "Fill in every field.", `type="password"`).submit("password", good).wantCode()

	page = choice.submit("answer", signin.EmailOTP).wantPage(200, "Enter your code", "a***@e***", "Send another code", "Sign in another way")
	page = page.submit("code", enginetest.WrongCode(w.MustCode(alice)).Reveal()).wantPage(200, "The code is not right.", "Sign in another way")
	page.submitNth(2).wantPage(200, "Choose how to sign in")
	page = page.submitNth(1).wantPage(200, "We sent you another code.", "Sign in another way")
	page.submit("code", w.code()).wantCode()
	page.submit("code", w.code()).wantPage(200, "was sent before")

	choice.submit("answer", signin.SMSOTP).wantPage(200, "Enter your code", "+*******1111").submit("code", w.code()).wantCode()
	choice.submit("answer", "MAGIC").wantPage(200, "Choose how to sign in")
	choice.submit("answer", user.BySRP).wantPage(200, "Choose how to sign in")
}

// The only factor there is begins at once, and there is no other way to offer.
func TestTheOnlyFirstFactor(t *testing.T) {
	w := choiceWorld(t, userpool.FirstEmail)
	b := w.browser()
	w.name(b, "").wantPage(200, "Fill in every field.")
	w.name(b, alice).wantPage(200, "Enter your code", "a***@e***").wantNot("Sign in another way", "Forgot").submit("code", w.code()).wantCode()
	b.get("/login"+w.query()).wantPage(200, "Continue as "+alice)

	w = choiceWorld(t, userpool.FirstPassword, userpool.FirstSMS)
	w.name(w.browser(), alice).wantPage(200, `type="password"`).wantNot("Sign in another way").submit("password", good).wantCode()
}

// A program that knows the classic form sends both at once.
func TestClassicFormWhereUsersChoose(t *testing.T) {
	w := choiceWorld(t, userpool.FirstPassword, userpool.FirstEmail)
	b := w.browser()
	form := b.get("/login" + w.query()).form()
	form.Set("username", alice)
	form.Set("password", good)
	b.post("/login"+w.query(), form).wantCode()

	w = choiceWorld(t, userpool.FirstEmail) // the password does not sign in here
	b = w.browser()
	form = b.get("/login" + w.query()).form()
	form.Set("username", alice)
	form.Set("password", good)
	b.post("/login"+w.query(), form).wantPage(200, "Choose how to sign in", "A code by e-mail").wantNot(">Password<")
}

// A client without the flow keeps the classic page, as does a pool that allows the
// password alone.
func TestNoChoice(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.FirstFactors, c.AuthFlows = []string{userpool.FirstPassword, userpool.FirstEmail}, []string{userpool.FlowUserSRP}
	})
	w.user(alice, good)
	b := w.browser()
	form := b.get("/login"+w.query()).wantPage(200, `type="password"`).form()
	form.Set("username", alice)
	form.Set("answer", signin.EmailOTP)
	form.Del("password")
	b.post("/login"+w.query(), form).wantPage(200, "Fill in every field.")
	if len(w.Outbox.Sent()) > 0 {
		t.Error("a client without the flow had a code sent")
	}
	choiceWorld(t, userpool.FirstPassword).browser().get("/login"+w.query()).wantPage(200, `type="password"`)
}

// Whether a user exists shows nowhere: the pages for a name that no user has are
// those for a user, step by step.
func TestFirstFactorsTellNothing(t *testing.T) {
	w := choiceWorld(t, userpool.FirstPassword, userpool.FirstEmail)
	nobody := "" // a name that no user has, which is offered what alice is offered
	for i := 0; nobody == ""; i++ {
		name := fmt.Sprintf("%05d@example.com", i)
		if slices.Equal(user.FirstFactors(w.Pool, w.Credentials.Nobody(w.Pool, name)), user.FirstFactors(w.Pool, w.MustFind(alice))) {
			nobody = name
		}
	}
	try := func(name string, steps ...string) string {
		page := w.name(w.browser(), name)
		for i := 0; i+1 < len(steps); i += 2 {
			page = page.wantPage(200).submit(steps[i], steps[i+1])
		}
		body := strings.ReplaceAll(page.wantPage(200).Text(), name, "NAME")
		return blank(strings.ReplaceAll(body, nobody[:1]+"***@e***", "a***@e***"))
	}
	for _, steps := range [][]string{
		{}, {"answer", "PASSWORD"}, {"answer", "PASSWORD", "password", "wrong"}, {"answer", "EMAIL_OTP"},
		{"answer", "EMAIL_OTP", "code", "00000000"},
	} {
		if known, unknown := try(alice, steps...), try(nobody, steps...); known != unknown {
			t.Errorf("%v: the pages differ:\n%s\n%s", steps, known, unknown)
		}
	}
	again := func(name string) string {
		page := w.name(w.browser(), name).submit("answer", "EMAIL_OTP").submitNth(1)
		body := strings.ReplaceAll(page.wantPage(200, "We sent you another code.").Text(), name, "NAME")
		return blank(strings.ReplaceAll(body, nobody[:1]+"***@e***", "a***@e***"))
	}
	if known, unknown := again(alice), again(nobody); known != unknown {
		t.Errorf("another code: the pages differ:\n%s\n%s", known, unknown)
	}
	for _, m := range w.Outbox.Sent() {
		if m.To != alice {
			t.Errorf("a code went to %s", m.To)
		}
	}
}

var sealedSession = regexp.MustCompile(`name="session" value="[^"]*"`)

// blank leaves out of a page what is new each time, but not how long it is.
func blank(body string) string {
	return sealedSession.ReplaceAllStringFunc(xsrf.ReplaceAllString(body, ""), func(s string) string { return strings.Repeat("s", len(s)) })
}

// A client that does not hide whether users exist says so.
func TestFirstFactorOfNobody(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.FirstFactors, c.AuthFlows, c.HideUserExistence = []string{userpool.FirstPassword, userpool.FirstEmail}, []string{userpool.FlowUserChoice}, false
	})
	w.name(w.browser(), "nobody@example.com").wantPage(200, "User does not exist.", ">Next<")
}

// Without a code the person is where they can try again. A client that hides whether
// users exist shows the page for the code all the same.
func TestFirstCodeWhenMailIsDown(t *testing.T) {
	w := choiceWorld(t, userpool.FirstEmail)
	w.Outbox.FailWith(fault.New(fault.Unavailable, "x", "secret detail"))
	w.name(w.browser(), alice).wantPage(200, "Enter your code").wantNot("secret detail")
	_, err := w.Pools.UpdateClient(t.Context(), w.Pool, w.client.ID, func(c *userpool.Client) error {
		c.Settings.HideUserExistence = false
		return nil
	})
	must(t, err)
	w.Outbox.FailWith(fault.New(fault.Unavailable, "x", "secret detail"))
	page := w.name(w.browser(), alice).wantPage(200, "The code could not be sent.", `value="`+alice+`"`, ">Next<").wantNot("secret detail")
	w.Outbox.FailWith(nil)
	page.submit().wantPage(200, "Enter your code").submit("code", w.code()).wantCode()
}

// Each row is a first factor that can't be completed: nobody is signed in.
func TestFirstFactorIsOver(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world)
		want   string
	}{
		{"the code took too long", func(w *world) { w.Advance(3 * time.Minute) }, "took too long"},
		{"an administrator disabled the user", func(w *world) { must(w.t, w.Accounts.SetEnabled(w.t.Context(), w.Pool, alice, false)) }, "User is disabled."},
		{"the pool allows no codes any more", func(w *world) {
			_, err := w.Pools.UpdatePool(w.t.Context(), w.Pool.ID, func(p *userpool.Pool) error {
				p.Settings.FirstFactors = []string{userpool.FirstPassword}
				return nil
			})
			must(w.t, err)
		}, "The code is not right."},
		{"the user has another address", func(w *world) {
			w.MustEdit(alice, func(u *user.User) { u.Attributes["email"] = "mallory@example.com" })
		}, "Please sign in again."},
	}
	for _, test := range tests {
		w := choiceWorld(t, userpool.FirstEmail)
		b := w.browser()
		page := w.name(b, alice)
		code := w.code()
		test.change(w)
		page.submit("code", code).wantPage(200, test.want)
		b.get("/login" + w.query()).wantPage(200).wantNot("Continue as")
	}
}

// After the first factor comes what is due.
func TestFirstFactorThenTheRest(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.FirstFactors, c.AuthFlows = []string{userpool.FirstPassword, userpool.FirstEmail}, []string{userpool.FlowUserChoice}
		s.MFA = userpool.MFA{Mode: userpool.MFAOptional, TOTP: new(true)}
	})
	_, err := w.Accounts.Invite(t.Context(), w.Pool, account.Invitation{Username: "carol@example.com", TemporaryPassword: "Temporary-1!", Silent: true})
	must(t, err)
	w.name(w.browser(), "carol@example.com").wantPage(200, `type="password"`).wantNot("Sign in another way").
		submit("password", "Temporary-1!").wantPage(200, "Choose a new password").
		submit("password", fresh, "confirmPassword", fresh).wantCode()

	_, _, err = w.Accounts.SignUp(t.Context(), w.Pool, w.client, account.SignUp{Username: "dan@example.com", Password: good})
	must(t, err)
	w.name(w.browser(), "dan@example.com").submit("answer", user.ByPassword).submit("password", good).
		wantPage(200, "Confirm your account").submit("code", w.code()).wantCode()
}

func TestSignUpWithoutAPassword(t *testing.T) {
	w := choiceWorld(t, userpool.FirstEmail)
	b := w.browser()
	page := b.get("/signup"+w.query()).wantPage(200, "Sign up").wantNot(`type="password"`).submit("username", "dan@example.com").wantPage(200, "Confirm your account")
	page.submit("code", enginetest.WrongCode(w.MustCode("dan@example.com")).Reveal()).wantPage(200, "Invalid verification code")
	b.get("/login" + w.query()).wantNot("Continue as")
	page.submit("code", w.code()).wantCode()
	if u := w.MustFind("dan@example.com"); u.Password != nil || u.Status != user.Confirmed {
		t.Errorf("stored %+v, want a confirmed user without a password", u)
	}
	w.name(w.browser(), "dan@example.com").wantPage(200, "Enter your code").submit("code", w.code()).wantCode()

	// In another browser the code confirms, and does not sign in.
	page = b.get("/signup"+w.query()).submit("username", "eve@example.com")
	other := w.browser()
	form := other.get("/confirm" + w.query()).form()
	form.Set("username", "eve@example.com")
	form.Set("session", page.form().Get("session"))
	form.Set("code", w.code())
	other.post("/confirm"+w.query(), form).wantPage(200, "You can sign in now.")
}

func TestSignUpWithOrWithoutAPassword(t *testing.T) {
	w := choiceWorld(t, userpool.FirstPassword, userpool.FirstEmail)
	b := w.browser()
	page := b.get("/signup"+w.query()).wantPage(200, "Without a password, you sign in with codes")
	page.submit("username", "dan@example.com").wantPage(200, "Confirm your account").submit("code", w.code()).wantCode()
	page.submit("username", "eve@example.com", "password", good).wantPage(200, "The two passwords are not the same.")
	page.submit("username", "eve@example.com", "password", "x", "confirmPassword", "x").wantPage(200, "Password did not conform")
	page.submit("username", "eve@example.com", "password", good, "confirmPassword", good).submit("code", w.code()).wantCode()
	w.without("fay@example.com")
	w.name(w.browser(), "fay@example.com").wantPage(200, "Enter your code")
}

// A function that confirms a new account proves nothing about its address.
func TestSignUpWithoutAPasswordIsConfirmedAtOnce(t *testing.T) {
	w := choiceWorld(t, userpool.FirstEmail)
	w.On(userpool.TriggerPreSignUp, func(e enginetest.Event) error {
		e.Respond("autoConfirmUser", true)
		return nil
	})
	b := w.browser()
	b.get("/signup"+w.query()).submit("username", "dan@example.com").wantPage(200, "Your account is ready.", ">Next<")
	b.get("/login" + w.query()).wantNot("Continue as")
}

// A pool with user names asks for the address to which the codes go.
func TestSignUpWithoutAPasswordAsksForTheAddress(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.FirstFactors, c.AuthFlows = []string{userpool.FirstEmail}, []string{userpool.FlowUserChoice}
		s.UsernameAttributes, s.AutoVerified = nil, nil
	})
	w.browser().get("/signup"+w.query()).wantPage(200, "E-mail address").submit("username", "dan", "requiredAttributes[email]", "dan@example.com").wantPage(200, "Your account is waiting")
	if got := w.MustFind("dan").Attributes["email"]; got != "dan@example.com" {
		t.Errorf("the address is %q", got)
	}
}

// The pool's function lets a user in who comes with the password of another system.
func TestMigrationWhereUsersChoose(t *testing.T) {
	w := choiceWorld(t, userpool.FirstPassword, userpool.FirstEmail)
	w.On(userpool.TriggerUserMigration, func(e enginetest.Event) error {
		e.Respond("userAttributes", map[string]string{"email": "old@example.com", "email_verified": "true"})
		e.Respond("finalUserStatus", "CONFIRMED")
		return nil
	})
	p := w.name(w.browser(), "old@example.com")
	if strings.Contains(p.Body, `name="answer"`) { // what a name that no user has is offered is made up, but for the password
		p = p.submit("answer", user.ByPassword)
	}
	p.submit("password", good).wantCode()
}
