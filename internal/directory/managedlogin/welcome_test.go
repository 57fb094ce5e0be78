package managedlogin_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const temporary = "Temporary-Horse-1"

// welcome makes a user with a temporary password, and returns the link.
func (w *world) welcome(name string, attributes map[string]string) string {
	w.t.Helper()
	_, err := w.Accounts.Invite(w.t.Context(), w.Pool, account.Invitation{Username: name, TemporaryPassword: temporary, Silent: true, Attributes: attributes})
	must(w.t, err)
	return managedlogin.WelcomeURL(origin, w.client.ID, name, seal.Secret(temporary))
}

func TestALinkWelcomesOnce(t *testing.T) {
	w := newWorld(t, nil)
	link := w.welcome(alice, nil)
	page := w.browser().get(link).wantPage(200, "Choose your password")
	w.wantUser(alice, user.ForceChangePassword) // whatever opens links has chosen nothing
	page.submit("password", good, "confirmPassword", good+"x").wantPage(200, "Choose your password", "not the same")
	page.submit("password", "short", "confirmPassword", "short").wantPage(200, "Choose your password", "Password does not conform to policy")
	page.submit("password", "", "confirmPassword", "").wantPage(200, "Choose your password")
	w.wantUser(alice, user.ForceChangePassword)
	page.submit("password", good, "confirmPassword", good).wantPage(200, "Your password is saved", alice)
	w.wantUser(alice, user.Confirmed)
	page.submit("password", "Another-Horse-8", "confirmPassword", "Another-Horse-8").wantPage(200, "This link does not work any more")
	if page := w.browser().get(link).wantPage(200, "This link does not work any more", "sign in with it", "https://wiki.example.com/"); strings.Contains(page.Body, "<form") {
		t.Error("the page of a used link has a form")
	}
	w.browser().get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
}

// What the pool asks of every user is asked before the password is saved.
func TestAWelcomeAsksForWhatIsMissing(t *testing.T) {
	w := newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) {
		s.Schema = []userpool.Attribute{{Name: "given_name", Type: userpool.TypeString, Mutable: true, Required: true}}
	})
	page := w.browser().get(w.welcome(alice, nil))
	page = page.submit("password", good, "confirmPassword", good).wantPage(200, "Choose your password", "requiredAttributes[given_name]")
	w.wantUser(alice, user.ForceChangePassword)
	page.submit("password", good, "confirmPassword", good, "requiredAttributes[given_name]", "Alice").wantPage(200, "Your password is saved")
	if got := w.MustFind(alice).Attributes["given_name"]; got != "Alice" {
		t.Errorf("the name is %q", got)
	}
}

func TestLinksThatWelcomeNobody(t *testing.T) {
	tests := []struct {
		name string
		link func(w *world) string
	}{
		{"the temporary password has expired", func(w *world) string {
			link := w.welcome(alice, nil)
			w.Clock.Advance(8 * 24 * time.Hour)
			return link
		}},
		{"another temporary password", func(w *world) string {
			w.welcome(alice, nil)
			return managedlogin.WelcomeURL(origin, w.client.ID, alice, "Temporary-Horse-2")
		}},
		{"a password of the user's own", func(w *world) string {
			w.user(alice, temporary)
			return managedlogin.WelcomeURL(origin, w.client.ID, alice, seal.Secret(temporary))
		}},
		{"nobody of that name", func(w *world) string {
			w.welcome(alice, nil)
			return managedlogin.WelcomeURL(origin, w.client.ID, "bob@example.com", seal.Secret(temporary))
		}},
		{"a user who is disabled", func(w *world) string {
			link := w.welcome(alice, nil)
			must(w.t, w.Accounts.SetEnabled(w.t.Context(), w.Pool, alice, false))
			return link
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			link := test.link(w)
			before := w.MustFind(alice)
			page := w.browser().get(link).wantPage(200, "This link does not work any more").wantNot("bob@")
			if strings.Contains(page.Body, "<form") {
				t.Error("the page has a form")
			}
			if after := w.MustFind(alice); after.Status != before.Status || string(after.Password.Salt) != string(before.Password.Salt) {
				t.Errorf("the user was %s, and is %s", before.Status, after.Status)
			}
		})
	}
}

// People chose a password, twice, before they learned that their link had lost its end.
func TestALinkThatWasCutIsSaidToBe(t *testing.T) {
	w := newWorld(t, nil)
	for _, link := range []string{w.welcome(alice, nil), managedlogin.ConfirmURL(origin, w.client.ID, alice, "123456"), managedlogin.FeedbackURL(origin, risk.FeedbackLink{Username: alice, Event: "e", Token: "t", Valid: true})} {
		w.browser().get(link).wantNot("A part of this link is missing")
		for at := strings.LastIndex(link, "&"); at > 0; at = strings.LastIndex(link[:at], "&") {
			page := w.browser().get(link[:at]).wantPage(200, "A part of this link is missing")
			if strings.Contains(page.Body, "<form") {
				t.Errorf("%s: the page has a form", link[:at])
			}
		}
	}
	w.wantUser(alice, user.ForceChangePassword)
}

// The form of the link is no form of another site.
func TestAWelcomeTakesItsOwnFormAlone(t *testing.T) {
	w := newWorld(t, nil)
	link := w.welcome(alice, nil)
	w.browser().post(link, map[string][]string{"password": {good}, "confirmPassword": {good}}).wantPage(403, "Choose your password")
	w.wantUser(alice, user.ForceChangePassword)
}

// People chose a password, twice, before they learned that the link names no client of
// the pool.
func TestALinkForAnotherClientIsSaidToBe(t *testing.T) {
	w := newWorld(t, nil)
	w.welcome(alice, nil)
	for _, client := range []userpool.ClientID{"none", w.client.ID + "x"} {
		page := w.browser().get(managedlogin.WelcomeURL(origin, client, alice, seal.Secret(temporary))).wantPage(200, "This link does not work any more")
		if strings.Contains(page.Body, "<form") {
			t.Errorf("%s: the page has a form", client)
		}
	}
	w.wantUser(alice, user.ForceChangePassword)
}
