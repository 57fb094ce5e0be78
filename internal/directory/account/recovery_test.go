package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestForgottenPassword(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	got, err := d.forgot(d.tells, "alice@example.com")
	wantDelivery(t, "forgot", got, err, account.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"})
	wantErr(t, "the old password still", d.opens("alice", right), nil)
	for range 5 { // what is locked is free again
		d.opens("alice", "Wrong-Horse-7")
	}
	code := d.MustCode("alice@example.com")
	wantErr(t, "weak password", d.reset(d.tells, "alice", code, "short"), credential.ErrPasswordPolicy.Saying("Password does not conform to policy: Password not long enough"))
	wantErr(t, "wrong code", d.reset(d.tells, "alice", enginetest.WrongCode(code), "Other-Horse-8"), credential.ErrCodeMismatch)
	wantErr(t, "right code", d.reset(d.tells, "alice", code, "Other-Horse-8"), nil)
	wantErr(t, "the new password", d.opens("alice", "Other-Horse-8"), nil)
	wantErr(t, "the old password", d.opens("alice", right), wrongPassword)
	wantErr(t, "the code again", d.reset(d.tells, "alice", code, "Third-Horse-9"), credential.ErrCodeExpired)
}

func TestResetConfirmsTheUnconfirmed(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	d.MustEdit("alice", func(u *user.User) { u.Status = user.Unconfirmed })
	if _, err := d.forgot(d.tells, "alice"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "reset", d.reset(d.tells, "alice", d.MustCode("alice@example.com"), "Other-Horse-8"), nil)
	d.wantStatus("alice", user.Confirmed)
}

// Each row is a user whose password cannot be recovered, and the error for a
// client that tells whether users exist. A client that hides it gets the answers
// for a name that no user has.
func TestWhoCannotRecover(t *testing.T) {
	tests := []struct {
		name string
		edit func(*user.User)
		want *fault.Error
	}{
		{"disabled", func(u *user.User) { u.Enabled = false }, account.ErrDisabled},
		{"with a temporary password", func(u *user.User) { u.Status = user.ForceChangePassword }, account.ErrStatus.Saying("User password cannot be reset in the current state.")},
		{"without a verified contact", func(u *user.User) { u.Attributes["email_verified"] = "false" }, account.ErrNoRecovery},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{AutoVerified: []string{"email"}})
			d.alice()
			d.MustEdit("alice", test.edit)
			_, err := d.forgot(d.tells, "alice")
			wantErr(t, "forgot", err, test.want)
			wantErr(t, "reset", d.reset(d.tells, "alice", "123456", "Other-Horse-8"), test.want)
			sameAsNobody(d)
			if sent := d.Outbox.Sent(); len(sent) != 0 {
				t.Errorf("%d messages were sent, want none", len(sent))
			}
		})
	}
}

// maskOf returns the mask that a sign-in with a code shows of a name that no user has.
func (d *desk) maskOf(name string) string {
	u := &user.User{Attributes: d.Credentials.NobodysContacts(d.Pool, name)}
	return account.DeliveryTo(u, "email").Destination
}

// sameAsNobody takes the same steps with alice and with a name that no user has.
func sameAsNobody(d *desk) {
	d.t.Helper()
	play := func(name string) (got []string) {
		step := func(delivery *account.Delivery, err error) {
			if delivery != nil {
				if name == "nobody" && delivery.Medium == "EMAIL" && delivery.Destination != d.maskOf(name) {
					d.t.Errorf("%s shows %s, and elsewhere %s", name, delivery.Destination, d.maskOf(name))
				}
				if name == "alice" && delivery.Medium == "EMAIL" && delivery.Destination != "a***@e***" {
					d.t.Errorf("%s shows %s, and elsewhere a***@e***", name, delivery.Destination)
				}
				delivery.Destination = fmt.Sprint(len(delivery.Destination), " characters")
				got = append(got, fmt.Sprint(*delivery))
			}
			if err != nil {
				got = append(got, fault.As(err).Code+": "+fault.As(err).Message)
			}
		}
		step(nil, d.reset(d.hiding, name, "123456", "Other-Horse-8"))
		step(nil, d.reset(d.hiding, name, "123456", "short"))
		for range 6 {
			step(d.forgot(d.hiding, name))
		}
		for range 16 {
			step(nil, d.reset(d.hiding, name, "123456", "Other-Horse-8"))
		}
		return got
	}
	known, unknown := play("alice"), play("nobody")
	if len(known) != len(unknown) {
		d.t.Fatalf("%d answers for a user, %d for nobody", len(known), len(unknown))
	}
	for i := range known {
		if known[i] != unknown[i] {
			d.t.Errorf("answer %d: %q for a user, %q for nobody", i, known[i], unknown[i])
		}
	}
}

