package account_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func (d *desk) invite(in account.Invitation) (*user.User, error) {
	d.t.Helper()
	return d.Accounts.Invite(d.t.Context(), d.Pool, in)
}

func TestInvitationsUseTheMediumsOfTheRequest(t *testing.T) {
	both := enginetest.Pairs("email", "alice@example.com", "phone_number", "+15550001111")
	tests := []struct {
		name       string
		attributes map[string]string
		mediums    []string
		silent     bool
		want       []message.Medium
	}{
		{"none asked means SMS", both, nil, false, []message.Medium{message.SMS}},
		{"e-mail", both, []string{"EMAIL"}, false, []message.Medium{message.Email}},
		{"both", both, []string{"EMAIL", "SMS"}, false, []message.Medium{message.Email, message.SMS}},
		{"no such attribute", enginetest.Pairs("email", "alice@example.com"), nil, false, nil},
		{"silent", both, []string{"EMAIL"}, true, nil},
		{"silent, and no such attribute", nil, []string{"EMAIL", "SMS"}, true, nil},
	}
	for _, test := range tests {
		d := newDesk(t, userpool.Settings{})
		u, err := d.invite(account.Invitation{Username: "alice", Attributes: test.attributes, Mediums: test.mediums, Silent: test.silent})
		if err != nil || u.Status != user.ForceChangePassword {
			t.Fatalf("%s: %+v, %v", test.name, u, err)
		}
		sent := d.Outbox.Sent()
		if len(sent) != len(test.want) {
			t.Errorf("%s: %d messages, want %d", test.name, len(sent), len(test.want))
			continue
		}
		for i, m := range sent {
			if m.Medium != test.want[i] || !strings.Contains(m.Body.Reveal(), "alice") {
				t.Errorf("%s: message %d by %s, want %s with the username", test.name, i, m.Medium, test.want[i])
			}
		}
	}
}

