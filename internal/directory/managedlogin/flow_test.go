package managedlogin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/forge"
)

const (
	alice = "alice@example.com"
	good  = "Correct-Horse-7"
)

var xsrf = regexp.MustCompile(`name="_csrf" value="[^"]*"`)

func TestSignIn(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	b := w.browser()
	page := b.get("/login"+w.query()).wantPage(200, "Sign in", "to continue to Wiki", "E-mail address", "Forgot your password?", "Sign up")
	page.submit("username", " "+alice+" ", "password", good).wantCode()

	b.get("/login"+w.query()).wantPage(200, "Continue as "+alice).submit().wantCode()
	b.get("/login" + w.query("prompt", "none")).wantCode()
	b.get("/login" + w.query("prompt", "login")).wantPage(200).wantNot("Continue as alice")
	w.Advance(time.Minute)
	b.get("/login" + w.query("max_age", "30")).wantPage(200).wantNot("Continue as alice")
	w.Advance(time.Hour)
	b.get("/login" + w.query()).wantPage(200).wantNot("Continue as alice")
}

// Each row is an authorization request of a browser in which alice is signed
// in. OpenID Connect Core §3.1.2.1.
func TestPromptsOfASignedInBrowser(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	w.user("bob@example.com", good)
	tests := []struct {
		name  string
		query string
		want  string // "choose": continue as alice or use another account; "password": the password again; "code": no page
	}{
		{"no prompt", w.query(), "choose"},
		{"select_account", w.query("prompt", "select_account"), "choose"},
		{"consent", w.query("prompt", "consent"), "choose"},
		{"login", w.query("prompt", "login"), "password"},
		{"login and select_account", w.query("prompt", "login select_account"), "password"},
		{"none", w.query("prompt", "none"), "code"},
		{"too old for max_age", w.query("max_age", "30"), "password"},
		{"young enough for max_age", w.query("max_age", "300"), "choose"},
		{"too old for max_age, select_account", w.query("max_age", "30", "prompt", "select_account"), "password"},
		{"another provider", w.query("identity_provider", "Elsewhere"), "password"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			b.get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
			w.Advance(time.Minute)
			got := b.get("/login" + tt.query)
			switch tt.want {
			case "code":
				got.wantCode()
			case "choose":
				got.wantPage(200, "Continue as "+alice, "Use another account").wantNot(`type="password"`)
				got.submit().wantCode()
				got.follow("Use another account").wantPage(200, `type="password"`).submit("username", "bob@example.com", "password", good).wantCode()
				b.get("/login"+w.query()).wantPage(200, "Continue as bob@example.com")
			case "password":
				got.wantPage(200, `type="password"`).wantNot("Continue as").submit("username", alice, "password", good).wantCode()
			}
		})
	}
}

// Every page says it if anybody may have registered the application, and where it
// leads. The browser's session alone is not enough for it.
func TestAnUnvouchedApplicationIsNamedAsSuch(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	stranger := w.MustNewClient(userpool.NewClient{ID: "notes0000000000000000000aa", Name: "Your Bank", GenerateSecret: true, Settings: w.client.Settings, Origin: userpool.Untried})
	says := []string{"“Your Bank” registered itself", "nobody has checked whose application it is", "wiki.example.com learns who you are"}
	q := w.query("client_id", string(stranger.ID))
	for _, path := range paths {
		w.browser().get(path+q).wantPage(200, says...)
		w.browser().get(path + w.query()).wantPage(200).wantNot("registered itself")
	}
	b := w.browser()
	b.get("/login"+q).submit("username", alice, "password", "wrong").wantPage(200, says...).submit("username", alice, "password", good).wantCode()
	b.get("/login"+q).wantPage(200, append(says, "Continue as "+alice)...).submit().wantCode()
	unchecked := "Nobody has checked the application"
	for _, wrong := range [][2]string{{"prompt", "none"}, {"response_type", "x"}, {"scope", "none/such"}} {
		b.get("/login"+w.query("client_id", string(stranger.ID), wrong[0], wrong[1])).wantPage(400, unchecked)
	}
	w.browser().get("/passkeys/add"+q).wantPage(400, unchecked)
	native := w.MustNewClient(userpool.NewClient{ID: "editor000000000000000000aa", Name: "Editor", GenerateSecret: true, Origin: userpool.Untried, Settings: userpool.ClientSettings{
		OAuth: true, Grants: []string{"code"}, Scopes: []string{"openid"}, CallbackURLs: []string{"editor:bank.example.com/x"}, Providers: []string{userpool.ProviderCognito},
	}})
	w.browser().get("/login"+w.query("client_id", string(native.ID), "redirect_uri", "editor:bank.example.com/x")).wantPage(200, "the program that opens “editor:” links learns who you are")
}