// A user who can recover gets the same answers for wrong codes.
func TestHiddenRecoveryOfAKnownUser(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	sameAsNobody(d)
	if len(d.Outbox.Sent()) != 5 {
		t.Errorf("%d messages, want the 5 that an hour allows", len(d.Outbox.Sent()))
	}
}

// The same for confirming, in a pool in which signing up cannot tell who exists.
func TestHiddenConfirmationWhereSignUpIsClosed(t *testing.T) {
	s := verifying()
	s.AdminCreateOnly = true
	d := newDesk(t, s)
	d.alice()
	play := func(name string) (got []string) {
		step := func(delivery *account.Delivery, err error) {
			if delivery != nil {
				got = append(got, delivery.Medium+fmt.Sprint(len(delivery.Destination)))
			}
			if err != nil {
				got = append(got, fault.As(err).Code+": "+fault.As(err).Message)
			}
		}
		step(nil, d.confirm(d.hiding, name, "123456"))
		for range 6 {
			step(d.resend(d.hiding, name))
		}
		for range 16 {
			step(nil, d.confirm(d.hiding, name, "123456"))
		}
		return got
	}
	known, unknown := play("alice"), play("nobody")
	if fmt.Sprint(known) != fmt.Sprint(unknown) {
		t.Errorf("for a user\n%q\nfor nobody\n%q", known, unknown)
	}
	if len(d.Outbox.Sent()) != 0 {
		t.Error("a confirmed user got a code")
	}
}

func TestUnknownNameWhereItIsTold(t *testing.T) {
	d := newDesk(t, verifying())
	_, err := d.forgot(d.tells, "nobody")
	wantErr(t, "forgot", err, user.ErrUserNotFound.Saying("Username/client id combination not found."))
	wantErr(t, "reset", d.reset(d.tells, "nobody", "123456", "Other-Horse-8"), user.ErrUserNotFound.Saying("Username/client id combination not found."))
}

// The made-up delivery for a name is the same each time, and shows nothing of the
// pool's own domains.
func TestInventedDelivery(t *testing.T) {
	d := newDesk(t, verifying())
	email := func(to string) account.Delivery {
		return account.Delivery{Destination: to, Medium: "EMAIL", Attribute: "email"}
	}
	got, err := d.forgot(d.hiding, "zoe@corp.example.com")
	wantDelivery(t, "address", got, err, email("z***@c***"))
	first, err := d.forgot(d.hiding, "zoe")
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.forgot(d.hiding, "zoe")
	wantDelivery(t, "name, again", again, err, *first)
	phone := newDesk(t, userpool.Settings{Recovery: []userpool.RecoveryOption{{Name: "verified_email", Priority: 2}, {Name: "verified_phone_number", Priority: 1}}})
	got, err = phone.forgot(phone.hiding, "zoe")
	wantDelivery(t, "phone first", got, err, account.Delivery{Destination: "+*******9934", Medium: "SMS", Attribute: "phone_number"})
}