// A user whom an invitation cannot reach by the medium that was asked for is not
// made, nor is one who is verified without an address.
func TestInvitationsWithoutAnAddress(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	email := enginetest.Pairs("email", "alice@example.com")
	for _, test := range []struct {
		attributes map[string]string
		mediums    []string
		want       string
	}{
		{nil, []string{"EMAIL"}, "No email provided but desired delivery medium was Email"},
		{email, []string{"EMAIL", "SMS"}, "No phone number provided but desired delivery medium was SMS"},
		{enginetest.Pairs("email_verified", "true"), nil, "Email is required to verify/un-verify an email"},
		{enginetest.Pairs("email", "", "email_verified", "false"), nil, "Email is required to verify/un-verify an email"},
		{enginetest.Pairs("email", "alice@example.com", "phone_number_verified", "true"), nil, "Phone Number is required to verify/un-verify a phone number"},
	} {
		_, err := d.invite(account.Invitation{Username: "alice", Attributes: test.attributes, Mediums: test.mediums})
		wantErr(t, test.want, err, user.ErrAttributes.Saying("%s", test.want))
		_, err = d.Users.Find(t.Context(), d.Pool, "alice")
		wantErr(t, "after the refusal", err, user.ErrUserNotFound)
	}
	if _, err := d.invite(account.Invitation{Username: "alice", Attributes: email, TemporaryPassword: "First-Horse-7"}); err != nil {
		t.Fatal(err)
	}
	again := account.Invitation{Username: "alice", Mediums: []string{"SMS"}, TemporaryPassword: "Second-Horse-7"}
	_, err := d.Accounts.ResendInvitation(t.Context(), d.Pool, again)
	wantErr(t, "again by SMS", err, user.ErrAttributes.Saying("No phone number provided but desired delivery medium was SMS"))
	wantErr(t, "the first password", d.opens("alice", "First-Horse-7"), nil)
	if n := len(d.Outbox.Sent()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

// sentPassword returns the temporary password in the standard SMS.
func (d *desk) sentPassword() seal.Secret {
	d.t.Helper()
	sent := d.Outbox.Sent()
	if len(sent) == 0 {
		d.t.Fatal("nothing was sent")
	}
	m := regexp.MustCompile(`temporary password is (\S+)$`).FindStringSubmatch(sent[len(sent)-1].Body.Reveal())
	if m == nil {
		d.t.Fatal("the last message has no temporary password")
	}
	return seal.Secret(m[1])
}

func TestInvitedUserSignsInWithTheSentPassword(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	if _, err := d.invite(account.Invitation{Username: "alice", Attributes: enginetest.Pairs("phone_number", "+15550001111")}); err != nil {
		t.Fatal(err)
	}
	first := d.sentPassword()
	wantErr(t, "sign-in", d.opens("alice", first), nil)
	if _, err := d.Accounts.ResendInvitation(t.Context(), d.Pool, account.Invitation{Username: "alice"}); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "the first password after resending", d.opens("alice", first), wrongPassword)
	wantErr(t, "the second", d.opens("alice", d.sentPassword()), nil)
}

func TestInvitationRefusals(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	_, err := d.invite(account.Invitation{Username: "alice"})
	wantErr(t, "name that is taken", err, user.ErrUsernameExists)
	_, err = d.invite(account.Invitation{Username: "bob", TemporaryPassword: "weak"})
	wantErr(t, "weak password", err, credential.ErrPasswordPolicy.Saying("Password did not conform with password policy: Password not long enough"))
	attributes := enginetest.Pairs("email", "alice@example.com", "email_verified", "True")
	_, err = d.invite(account.Invitation{Username: "bob", Attributes: attributes})
	wantErr(t, "verified alias of another", err, user.ErrAliasExists)
	u, err := d.invite(account.Invitation{Username: "bob", Attributes: attributes, TakeAlias: true, Silent: true})
	if err != nil || d.MustFind("alice@example.com").Sub != u.Sub || d.MustFind("alice").Verified("email") {
		t.Errorf("taking the alias: %v", err)
	}
	if got := d.MustFind("bob").Attributes["email_verified"]; got != "true" {
		t.Errorf("email_verified True is kept as %q, want true", got)
	}
	_, err = d.invite(account.Invitation{Username: string(u.Sub)})
	wantErr(t, "another user's sub for a name", err, user.ErrUsernameExists)
	for name, want := range map[string]*fault.Error{
		"alice":  account.ErrNotResendable.Saying("Resend not possible. alice status is not FORCE_CHANGE_PASSWORD"),
		"nobody": user.ErrUserNotFound,
	} {
		_, err = d.Accounts.ResendInvitation(t.Context(), d.Pool, account.Invitation{Username: name})
		wantErr(t, "resend to "+name, err, want)
	}
	wantErr(t, "a refused resend changed nothing", d.opens("alice", right), nil)
}

func TestInvitationThatFailsLeavesTheUser(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	d.Outbox.FailWith(errors.New("away"))
	u, err := d.invite(account.Invitation{Username: "alice", Mediums: []string{"EMAIL"}, Attributes: enginetest.Pairs("email", "alice@example.com")})
	wantErr(t, "invite", err, account.ErrDelivery)
	if u == nil {
		t.Error("no user, want it with the error")
	}
	d.wantStatus("alice", user.ForceChangePassword)
}

func TestSetPassword(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	set := func(name, password string, permanent bool) error {
		return d.Accounts.SetPassword(t.Context(), d.Pool, name, seal.Secret(password), permanent)
	}
	wantErr(t, "nobody", set("nobody", "Other-Horse-8", true), user.ErrUserNotFound)
	d.MustSignUp(d.tells, "alice")
	wantErr(t, "weak", set("alice", "weak", true), credential.ErrPasswordPolicy.Saying("Password does not conform to policy: Password not long enough"))
	for range 6 {
		d.opens("alice", "Wrong-Horse-7")
	}
	wantErr(t, "permanent", set("alice", "Other-Horse-8", true), nil)
	d.wantStatus("alice", user.Confirmed)
	wantErr(t, "sign-in, locked before", d.opens("alice", "Other-Horse-8"), nil)
	wantErr(t, "temporary", set("alice", "Third-Horse-9", false), nil)
	d.wantStatus("alice", user.ForceChangePassword)
	out, err := d.SignIns.Password(t.Context(), d.Pool, d.tells, "alice", "Third-Horse-9", risk.Visit{})
	if err != nil || out.Challenge == nil || out.Challenge.Name != signin.NewPasswordRequired {
		t.Errorf("sign-in with the temporary one: %+v, %v, want %s", out, err, signin.NewPasswordRequired)
	}
}

// Somebody who has a session or a refresh token of the user knows the old password,
// or took them over: a new password is to shut them out.
func TestAPasswordOfTheAdministratorEndsSignIns(t *testing.T) {
	set := func(permanent bool) func(*desk) error {
		return func(d *desk) error {
			return d.Accounts.SetPassword(t.Context(), d.Pool, "alice", "Other-Horse-8", permanent)
		}
	}
	for name, tt := range map[string]struct {
		change             func(*desk) error
		access, refreshing *fault.Error
	}{
		"permanent": {set(true), nil, nil},
		"temporary": {set(false), token.ErrAccessRevoked, token.ErrRefreshRevoked},
		"none":      {func(d *desk) error { return d.Accounts.TakePassword(t.Context(), d.Pool, "alice") }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{})
			u := d.alice()
			tokens := d.mustTokens("alice")
			handle, _, err := d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: u, Provider: userpool.ProviderCognito})
			wantErr(t, "sign-in", err, nil)
			wantErr(t, "change", tt.change(d), nil)
			// The session is gone, whatever the user's status.
			d.MustEdit("alice", func(u *user.User) { u.Status = user.Confirmed })
			_, err = d.Tokens.Session(t.Context(), d.Pool, handle)
			wantErr(t, "browser session", err, token.ErrSessionUnknown)
			wantErr(t, "access token", d.works(tokens), tt.access)
			wantErr(t, "refresh token", d.refreshes(tokens), tt.refreshing)
		})
	}
}