// A client says for how long it accepts the browser session. Another client's
// answer is its own.
func TestAClientThatAlwaysAsksAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	pool, err := w.Pools.SetUserSessions(t.Context(), w.Pool.ID, true, 5)
	must(t, err)
	patient := w.MustNewClient(userpool.NewClient{ID: "blog00000000000000000000aa", Name: "Blog", Settings: w.client.Settings})
	for id, minutes := range map[userpool.ClientID]int{w.client.ID: 0, patient.ID: 24 * 60} {
		_, err := w.Pools.SetClientSSO(t.Context(), pool, id, minutes)
		must(t, err)
	}
	b := w.browser()
	done := b.get("/login"+w.query()).submit("username", alice, "password", good)
	done.wantCode()
	if cookies := strings.Join(done.Header.Values("Set-Cookie"), "; "); !strings.Contains(cookies, "Max-Age=86400") {
		t.Errorf("cookies %q, want one that lasts as long as the most patient client accepts it", cookies)
	}
	b.get("/login"+w.query()).wantPage(200, `type="password"`).wantNot("Continue as")
	to := b.get("/login" + w.query("prompt", "none")).WantRedirect(callback + "?").Query()
	if to.Get("error") != "login_required" {
		t.Errorf("prompt=none: %v, want login_required", to)
	}
	w.Advance(23 * time.Hour)
	b.get("/login"+w.query("client_id", string(patient.ID))).wantPage(200, "Continue as "+alice).submit().wantCode()
	w.Advance(time.Hour)
	b.get("/login"+w.query("client_id", string(patient.ID))).wantPage(200, `type="password"`).wantNot("Continue as")
}

func TestSignInUnderAnIssuer(t *testing.T) {
	w := newWorld(t, nil)
	w.base = "/us-east-1_Test00001"
	w.user(alice, good)
	b := w.browser()
	b.get("/login"+w.query()).wantPage(200, `action="/us-east-1_Test00001/login?`, `href="/us-east-1_Test00001/signup?`).
		submit("username", alice, "password", good).wantCode()
}

func TestSignInRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	w.user("bob@example.com", good)
	must(t, w.Accounts.SetEnabled(t.Context(), w.Pool, "bob@example.com", false))
	tests := []struct{ name, user, password, want string }{
		{"wrong password", alice, "wrong", "Incorrect username or password."},
		{"nobody", "mallory@example.com", good, "Incorrect username or password."},
		{"disabled", "bob@example.com", good, "User is disabled."},
		{"disabled, wrong password", "bob@example.com", "wrong", "Incorrect username or password."},
		{"no password", alice, "", "Fill in every field."},
		{"no name", "", good, "Fill in every field."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			answer := b.get("/login"+w.query()).submit("username", tt.user, "password", tt.password).wantPage(200, tt.want)
			for _, c := range answer.Header.Values("Set-Cookie") {
				if strings.HasPrefix(c, "cognito") {
					t.Errorf("Set-Cookie = %q after a refusal", c)
				}
			}
			if tt.password != "" {
				answer.wantNot(tt.password)
			}
		})
	}
}

func TestLockout(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	page := w.browser().get("/login" + w.query())
	for range 5 {
		page.submit("username", alice, "password", "wrong").wantPage(200)
	}
	page.submit("username", alice, "password", good).wantPage(200, "Password attempts exceeded")
	w.Advance(time.Hour)
	page.submit("username", alice, "password", good).wantCode()
}