func TestWhichContactRecovers(t *testing.T) {
	email, phone := "EMAIL", "SMS"
	option := func(name string, priority int) userpool.RecoveryOption {
		return userpool.RecoveryOption{Name: name, Priority: priority}
	}
	both := []string{"email", "alice@example.com", "email_verified", "true", "phone_number", "+15550001111", "phone_number_verified", "true"}
	tests := []struct {
		options    []userpool.RecoveryOption
		attributes []string
		medium     string
		want       *fault.Error
	}{
		{nil, both, email, nil},
		{nil, both[4:], phone, nil},
		{nil, both[:2], "", account.ErrNoRecovery},
		{[]userpool.RecoveryOption{option("verified_phone_number", 1), option("verified_email", 2)}, both, phone, nil},
		{[]userpool.RecoveryOption{option("verified_phone_number", 2), option("verified_email", 1)}, both, email, nil},
		{[]userpool.RecoveryOption{option("verified_phone_number", 1), option("verified_email", 2)}, both[:4], email, nil},
		{[]userpool.RecoveryOption{option("verified_phone_number", 1)}, both[:4], "", account.ErrNoRecovery},
		{[]userpool.RecoveryOption{option("admin_only", 1)}, both, "", account.ErrAdminRecovery},
	}
	for _, test := range tests {
		d := newDesk(t, userpool.Settings{Recovery: test.options})
		d.MustUser("alice", test.attributes...)
		got, err := d.forgot(d.tells, "alice")
		wantErr(t, fmt.Sprint(test.options), err, test.want)
		if test.want == nil && err == nil && got.Medium != test.medium {
			t.Errorf("%v: %s, want %s", test.options, got.Medium, test.medium)
		}
		if test.want == account.ErrAdminRecovery {
			for _, name := range []string{"alice", "nobody"} {
				_, err := d.forgot(d.hiding, name)
				wantErr(t, name+" where administrators recover, hidden", err, account.ErrAdminRecovery)
			}
		}
	}
}

// choosy sends messages of some media alone.
type choosy struct {
	account.Messenger
	media []message.Medium
}

func (c choosy) Sends(m message.Medium) bool { return slices.Contains(c.media, m) }