func TestResetByAdministrator(t *testing.T) {
	d := newDesk(t, verifying())
	reset := func(name string) error { return d.Accounts.ResetPassword(t.Context(), d.Pool, name, nil) }
	refused := account.ErrStatus.Saying("User password cannot be reset in the current state.")
	wantErr(t, "nobody", reset("nobody"), user.ErrUserNotFound)
	d.MustInvite("invited")
	wantErr(t, "temporary password, no contact", reset("invited"), refused)
	d.MustSignUp(d.tells, "unconfirmed")
	wantErr(t, "unconfirmed", reset("unconfirmed"), refused)
	d.MustUser("unreachable", "email", "u@example.com")
	wantErr(t, "no verified contact", reset("unreachable"), account.ErrNoRecovery)
	d.wantStatus("unreachable", user.Confirmed)

	d.alice()
	tokens := d.mustTokens("alice")
	d.MustEdit("alice", func(u *user.User) { u.Enabled = false })
	wantErr(t, "disabled", reset("alice"), account.ErrDisabled)
	d.wantStatus("alice", user.Confirmed)
	d.MustEdit("alice", func(u *user.User) { u.Enabled = true })
	wantErr(t, "reset", reset("alice"), nil)
	d.wantStatus("alice", user.ResetRequired)
	wantErr(t, "sign-in", d.opens("alice", right), signin.ErrResetRequired)
	wantErr(t, "her access token", d.works(tokens), token.ErrAccessRevoked)
	wantErr(t, "again", reset("alice"), nil)
	wantErr(t, "her code", d.reset(d.tells, "alice", d.MustCode("alice@example.com"), "Other-Horse-8"), nil)
	d.wantStatus("alice", user.Confirmed)
	wantErr(t, "sign-in with the new password", d.opens("alice", "Other-Horse-8"), nil)
}

func (d *desk) mustTokens(name string) *token.Tokens {
	d.t.Helper()
	tokens, err := d.Tokens.IssueForSignIn(d.t.Context(), token.IssueInput{Pool: d.Pool, Client: d.tells, User: d.MustFind(name)})
	if err != nil {
		d.t.Fatal(err)
	}
	return tokens
}

// works returns the error of using the access token.
func (d *desk) works(tokens *token.Tokens) error {
	d.t.Helper()
	_, err := d.Tokens.VerifyAccess(d.t.Context(), tokens.Access, userpool.ScopeUserAdmin)
	return err
}

func (d *desk) refreshes(tokens *token.Tokens) error {
	d.t.Helper()
	_, err := d.Tokens.Refresh(d.t.Context(), d.tells, token.RefreshInput{Token: tokens.Refresh})
	return err
}

func TestDisableEndsEverything(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	d.alice()
	tokens := d.mustTokens("alice")
	set := func(on bool) error { return d.Accounts.SetEnabled(t.Context(), d.Pool, "alice", on) }
	for range 2 {
		wantErr(t, "disable", set(false), nil)
	}
	wantErr(t, "sign-in", d.opens("alice", right), signin.ErrDisabled)
	wantErr(t, "access token", d.works(tokens), token.ErrAccessRevoked)
	if d.refreshes(tokens) == nil {
		t.Error("a disabled user's token refreshes")
	}
	for range 2 {
		wantErr(t, "enable", set(true), nil)
	}
	wantErr(t, "sign-in again", d.opens("alice", right), nil)
	wantErr(t, "the access token of before", d.works(tokens), token.ErrAccessRevoked)
	wantErr(t, "the refresh token of before", d.refreshes(tokens), token.ErrRefreshRevoked)
	wantErr(t, "nobody", d.Accounts.SetEnabled(t.Context(), d.Pool, "nobody", true), user.ErrUserNotFound)
}

func TestSignOutAndDelete(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	d.alice()
	tokens := d.mustTokens("alice")
	wantErr(t, "access token", d.works(tokens), nil)
	wantErr(t, "sign-out", d.Accounts.SignOut(t.Context(), d.Pool, "alice"), nil)
	wantErr(t, "access token after", d.works(tokens), token.ErrAccessRevoked)
	wantErr(t, "refresh after", d.refreshes(tokens), token.ErrRefreshRevoked)
	tokens = d.mustTokens("alice")
	wantErr(t, "delete", d.Accounts.Delete(t.Context(), d.Pool, "alice"), nil)
	if d.works(tokens) == nil || d.refreshes(tokens) == nil {
		t.Error("a deleted user's tokens work")
	}
	wantErr(t, "delete again", d.Accounts.Delete(t.Context(), d.Pool, "alice"), user.ErrUserNotFound)
	wantErr(t, "sign out nobody", d.Accounts.SignOut(t.Context(), d.Pool, "alice"), user.ErrUserNotFound)
	if u := d.MustUser("alice"); u.Sub == tokens.User.Sub {
		t.Error("a new user got the sub of a deleted one")
	}
}