// A form must come from our own page.
func TestForgedForms(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	victim, stranger := w.browser(), w.browser()
	values := victim.get("/login" + w.query()).form()
	values.Set("username", alice)
	values.Set("password", good)
	with := func(key, value string) url.Values {
		v := url.Values{}
		for k := range values {
			v.Set(k, values.Get(k))
		}
		v.Set(key, value)
		return v
	}
	tests := []struct {
		name    string
		browser *visitor
		form    url.Values
		header  []string
		want    string
	}{
		{"no cookie", stranger, values, nil, "open for too long"},
		{"no token", victim, with("_csrf", ""), nil, "open for too long"},
		{"other token", victim, with("_csrf", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), nil, "open for too long"},
		{"other site", victim, values, []string{"Sec-Fetch-Site", "cross-site"}, "was not sent from this page"},
		{"sibling host", victim, values, []string{"Sec-Fetch-Site", "same-site"}, "was not sent from this page"},
		{"other origin", victim, values, []string{"Origin", "https://evil.example.com"}, "was not sent from this page"},
		{"no origin", victim, values, []string{"Origin", "null"}, "was not sent from this page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range paths {
				// What was typed is shown only to a browser that vouches for the form.
				got := tt.browser.post(path+w.query(), tt.form, tt.header...).wantPage(http.StatusForbidden, tt.want).wantNot(alice, good)
				if cookies := got.Header.Values("Set-Cookie"); strings.Contains(strings.Join(cookies, ","), "cognito") {
					t.Errorf("%s: Set-Cookie = %q after a refusal", path, cookies)
				}
			}
		})
	}
	if len(w.Outbox.Sent()) > 0 {
		t.Error("a forged form sent a message")
	}
	victim.post("/login"+w.query(), values).wantCode() // a program that sends no Origin
}

// An empty cookie is no cookie.
func TestForgedFormWithEmptyCookie(t *testing.T) {
	w := newWorld(t, nil)
	form := url.Values{"_csrf": {""}, "username": {"a"}, "password": {"b"}}
	w.browser().post("/login"+w.query(), form, "Cookie", "XSRF-TOKEN=").wantPage(http.StatusForbidden)
}

// Nobody is sent to an address that the application has not registered, and
// the request is checked again with the form.
func TestBadRequests(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	tests := []struct{ name, key, value, want string }{
		{"other address", "redirect_uri", "https://evil.example.com/", "redirect_mismatch"},
		{"longer address", "redirect_uri", callback + "/x", "redirect_mismatch"},
		{"other client", "client_id", "nobody", "does not exist"},
		{"no client", "client_id", "", "client_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			page := b.get("/login" + w.query())
			b.get("/login"+w.query(tt.key, tt.value)).wantPage(http.StatusBadRequest, tt.want)
			values := page.form()
			values.Set("username", alice)
			values.Set("password", good)
			b.post("/login"+w.query(tt.key, tt.value), values).wantPage(http.StatusBadRequest, tt.want)
		})
	}
	answer := w.browser().get("/login" + w.query("response_type", "both"))
	if got := answer.Header.Get("Location"); answer.Status != 302 || !strings.HasPrefix(got, callback+"?error=invalid_request") {
		t.Errorf("status %d to %q, want the callback with invalid_request", answer.Status, got)
	}
}

func TestSilentSignInWithoutSession(t *testing.T) {
	w := newWorld(t, nil)
	answer := w.browser().get("/login" + w.query("prompt", "none"))
	if got := answer.Header.Get("Location"); !strings.HasPrefix(got, callback+"?error=login_required") {
		t.Errorf("Location = %q, want the callback with login_required", got)
	}
}