func TestRecoveryNeedsSomethingThatSends(t *testing.T) {
	phoneOnly := []userpool.RecoveryOption{{Name: "verified_phone_number", Priority: 1}}
	adminOnly := []userpool.RecoveryOption{{Name: "admin_only", Priority: 1}}
	for _, tt := range []struct {
		name    string
		options []userpool.RecoveryOption
		media   []message.Medium
		want    bool
	}{
		{"no sender", nil, nil, false},
		{"e-mail", nil, []message.Medium{message.Email}, true},
		{"SMS as the second choice", nil, []message.Medium{message.SMS}, true},
		{"e-mail for phones", phoneOnly, []message.Medium{message.Email}, false},
		{"administrators alone", adminOnly, []message.Medium{message.Email, message.SMS}, false},
	} {
		d := newDesk(t, userpool.Settings{Recovery: tt.options})
		if !d.Accounts.Recovers(d.Pool) && tt.options == nil {
			t.Errorf("%s: a messenger that does not say what it sends: got false, want true", tt.name)
		}
		d.Accounts.Messages = choosy{d.Accounts.Messages, tt.media}
		if got := d.Accounts.Recovers(d.Pool); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestHourlyLimitOfResets(t *testing.T) {
	d := newDesk(t, verifying())
	u := d.alice()
	for _, name := range []string{"alice", "alice@example.com", string(u.Sub), "alice", "alice"} {
		if _, err := d.forgot(d.tells, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"alice", "alice@example.com", string(u.Sub)} {
		_, err := d.forgot(d.tells, name)
		wantErr(t, "sixth in an hour, as "+name, err, credential.ErrAttemptLimit)
	}
	d.Advance(time.Hour)
	if _, err := d.forgot(d.tells, "alice"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// A code that was sent to the old address does not prove the new address.
func TestResetAfterTheAddressChanged(t *testing.T) {
	d := newDesk(t, userpool.Settings{AutoVerified: []string{"email"}})
	d.alice()
	if _, err := d.forgot(d.tells, "alice"); err != nil {
		t.Fatal(err)
	}
	code := d.MustCode("alice@example.com")
	err := d.Accounts.SetAttributes(t.Context(), d.Pool, "alice", map[string]string{"email": "new@example.com", "email_verified": "true"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, "reset", d.reset(d.tells, "alice", code, "Other-Horse-8"), credential.ErrCodeMismatch)
}

// A code does not replace a password that an administrator has set since.
func TestResetAfterAnAdministratorSetThePassword(t *testing.T) {
	for _, permanent := range []bool{true, false} {
		d := newDesk(t, verifying())
		d.alice()
		if _, err := d.forgot(d.tells, "alice"); err != nil {
			t.Fatal(err)
		}
		if err := d.Accounts.SetPassword(t.Context(), d.Pool, "alice", "Third-Horse-9", permanent); err != nil {
			t.Fatal(err)
		}
		if err := d.reset(d.tells, "alice", d.MustCode("alice@example.com"), "Other-Horse-8"); err == nil {
			t.Errorf("permanent %t: an older code set the password", permanent)
		}
		wantErr(t, "the administrator's password", d.opens("alice", "Third-Horse-9"), nil)
	}
}

func TestChangePassword(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	d.alice()
	change := func(previous, proposed string) error {
		return d.Accounts.ChangePassword(t.Context(), d.Pool, d.MustFind("alice"), account.Change{Previous: seal.Secret(previous), Proposed: seal.Secret(proposed)})
	}
	wantErr(t, "wrong previous one", change("Wrong-Horse-7", "Other-Horse-8"), account.ErrWrongPassword)
	wantErr(t, "none", change("", "Other-Horse-8"), account.ErrWrongPassword)
	wantErr(t, "weak new one", change(right.Reveal(), "weak"), credential.ErrPasswordPolicy.Saying("Password does not conform to policy: Password not long enough"))
	wantErr(t, "right", change(right.Reveal(), "Other-Horse-8"), nil)
	wantErr(t, "sign-in", d.opens("alice", "Other-Horse-8"), nil)
	wantErr(t, "fifth in an hour", change("Other-Horse-8", right.Reveal()), nil)
	wantErr(t, "sixth", change(right.Reveal(), "Other-Horse-8"), credential.ErrAttemptLimit)
}

// Wrong passwords of signing in and of ChangePassword are counted together.
func TestChangePasswordLocks(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	u := d.alice()
	for range 3 {
		d.opens("alice", "Wrong-Horse-7")
	}
	for range 2 {
		d.Accounts.ChangePassword(t.Context(), d.Pool, u, account.Change{Previous: "Wrong-Horse-7", Proposed: "Other-Horse-8"})
	}
	wantErr(t, "change", d.Accounts.ChangePassword(t.Context(), d.Pool, u, account.Change{Previous: right, Proposed: "Other-Horse-8"}), credential.ErrLocked)
	wantErr(t, "sign-in", d.opens("alice", right), credential.ErrLocked)
}

func TestChangePasswordRefusesATemporaryPassword(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	u := d.MustInvite("alice")
	err := d.Accounts.ChangePassword(t.Context(), d.Pool, u, account.Change{Previous: right, Proposed: "Other-Horse-8"})
	wantErr(t, "change", err, account.ErrStatus.Saying("User password cannot be changed in the current state."))
}

func TestTwoChangesOfOnePassword(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	u := d.alice() // as the second change still sees it
	if err := d.Accounts.ChangePassword(t.Context(), d.Pool, u, account.Change{Previous: right, Proposed: "Other-Horse-8"}); err != nil {
		t.Fatal(err)
	}
	err := d.Accounts.ChangePassword(t.Context(), d.Pool, u, account.Change{Previous: right, Proposed: "Third-Horse-9"})
	if !errors.Is(err, account.ErrWrongPassword) {
		t.Errorf("second: %v, want %v", err, account.ErrWrongPassword)
	}
	wantErr(t, "the first one's password", d.opens("alice", "Other-Horse-8"), nil)
}

// brokenMail is a mail server that does not work. It answers nobody who does not
// wait.
type brokenMail struct {
	drafts []*message.Message
	writes []message.Write
}

func (*brokenMail) Send(context.Context, *message.Message) error { return message.ErrDelivery }

func (b *brokenMail) SendLater(_ context.Context, draft *message.Message, write message.Write) {
	b.drafts, b.writes = append(b.drafts, draft), append(b.writes, write)
}

// A client that hides whether users exist does not wait for the mail server and
// sees no error of it. Another client does.
func TestSendingDoesNotTellWhoExists(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	mail := &brokenMail{}
	d.Accounts.Messages = mail
	got, err := d.forgot(d.hiding, "alice")
	wantDelivery(t, "hiding", got, err, account.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"})
	d.MustEdit("alice", func(u *user.User) { u.Status = user.Unconfirmed })
	got, err = d.resend(d.hiding, "alice")
	wantDelivery(t, "hiding, resent", got, err, account.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"})
	if len(mail.drafts) != 2 {
		t.Errorf("%d messages were sent in the background, want 2", len(mail.drafts))
	}
	_, err = d.forgot(d.tells, "alice")
	wantErr(t, "telling", err, account.ErrDelivery)
}

func TestAResetEndsBrowserSessions(t *testing.T) {
	d := newDesk(t, verifying())
	u := d.alice()
	handle, _, err := d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: u, Provider: userpool.ProviderCognito})
	wantErr(t, "sign-in", err, nil)
	_, err = d.forgot(d.tells, "alice")
	wantErr(t, "forgot", err, nil)
	_, err = d.Tokens.Session(t.Context(), d.Pool, handle)
	wantErr(t, "before the reset", err, nil)
	wantErr(t, "reset", d.reset(d.tells, "alice", d.MustCode("alice@example.com"), "Other-Horse-8"), nil)
	_, err = d.Tokens.Session(t.Context(), d.Pool, handle)
	wantErr(t, "after the reset", err, token.ErrSessionUnknown)
}

// Codes of the second factor and reset codes never go to the same mailbox or
// phone: whoever reads it would have both.
func TestRecoveryAvoidsTheSecondFactor(t *testing.T) {
	tests := []struct {
		name      string
		mode      userpool.MFAMode
		phone     bool
		on        []string
		preferred string
		want      string // the medium; "": ErrNoRecovery
	}{
		{"no factor on", userpool.MFAOptional, true, nil, "", "EMAIL"},
		{"e-mail on, pool off", userpool.MFAOff, false, []string{user.EmailOTP}, user.EmailOTP, "EMAIL"},
		{"e-mail on", userpool.MFAOptional, true, []string{user.EmailOTP}, "", "SMS"},
		{"e-mail on, no phone", userpool.MFAOptional, false, []string{user.EmailOTP}, "", ""},
		{"SMS on", userpool.MFAOptional, true, []string{user.SMSMFA}, "", "EMAIL"},
		{"both on, e-mail preferred", userpool.MFAOptional, true, []string{user.EmailOTP, user.SMSMFA}, user.EmailOTP, "SMS"},
		{"mandatory, the address is the factor", userpool.MFARequired, false, nil, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{
				SMS: &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"},
				MFA: userpool.MFA{Mode: test.mode, SMS: test.mode != "", Email: test.mode != ""},
			})
			alice := d.alice()
			if test.phone {
				d.MustEdit("alice", func(u *user.User) {
					u.Attributes["phone_number"], u.Attributes["phone_number_verified"] = "+15550001111", "true"
				})
			}
			var changes []user.FactorChange
			for _, f := range test.on {
				changes = append(changes, user.FactorChange{Factor: f, On: true, Preferred: f == test.preferred})
			}
			if err := d.Users.SetMFA(t.Context(), d.Pool, alice.Sub, changes); err != nil {
				t.Fatal(err)
			}
			got, err := d.forgot(d.tells, "alice")
			switch {
			case test.want == "" && !errors.Is(err, account.ErrNoRecovery):
				t.Errorf("%+v, %v, want %v", got, err, account.ErrNoRecovery)
			case test.want != "" && (err != nil || got.Medium != test.want):
				t.Errorf("%+v, %v, want %s", got, err, test.want)
			}
		})
	}
}

// Who has no code learns nothing of the passwords that a user had, and the code
// that came with such a password may be used again with another one.
func TestTheHistoryIsToldToTheUserAlone(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	d.Pool.Settings.PasswordPolicy.HistorySize = 3
	wantErr(t, "no code, the present password", d.reset(d.hiding, "alice", "000000", right), credential.ErrCodeExpired)
	if _, err := d.forgot(d.hiding, "alice"); err != nil {
		t.Fatal(err)
	}
	code := d.MustCode("alice@example.com")
	wantErr(t, "wrong code, the present password", d.reset(d.hiding, "alice", enginetest.WrongCode(code), right), credential.ErrCodeMismatch)
	wantErr(t, "unknown user", d.reset(d.hiding, "nobody", code, right), credential.ErrCodeExpired)
	wantErr(t, "right code, the present password", d.reset(d.hiding, "alice", code, right), credential.ErrPasswordReused)
	wantErr(t, "right code, another password", d.reset(d.hiding, "alice", code, "Another-Horse-8"), nil)
	wantErr(t, "sign-in", d.opens("alice", "Another-Horse-8"), nil)
}

// Two administrators who set the same password at once end as if one after the
// other: the second one's is refused.
func TestTheHistoryHoldsForChangesAtOnce(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	d.Pool.Settings.PasswordPolicy.HistorySize = 24
	var wait sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wait.Go(func() { errs[i] = d.Accounts.SetPassword(t.Context(), d.Pool, "alice", "Another-Horse-8", true) })
	}
	wait.Wait()
	set := 0
	for _, err := range errs {
		if err == nil {
			set++
		} else if !errors.Is(err, credential.ErrPasswordReused) {
			t.Errorf("%v, want ErrPasswordReused", err)
		}
	}
	if set != 1 {
		t.Errorf("the password was set %d times, want once", set)
	}
}

// One mailbox must not be enough for both factors: after a code by e-mail has set
// the password, e-mail is no choice beside another factor, until there is another
// password.
func TestTheContactOfTheRecoveryIsNoSecondFactor(t *testing.T) {
	d := newDesk(t, userpool.Settings{
		SMS: &userpool.SMSConfiguration{CallerARN: "arn:aws:iam::000000000000:role/sms"},
		MFA: userpool.MFA{Mode: userpool.MFARequired, SMS: true, Email: true},
	})
	d.alice()
	d.MustEdit("alice", func(u *user.User) {
		u.Attributes["phone_number"], u.Attributes["phone_number_verified"] = "+15550001111", "true"
	})
	factors := func(want ...string) {
		t.Helper()
		u, err := d.Users.Find(t.Context(), d.Pool, "alice")
		if err != nil {
			t.Fatal(err)
		}
		if got := user.SecondFactors(d.Pool, u); !slices.Equal(got, want) {
			t.Errorf("second factors %q, want %q", got, want)
		}
	}
	factors(user.SMSMFA, user.EmailOTP)
	if got, err := d.forgot(d.tells, "alice"); err != nil || got.Medium != "EMAIL" {
		t.Fatalf("%+v, %v, want an e-mail", got, err)
	}
	if err := d.reset(d.tells, "alice", d.MustCode("alice@example.com"), "Horse-No-2"); err != nil {
		t.Fatal(err)
	}
	factors(user.SMSMFA)
	if err := d.Accounts.SetPassword(t.Context(), d.Pool, "alice", "Horse-No-3", true); err != nil {
		t.Fatal(err)
	}
	factors(user.SMSMFA, user.EmailOTP)
}
