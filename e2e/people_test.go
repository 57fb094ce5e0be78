package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testing/browser"
)

// TestPeople is the way of a team without an identity provider: a file that names none,
// a link from the command line, a password, the application, and the end.
func TestPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		s := newRobots(t, "database: "+db(t), fmt.Sprintf(`
  - {from: "https://app.{host}", to: %[1]q, policy: [{allow: {or: [{groups: {has: admins}}]}}]}
  - {from: "https://wiki.{host}", to: %[1]q, allowed_users: [bob@example.com]}
`, newUpstream(t).URL))
		app, wiki := fmt.Sprintf("https://app.localhost:%d/", s.port), fmt.Sprintf("https://wiki.localhost:%d/", s.port)
		user := func(args ...string) string {
			return command(t, nil, append([]string{"user"}, append(args, "--config", s.config)...)...)
		}
		const password = "Correct-Horse-7"
		welcome := func(said string) {
			link := "https://" + strings.Fields(between(said, "https://", "\x00"))[0]
			newBrowser(t).Open(link).Want(http.StatusOK).Submit("password", password, "confirmPassword", password).Want(http.StatusOK, "Your password is saved")
			newBrowser(t).Open(link).Want(http.StatusOK, "This link does not work any more", "Go on to sign in")
		}
		signsIn := func(name string) (*browser.Browser, *browser.Page) {
			b := newBrowser(t)
			return b, signIn(b.Open(app), name, password)
		}

		welcome(user("add", "alice@example.com", "--group", "admins"))
		welcome(user("add", "bob@example.com"))
		alice, page := signsIn("alice@example.com")
		page.Want(http.StatusOK, "The application")
		alice.Open(wiki).Want(http.StatusForbidden)
		bob, page := signsIn("bob@example.com")
		page.Want(http.StatusForbidden)
		bob.Open(wiki).Want(http.StatusOK, "The application")

		user("group", "add", "admins", "bob@example.com")
		eventually(t, "bob's new group to count", func() bool { return bob.Open(app).Status == http.StatusOK })
		user("disable", "alice@example.com")
		eventually(t, "alice to be signed out", func() bool { return asksToSignIn(alice.Open(app)) })
		if _, page = signsIn("alice@example.com"); !asksToSignIn(page) {
			t.Errorf("a disabled user is at %s", page.URL)
		}
		welcome(user("reset", "bob@example.com"))
		if list := user("list"); !strings.Contains(list, "alice@example.com") || !strings.Contains(list, "bob@example.com") {
			t.Errorf("the list of users is\n%s", list)
		}
	})
}
