package managedlogin_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// linking is a world whose pool confirms sign-ups with a link.
func linking(t *testing.T) *world {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) { s.ConfirmLink.On = true })
	w.Accounts.ConfirmURL = w.confirmURL
	return w
}

var href = regexp.MustCompile(`href="([^"]*)"`)

// link returns the address in the last message.
func (w *world) link() string {
	w.t.Helper()
	sent := w.Outbox.Sent()
	if len(sent) == 0 {
		w.t.Fatal("no message was sent")
	}
	body := sent[len(sent)-1].Body.Reveal()
	m := href.FindStringSubmatch(body)
	if m == nil {
		w.t.Fatalf("the message has no link: %s", body)
	}
	return html.UnescapeString(m[1])
}

func (w *world) wantUser(name string, want user.Status) {
	w.t.Helper()
	if got := w.MustFind(name).Status; got != want {
		w.t.Errorf("%s is %s, want %s", name, got, want)
	}
}

func TestTheLinkConfirmsWithItsButton(t *testing.T) {
	for _, base := range []string{"", "/" + string(enginetest.PoolID)} {
		w := linking(t)
		w.base = base
		w.browser().get("/signup"+w.query()).submit("username", alice, "password", good, "confirmPassword", good).
			wantPage(200, "Follow the link that we sent to a***@e***").wantNot("Enter the code")
		link := w.link()
		if !strings.HasPrefix(link, origin+base+"/confirmUser?") {
			t.Fatalf("the link is %s", link)
		}
		mailbox := w.browser()
		page := mailbox.get(link).wantPage(200, "Confirm my account")
		w.wantUser(alice, user.Unconfirmed) // whatever opens links has not confirmed
		page.submit().wantPage(200, "Your account is confirmed", "sign in to the application")
		w.wantUser(alice, user.Confirmed)
		if !w.MustFind(alice).Verified("email") {
			t.Error("the address that the link went to is not verified")
		}
		page.submit().wantPage(200, "Your account is confirmed") // the button was pressed twice
		w.browser().get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
	}
}

func TestAnotherLink(t *testing.T) {
	w := linking(t)
	_, _, err := w.Accounts.SignUp(t.Context(), w.Pool, w.client, account.SignUp{Username: alice, Password: good})
	must(t, err)
	first := w.link()
	w.browser().get("/login"+w.query()).submit("username", alice, "password", good).wantPage(200, "Follow the link").
		submit().wantPage(200, "We sent you another link.", "a***@e***")
	w.browser().get("/confirm"+w.query()).wantPage(200, "E-mail address", "Send another link").submit("username", alice).wantPage(200, "We sent you another link.")
	w.browser().get(first).submit().wantPage(200, "This link does not work any more.", "where you signed up")
	w.wantUser(alice, user.Unconfirmed)
	w.browser().get(w.link()).submit().wantPage(200, "Your account is confirmed")
}

// Nothing but the button on our own page, with the right link, confirms.
func TestLinksThatDoNotConfirm(t *testing.T) {
	w := linking(t)
	_, _, err := w.Accounts.SignUp(t.Context(), w.Pool, w.client, account.SignUp{Username: alice, Password: good})
	must(t, err)
	link := w.link()
	with := func(key, value string) string {
		u, err := url.Parse(link)
		must(t, err)
		q := u.Query()
		q.Set(key, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	// A link without one of its parts has no form, but anybody can send one to it.
	press := func(address string) *answer {
		b := w.browser()
		return b.post(address, b.get(link).form())
	}
	for what, address := range map[string]string{
		"another user": with("user_name", "bob"), "no user": with("user_name", ""),
		"no code": with("confirmation_code", ""), "a code with a NUL": with("confirmation_code", "\x00"),
	} {
		t.Run(what, func(t *testing.T) {
			press(address).wantPage(200, "This link does not work any more.").wantNot("not found", "bob")
		})
	}
	for what, address := range map[string]string{"another client": with("client_id", "none"), "no client": with("client_id", "")} {
		t.Run(what, func(t *testing.T) { press(address).wantPage(400, "does not exist any more") })
	}
	b := w.browser()
	form := b.get(link).form()
	b.post(link, form, "Sec-Fetch-Site", "cross-site").wantPage(403, "was not sent from this page")
	b.post(link, form, "Origin", "https://evil.example.com").wantPage(403, "was not sent from this page")
	b.post(link, url.Values{}).wantPage(403, "open for too long", "Confirm my account")
	w.browser().post(link, form).wantPage(403, "open for too long")
	w.wantUser(alice, user.Unconfirmed)
	w.Advance(25 * time.Hour)
	w.browser().get(link).submit().wantPage(200, "This link does not work any more.")
	w.wantUser(alice, user.Unconfirmed)
}

// A link is guessed no faster than a code.
func TestGuessingLinksIsLimited(t *testing.T) {
	w := linking(t)
	_, _, err := w.Accounts.SignUp(t.Context(), w.Pool, w.client, account.SignUp{Username: alice, Password: good})
	must(t, err)
	right := w.link()
	wrong := managedlogin.ConfirmURL(origin, w.client.ID, string(w.MustFind(alice).Sub), "x")
	page := w.browser().get(wrong)
	for range 15 {
		page.submit().wantPage(200, "This link does not work any more.")
	}
	page.submit().wantPage(200, "Attempt limit exceeded")
	w.browser().get(right).submit().wantPage(200, "Attempt limit exceeded")
	w.wantUser(alice, user.Unconfirmed)
}