// Going on as who is signed in takes a session, and none of another pool.
func TestContinueTakesASession(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	b := w.browser()
	form := b.get("/login" + w.query()).form()
	form.Set("continue", "true")
	b.post("/login"+w.query(), form).wantPage(200, "Password").wantNot("Continue as alice")

	b.get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
	b.post("/login"+w.query("prompt", "login"), form).wantPage(200, "Password").wantNot("Continue as alice")

	other, err := w.Pools.CreatePool(t.Context(), "us-east-1_Guests001", "us-east-1", "Guests", standardSettings())
	must(t, err)
	client, err := w.Pools.CreateClient(t.Context(), other, userpool.NewClient{Name: "Wiki", Settings: w.client.Settings})
	must(t, err)
	w.base = "/" + string(other.ID)
	b.get("/login"+w.query("client_id", string(client.ID))).wantPage(200, "Password").wantNot("Continue as alice")
	b.post("/login"+w.query("client_id", string(client.ID)), form).wantPage(200, "Password")
}

func TestHintAndUnknownProvider(t *testing.T) {
	w := newWorld(t, nil)
	w.browser().get("/login"+w.query("login_hint", alice)).wantPage(200, `value="`+alice+`"`)
	w.browser().get("/login"+w.query("identity_provider", "Elsewhere")).wantPage(200, "Login option is not available.")
	w.browser().get("/login" + w.query("identity_provider", "COGNITO")).wantNot("Login option")
}

func TestNewPasswordRequired(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		s.Schema = []userpool.Attribute{{Name: "given_name", Type: "String", Required: true, Mutable: true, MaxLength: "40"}}
	})
	_, err := w.Accounts.Invite(t.Context(), w.Pool, account.Invitation{Username: alice, TemporaryPassword: "Temporary-1!", Silent: true})
	must(t, err)
	b := w.browser()
	page := b.get("/login"+w.query()).submit("username", alice, "password", "Temporary-1!").wantPage(200, "Choose a new password", "Given name", "At least 8 characters")
	const name = "requiredAttributes[given_name]"
	page.submit("password", good, "confirmPassword", good+"x", name, "Alice").wantPage(200, "The two passwords are not the same.", `value="Alice"`)
	page.submit("password", "short", "confirmPassword", "short", name, "Alice").wantPage(200, "Password does not conform to policy")
	page.submit("password", good, "confirmPassword", good, name, "").wantPage(200, "given_name")
	page.submit("password", good, "confirmPassword", good, name, "Alice", "session", "forged").wantPage(200, "Something went wrong", `name="cognitoSignInForm"`)
	page.submit("password", good, "confirmPassword", good, name, "Alice", "session", "").wantPage(200, "Something went wrong", `name="cognitoSignInForm"`)
	page.submit("password", good, "confirmPassword", good, name, "Alice").wantCode()
	page.submit("password", "Another-Horse-8", "confirmPassword", "Another-Horse-8", name, "Alice").wantPage(200, "Something went wrong")
	w.browser().get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
}

func TestSignUp(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	page := b.get("/signup"+w.query()).wantPage(200, "Sign up", "E-mail address")
	page.submit("username", alice, "password", good, "confirmPassword", "x").wantPage(200, "The two passwords are not the same.", `value="`+alice+`"`)
	page.submit("username", alice, "password", "short", "confirmPassword", "short").wantPage(200, "Password did not conform with policy")
	page.submit("username", "alice", "password", good, "confirmPassword", good).wantPage(200, "Username should be an email.")
	confirm := page.submit("username", alice, "password", good, "confirmPassword", good).wantPage(200, "Confirm your account", "a***@e***")
	page.submit("username", alice, "password", good, "confirmPassword", good).wantPage(200, "User already exists")
	confirm.submit("code", forge.Text(w.code())).wantPage(200, "Invalid verification code provided")
	confirm.submitNth(1).wantPage(200, "We sent you another code.")
	code := w.code()
	confirm.submit("code", " "+code[:3]+" "+code[3:]+" ").wantCode()
	w.browser().get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
}

func TestSignUpAsksForWhatThePoolNeeds(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.UsernameAttributes, s.AliasAttributes = nil, []string{"email"}
		s.Schema = []userpool.Attribute{{Name: "family_name", Type: "String", Required: true, Mutable: true}}
	})
	b := w.browser()
	page := b.get("/signup"+w.query()).wantPage(200, "Username", "E-mail address", "Family name").wantNot("Username or e-mail")
	confirm := page.submit("username", "alice", "requiredAttributes[email]", alice, "requiredAttributes[family_name]", "Example", "password", good, "confirmPassword", good)
	confirm.wantPage(200, "Confirm your account").submit("code", w.code()).wantCode()
	w.browser().get("/login"+w.query()).wantPage(200, "Username or e-mail address").submit("username", alice, "password", good).wantCode()
}