func TestPoolsOwnWording(t *testing.T) {
	d := newDesk(t, userpool.Settings{
		AutoVerified: []string{"email"},
		Verification: userpool.Template{EmailSubject: "Hello {username}", EmailMessage: "Use {####}, {username}."},
		Invitation:   userpool.Template{SMSMessage: "{username}: {####}"},
	})
	d.MustSignUp(d.tells, "<b>bob", "email", "bob@example.com")
	m := d.Outbox.Sent()[0]
	if want := "Use " + d.MustCode("bob@example.com").Reveal() + ", &lt;b&gt;bob."; m.Body.Reveal() != want || m.Subject != "Hello <b>bob" {
		t.Errorf("mail %q: %q, want %q with the name escaped", m.Subject, m.Body.Reveal(), want)
	}
	if strings.Contains(m.Subject, d.MustCode("bob@example.com").Reveal()) {
		t.Error("the subject has the code")
	}
	if _, err := d.invite(account.Invitation{Username: "al", TemporaryPassword: right, Attributes: enginetest.Pairs("phone_number", "+15550001111")}); err != nil {
		t.Fatal(err)
	}
	if got := d.Outbox.Sent()[1].Body.Reveal(); got != "al: "+right.Reveal() {
		t.Errorf("SMS %q", got)
	}
}

// A user who can begin a sign-in without a password is made without one, unless the
// administrator gives one.
func TestInvitationWithoutAPassword(t *testing.T) {
	byMail := enginetest.Pairs("email", "alice@example.com")
	tests := []struct {
		name     string
		pool     userpool.Settings
		in       account.Invitation
		password bool
	}{
		{"passwords alone", userpool.Settings{}, account.Invitation{Attributes: byMail}, true},
		{"codes", userpool.Settings{FirstFactors: []string{userpool.FirstPassword, userpool.FirstEmail}}, account.Invitation{Attributes: byMail}, false},
		{"codes alone", userpool.Settings{FirstFactors: []string{userpool.FirstEmail}}, account.Invitation{Attributes: byMail}, false},
		{"codes, but no address", userpool.Settings{FirstFactors: []string{userpool.FirstPassword, userpool.FirstEmail}}, account.Invitation{}, true},
		{"codes, and a password", userpool.Settings{FirstFactors: []string{userpool.FirstPassword, userpool.FirstEmail}}, account.Invitation{Attributes: byMail, TemporaryPassword: enginetest.Password}, true},
		{"codes, but a second factor is demanded", userpool.Settings{FirstFactors: []string{userpool.FirstPassword, userpool.FirstEmail}, MFA: userpool.MFA{Mode: userpool.MFARequired, TOTP: new(true)}}, account.Invitation{Attributes: byMail}, true},
	}
	for _, test := range tests {
		test.pool.Invitation = userpool.Template{EmailSubject: "Hello", EmailMessage: "{username}: {####}"}
		d := newDesk(t, test.pool)
		d.On(userpool.TriggerCustomMessage, func(e enginetest.Event) error {
			e.Respond("emailMessage", "{username}: {####}")
			return nil
		})
		test.in.Username = "alice"
		if test.in.Attributes != nil {
			test.in.Mediums = []string{"EMAIL"}
		}
		u, err := d.invite(test.in)
		want := user.Confirmed
		if test.password {
			want = user.ForceChangePassword
		}
		if err != nil || u.Status != want || (u.Password != nil) != test.password {
			t.Errorf("%s: %+v, %v; want a password: %v", test.name, u, err, test.password)
			continue
		}
		if kept := d.MustFind("alice"); kept.Status != want || (kept.Password != nil) != test.password {
			t.Errorf("%s: stored as %+v", test.name, kept)
		}
		for _, m := range d.Outbox.Sent() {
			if body := m.Body.Reveal(); strings.Contains(body, "{####}") || strings.HasSuffix(body, ": ") || !strings.Contains(body, "alice") || m.Subject != "Hello" {
				t.Errorf("%s: message %q, %q", test.name, m.Subject, body)
			}
		}
		if !test.password {
			_, err := d.Accounts.ResendInvitation(t.Context(), d.Pool, account.Invitation{Username: "alice"})
			wantErr(t, test.name+": resend", err, account.ErrNotResendable.Saying("Resend not possible. alice status is not FORCE_CHANGE_PASSWORD"))
		}
	}
}
