package managedlogin_test

import (
	"net/url"
	"slices"
	"testing"

	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// counted makes the server note which categories its requests are of, and refuse
// those of one.
func (w *world) counted(refused *string) *[]string {
	var list []string
	w.limit = func(category string) error {
		list = append(list, category)
		if category == *refused {
			return ratelimit.ErrRate
		}
		return nil
	}
	w.restart()
	return &list
}

// Each form counts as the operation of the API that does the same. One that is
// refused does nothing, and can be sent again.
func TestFormsCountAsTheAPI(t *testing.T) {
	w, secret := leveledWorld(t, userpool.FlowUserSRP)
	w.turnOn("", user.SoftwareTokenMFA)
	refused := ""
	list := w.counted(&refused)
	b := w.browser()
	// send sends a form twice: the first time it is refused.
	send := func(category string, page *answer, fields ...string) *answer {
		t.Helper()
		sent := len(w.Outbox.Sent())
		*list, refused = nil, category
		no := page.submit(fields...).wantPage(429, "Too many people at the moment", "Try again")
		if !slices.Equal(*list, []string{category}) || no.Header.Get("Retry-After") == "" || len(w.Outbox.Sent()) != sent {
			t.Errorf("counted as %v, Retry-After %q, %d messages; want %s", *list, no.Header.Get("Retry-After"), len(w.Outbox.Sent())-sent, category)
		}
		refused = ""
		return page.submit(fields...)
	}
	page := send(ratelimit.UserAuthentication, b.get("/login"+w.query()), "username", alice, "password", good).wantPage(200, "Enter your code")
	send(ratelimit.UserAuthenticationAnswers, page, "code", enginetest.TOTP(t, secret, w.Now()).Reveal()).wantCode()
	send(ratelimit.UserAuthentication, b.get("/login"+w.query())).wantCode()

	const bob = "bob@example.com"
	page = send(ratelimit.UserCreation, b.get("/signup"+w.query()), "username", bob, "password", good, "confirmPassword", good).wantPage(200, "Confirm your account")
	again := url.Values{"username": {bob}, "_csrf": page.form()["_csrf"]}
	refused = ratelimit.UserResourceRead
	b.post("/resendcode"+w.query(), again).wantPage(429)
	refused = ""
	b.post("/resendcode"+w.query(), again).wantPage(200, "We sent you another code.")
	send(ratelimit.UserCreation, page, "code", w.code()).wantCode()

	page = send(ratelimit.UserAccountRecovery, b.get("/forgotPassword"+w.query()), "username", bob).wantPage(200, "Code")
	const other = "Another-1-password"
	send(ratelimit.UserAccountRecovery, page, "code", w.code(), "password", other, "confirmPassword", other).wantPage(200, "password")

	for path, category := range map[string]string{"/confirmUser": ratelimit.UserCreation, "/welcome": ratelimit.UserAuthentication, "/feedback": ratelimit.UserResourceUpdate} {
		*list, refused = nil, category
		b.post(path+"?client_id="+string(w.client.ID), url.Values{"_csrf": page.form()["_csrf"]}).wantPage(429)
		if !slices.Equal(*list, []string{category}) {
			t.Errorf("%s counted as %v, want %s", path, *list, category)
		}
	}
	refused = ""
	must(t, w.Accounts.SetPassword(t.Context(), w.Pool, bob, good, false))
	page = b.get("/login"+w.query("prompt", "login")).submit("username", bob, "password", good).wantPage(200, "new password")
	send(ratelimit.UserAccountRecovery, page, "password", other, "confirmPassword", other).wantCode()
}

func TestChoicesCountAsTheAPI(t *testing.T) {
	w := passkeyWorld(t, nil)
	refused := ""
	list := w.counted(&refused)
	b := w.browser()
	page := w.name(b, alice)
	code := page.submit("answer", user.EmailOTP)
	code.submit("code", "00000000")
	code.submitNth(1) // another code
	page.submit("answer", user.ByPassword).submit("password", good).wantCode()
	want := []string{
		ratelimit.UserAuthenticationAnswers, ratelimit.UserAuthentication, ratelimit.UserAuthenticationAnswers, ratelimit.UserAuthentication,
		ratelimit.UserAuthentication, ratelimit.UserAuthentication,
	}
	if !slices.Equal(*list, want) {
		t.Errorf("counted as %v, want %v", *list, want)
	}
	*list, refused = nil, ratelimit.UserResourceUpdate
	b.get("/passkeys/add" + w.query()).submitNth(1).wantPage(429)
}