// The code alone signs nobody in: only the browser that knows the password.
func TestConfirmInAnotherBrowserSignsNobodyIn(t *testing.T) {
	w := newWorld(t, nil)
	first := w.browser()
	confirm := first.get("/signup"+w.query()).submit("username", alice, "password", good, "confirmPassword", good)
	proof := confirm.form().Get("session")
	if proof == "" {
		t.Fatal("the browser that signed up got no proof")
	}
	other := w.browser()
	form := other.get("/confirm"+w.query()).wantPage(200, "E-mail address").form()
	form.Set("username", alice)
	form.Set("code", w.code())
	form.Set("session", proof)
	other.post("/confirm"+w.query(), form).wantPage(200, "Your account is confirmed. You can sign in now.")
}

func TestConfirmedTooLateSignsNobodyIn(t *testing.T) {
	w := newWorld(t, nil)
	confirm := w.browser().get("/signup"+w.query()).submit("username", alice, "password", good, "confirmPassword", good)
	w.Advance(2 * time.Hour)
	confirm.submit("code", w.code()).wantPage(200, "You can sign in now.")
}

func TestUnconfirmedUserConfirmsAtSignIn(t *testing.T) {
	w := newWorld(t, nil)
	_, _, err := w.Accounts.SignUp(t.Context(), w.Pool, w.client, account.SignUp{Username: alice, Password: good})
	must(t, err)
	b := w.browser()
	b.get("/login"+w.query()).submit("username", alice, "password", "wrong").wantPage(200).wantNot("Confirm your account")
	confirm := b.get("/login"+w.query()).submit("username", alice, "password", good).wantPage(200, "Confirm your account")
	confirm.submit("code", w.code()).wantCode()
}

func TestSignUpWithoutAWayToConfirm(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) { s.AutoVerified = nil })
	w.browser().get("/signup"+w.query()).submit("username", alice, "password", good, "confirmPassword", good).wantPage(200, "an administrator must confirm it")
}

func TestSignUpWhenMailIsDown(t *testing.T) {
	w := newWorld(t, nil)
	w.Outbox.FailWith(fault.New(fault.Unavailable, "x", "secret detail"))
	confirm := w.browser().get("/signup"+w.query()).submit("username", alice, "password", good, "confirmPassword", good)
	confirm.wantPage(200, "Confirm your account", "The code could not be sent.").wantNot("secret detail")
	w.Outbox.FailWith(nil)
	confirm.submitNth(1).wantPage(200, "We sent you another code.").submit("code", w.code()).wantCode()
}

func TestSignUpClosed(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) { s.AdminCreateOnly = true })
	b := w.browser()
	login := b.get("/login" + w.query()).wantNot("Sign up")
	b.get("/signup"+w.query()).wantPage(http.StatusForbidden, "SignUp is not permitted")
	form := login.form()
	form.Set("username", alice)
	form.Set("password", good)
	b.post("/signup"+w.query(), form).wantPage(200, "SignUp is not permitted")
}

func TestForgotPassword(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	b := w.browser()
	page := b.get("/forgotPassword"+w.query()).wantPage(200, "Forgot your password?")
	page.submit("username", "").wantPage(200, "Fill in every field.")
	reset := page.submit("username", alice).wantPage(200, "Choose a new password", "a***@e***")
	code := w.code()
	reset.submit("code", forge.Text(code), "password", fresh, "confirmPassword", fresh).wantPage(200, "Invalid verification code provided", "a***@e***")
	kept := reset.submit("code", code, "password", fresh, "confirmPassword", "x").wantPage(200, "The two passwords are not the same.", `value="`+code+`"`).wantNot(fresh)
	kept.submit("password", "short", "confirmPassword", "short").wantPage(200, "Password does not conform to policy", `value="`+code+`"`)
	reset.submit("code", code, "password", fresh, "confirmPassword", fresh).wantPage(200, "Password changed")
	reset.submit("code", code, "password", good, "confirmPassword", good).wantPage(200).wantNot("Password changed")
	b.get("/login"+w.query()).wantNot("Continue as alice").submit("username", alice, "password", good).wantPage(200, "Incorrect username or password.")
	b.get("/login"+w.query()).submit("username", alice, "password", fresh).wantCode()
}

