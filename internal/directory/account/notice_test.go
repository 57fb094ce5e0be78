package account_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/passkey"
)

// Somebody with a stolen session could add a factor, and its owner would not know.
func TestTheOwnerIsToldOfANewFactor(t *testing.T) {
	tests := map[string]struct {
		change func(*user.Security)
		want   string // "": nobody is told
	}{
		"a passkey":          {func(s *user.Security) { s.Passkeys = append(s.Passkeys, passkey.Key{ID: []byte("new")}) }, "A passkey"},
		"an app":             {func(s *user.Security) { s.TOTP = &user.TOTP{Sealed: []byte("new")} }, "An authenticator app"},
		"codes by SMS":       {func(s *user.Security) { s.MFA.SMS = true }, "Codes by SMS"},
		"codes by e-mail":    {func(s *user.Security) { s.MFA.Email = true }, "Codes by e-mail"},
		"recovery codes":     {func(s *user.Security) { s.RecoveryCodes = &user.RecoveryCodes{Made: time.Unix(1, 0)} }, "New recovery codes"},
		"a passkey counts":   {func(s *user.Security) { s.Passkeys[0].Counter++ }, ""},
		"a passkey is gone":  {func(s *user.Security) { s.Passkeys = nil }, ""},
		"the app was used":   {func(s *user.Security) { s.TOTP.Used++ }, ""},
		"an app not yet set": {func(s *user.Security) { s.PendingTOTP = &user.TOTP{Sealed: []byte("new")} }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{})
			d.alice()
			d.MustEdit("alice", func(u *user.User) {
				u.Security.Passkeys, u.Security.TOTP = []passkey.Key{{ID: []byte("old")}}, &user.TOTP{Sealed: []byte("old")}
			})
			d.TellsFactors = true
			d.MustEdit("alice", func(u *user.User) { test.change(&u.Security) })
			sent := d.Outbox.Sent()
			switch {
			case test.want == "" && len(sent) == 0:
			case test.want == "" || len(sent) != 1:
				t.Fatalf("%d messages", len(sent))
			case sent[0].To != "alice@example.com" || sent[0].Medium != message.Email || !strings.Contains(sent[0].Body.Reveal(), "alice:</p><p><strong>"+test.want):
				t.Errorf("sent %s to %s, want it to name %s", sent[0].Body.Reveal(), sent[0].To, test.want)
			}
		})
	}
}

func TestNoticesOfFactors(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	d.alice()
	toggle := func(name string) {
		d.MustEdit(name, func(u *user.User) { u.Security.MFA.SMS = false })
		d.MustEdit(name, func(u *user.User) { u.Security.MFA.SMS = true })
	}
	toggle("alice")
	if n := len(d.Outbox.Sent()); n != 0 {
		t.Errorf("%d notices where nobody asked for them", n)
	}
	d.TellsFactors = true
	d.MustUser("bob", "email", "bob@example.com")
	d.MustUser("<i>eve", "email", "eve@example.com", "email_verified", "true")
	toggle("bob")
	if n := len(d.Outbox.Sent()); n != 0 {
		t.Errorf("%d notices to an address that nobody verified", n)
	}
	toggle("<i>eve")
	if body := d.Outbox.Sent()[0].Body.Reveal(); strings.Contains(body, "<i>") {
		t.Errorf("the name is not escaped: %s", body)
	}
	d.Outbox.Clear()
	for range 20 {
		toggle("alice")
	}
	if n := len(d.Outbox.Sent()); n != 5 {
		t.Errorf("%d notices in an hour, want 5", n)
	}
	d.Advance(time.Hour)
	toggle("alice")
	if n := len(d.Outbox.Sent()); n != 6 {
		t.Errorf("%d notices after an hour, want 6", n)
	}
}

// Who takes over an account changes its address first: the former one is told, and does
// not learn the new one.
func TestTheFormerAddressIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		verified, told, off bool
		change              func(*user.User)
	}{
		"replaced":                {verified: true, told: true, change: func(u *user.User) { u.Attributes["email"] = "new@example.com" }},
		"replaced and unverified": {verified: true, told: true, change: func(u *user.User) { u.Attributes["email"], u.Attributes["email_verified"] = "new@example.com", "false" }},
		"removed":                 {verified: true, told: true, change: func(u *user.User) { delete(u.Attributes, "email"); delete(u.Attributes, "email_verified") }},
		"never verified":          {change: func(u *user.User) { u.Attributes["email"] = "new@example.com" }},
		"another attribute":       {verified: true, change: func(u *user.User) { u.Attributes["name"] = "Ann" }},
		"nobody asked for it":     {verified: true, off: true, change: func(u *user.User) { u.Attributes["email"] = "new@example.com" }},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{UsernameAttributes: []string{"email"}})
			d.TellsFactors = !test.off
			verified := "false"
			if test.verified {
				verified = "true"
			}
			d.MustUser("old@example.com", "email", "old@example.com", "email_verified", verified)
			d.Outbox.Clear()
			d.MustEdit("old@example.com", test.change)
			sent := d.Outbox.Sent()
			switch {
			case !test.told && len(sent) == 0:
			case !test.told || len(sent) != 1:
				t.Fatalf("%d messages", len(sent))
			case sent[0].To != "old@example.com" || !strings.Contains(sent[0].Body.Reveal(), "has another one now") || strings.Contains(sent[0].Body.Reveal()+sent[0].Subject, "new@"):
				t.Errorf("sent %s to %s", sent[0].Body.Reveal(), sent[0].To)
			}
		})
	}
}