// Who asks for a stranger's password learns nothing.
func TestForgotPasswordHidesWhoExists(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	ask := func(name string) string {
		body := w.browser().get("/forgotPassword"+w.query()).submit("username", name).wantPage(200).Body
		body = strings.ReplaceAll(body, name, "NAME")
		return xsrf.ReplaceAllString(body, `name="_csrf"`)
	}
	if known, unknown := ask(alice), ask("annie@elsewhere.example.com"); known != unknown {
		t.Errorf("the pages differ:\n%s\n%s", known, unknown)
	}
}

func TestRecoveryByAdministratorsOnly(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		s.Recovery = []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}}
	})
	w.browser().get("/login" + w.query()).wantNot("Forgot")
	w.browser().get("/forgotPassword"+w.query()).wantPage(http.StatusForbidden, "Contact administrator")
}

func TestResetRequired(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	must(t, w.Accounts.ResetPassword(t.Context(), w.Pool, alice, nil))
	w.browser().get("/login"+w.query()).submit("username", alice, "password", good).wantPage(200, "Choose a new password").
		submit("code", w.code(), "password", fresh, "confirmPassword", fresh).wantPage(200, "Password changed")
}

// Anybody can write a link to the error page.
func TestErrorPageShowsOnlyWhatWeSay(t *testing.T) {
	b := newWorld(t, nil).browser()
	b.get("/error?error=redirect_mismatch&client_id=x").wantPage(http.StatusBadRequest, "redirect_mismatch", "not registered")
	b.get("/error?error="+url.QueryEscape("Call 555-0100 now")).wantPage(http.StatusBadRequest, "This sign-in request").wantNot("555-0100")
}

func TestFailuresTellNoDetail(t *testing.T) {
	w := newWorld(t, nil)
	w.browser().get("/login"+w.query(), "Host", "stranger.example.com").wantPage(http.StatusNotFound, "No user pool answers at this address.")
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range append(slices.Clone(paths), "/error") {
		a := w.browser().get(path + w.query())
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy = %q", path, csp)
		}
		for _, c := range a.Header.Values("Set-Cookie") {
			if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
				t.Errorf("%s: Set-Cookie = %q, want HttpOnly and SameSite=Lax", path, c)
			}
		}
	}
}

// RFC 9700 §4.12, §4.2: the answer to the form with the password makes no browser
// send the form on, and does not tell the application our page's address.
func TestRFC9700NoPasswordGoesOnWithARedirect(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	a := w.browser().get("/login"+w.query()).submit("username", alice, "password", good)
	a.wantCode() // 302, not 307
	if got := a.Header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("Referrer-Policy %q, want no-referrer", got)
	}
}

func TestHeadIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.user(alice, good)
	b := w.browser()
	b.get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
	b.Send(http.MethodHead, b.address("/login"+w.query("prompt", "none")), nil).Want(http.StatusMethodNotAllowed)
}

func TestErrorPageForOthers(t *testing.T) {
	rec := httptest.NewRecorder()
	managedlogin.ErrorPage(rec, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusBadRequest, "This request is not valid", "Start again.", "<b>")
	if body := rec.Body.String(); rec.Code != http.StatusBadRequest || !strings.Contains(body, "&lt;b&gt;") {
		t.Errorf("status %d, body %s; want 400 and the detail as text", rec.Code, body)
	}
}

func TestHugeFormIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	form := b.get("/login" + w.query()).form()
	form.Set("password", strings.Repeat("x", 70<<10))
	b.post("/login"+w.query(), form).wantPage(http.StatusBadRequest, "could not be read")
}
