package account_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// careful are the settings of a pool whose e-mail addresses change only when the
// new one is verified.
func careful() userpool.Settings {
	s := verifying()
	s.VerifiedBeforeUpdate = []string{"email"}
	return s
}

func (d *desk) set(name string, attributes ...string) ([]*account.Delivery, error) {
	d.t.Helper()
	return d.Accounts.SetOwnAttributes(d.t.Context(), d.Pool, d.tells, d.MustFind(name), enginetest.Pairs(attributes...), nil)
}

func (d *desk) mustSet(name string, attributes ...string) []*account.Delivery {
	d.t.Helper()
	deliveries, err := d.set(name, attributes...)
	if err != nil {
		d.t.Fatalf("set %v of %s: %v", attributes, name, err)
	}
	return deliveries
}

func (d *desk) verify(name, contact string, code seal.Secret) error {
	d.t.Helper()
	return d.Accounts.VerifyContact(d.t.Context(), d.Pool, d.MustFind(name), contact, code)
}

// wantEmail fails the test unless the user has the address, with the flag.
func (d *desk) wantEmail(name, address string, verified bool) {
	d.t.Helper()
	u := d.MustFind(name)
	if u.Attributes["email"] != address || u.Verified("email") != verified {
		d.t.Errorf("%s has %q, verified %q; want %q, verified %t", name, u.Attributes["email"], u.Attributes["email_verified"], address, verified)
	}
}

func TestANewAddressIsUnverifiedUntilItsCodeComesBack(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	deliveries := d.mustSet("alice", "email", "new@example.com", "name", "A")
	if len(deliveries) != 1 || *deliveries[0] != (account.Delivery{Destination: "n***@e***", Medium: "EMAIL", Attribute: "email"}) {
		t.Errorf("deliveries %+v, want one to the new address", deliveries)
	}
	d.wantEmail("alice", "new@example.com", false)
	wantErr(t, "sign-in with the unverified address", d.opens("new@example.com", right), user.ErrUserNotFound)
	code := d.MustCode("new@example.com")
	wantErr(t, "wrong code", d.verify("alice", "email", enginetest.WrongCode(code)), credential.ErrCodeMismatch)
	wantErr(t, "code for another attribute", d.verify("alice", "phone_number", code), credential.ErrCodeExpired)
	d.wantEmail("alice", "new@example.com", false)
	wantErr(t, "right code", d.verify("alice", "email", code), nil)
	d.wantEmail("alice", "new@example.com", true)
	wantErr(t, "sign-in with the verified address", d.opens("new@example.com", right), nil)
	wantErr(t, "the code again", d.verify("alice", "email", code), credential.ErrCodeExpired)
}

func TestTheOldAddressStaysUntilTheNewOneIsVerified(t *testing.T) {
	d := newDesk(t, careful())
	d.alice()
	if deliveries := d.mustSet("alice", "email", "new@example.com"); len(deliveries) != 1 || deliveries[0].Destination != "n***@e***" {
		t.Errorf("deliveries %+v, want one to the new address", deliveries)
	}
	d.wantEmail("alice", "alice@example.com", true)
	wantErr(t, "sign-in with the old address", d.opens("alice@example.com", right), nil)
	_, err := d.Accounts.SendVerification(t.Context(), trigger.Occasion{Pool: d.Pool}, d.MustFind("alice"), "email")
	wantErr(t, "a second code", err, nil)
	wantErr(t, "right code", d.verify("alice", "email", d.MustCode("new@example.com")), nil)
	d.wantEmail("alice", "new@example.com", true)
	wantErr(t, "sign-in with the new address", d.opens("new@example.com", right), nil)
	wantErr(t, "sign-in with the old address", d.opens("alice@example.com", right), user.ErrUserNotFound)
	if pending := d.MustFind("alice").Security.Pending; len(pending) > 0 {
		t.Errorf("still pending: %v", pending)
	}
}

// Each row ends with the address that the user then has, and with how many codes
// were sent.
func TestWhatHappensToAPendingAddress(t *testing.T) {
	admin := func(attributes ...string) func(*desk) error {
		return func(d *desk) error {
			return d.Accounts.SetAttributes(d.t.Context(), d.Pool, "alice", enginetest.Pairs(attributes...), nil)
		}
	}
	own := func(attributes ...string) func(*desk) error {
		return func(d *desk) error { _, err := d.set("alice", attributes...); return err }
	}
	tests := []struct {
		what     string
		do       func(*desk) error
		email    string
		verified bool
		pending  string
		codes    int // besides the first one
	}{
		{"the same again", own("email", "new@example.com"), "alice@example.com", true, "new@example.com", 0},
		{"another address", own("email", "third@example.com"), "alice@example.com", true, "third@example.com", 1},
		{"back to the old address", own("email", "alice@example.com"), "alice@example.com", true, "", 0},
		{"removal", own("email", ""), "", false, "", 0},
		{"another attribute", own("nickname", "al"), "alice@example.com", true, "new@example.com", 0},
		{"another address by an administrator", admin("email", "third@example.com"), "alice@example.com", true, "third@example.com", 1},
		{"a verified address by an administrator", admin("email", "third@example.com", "email_verified", "true"), "third@example.com", true, "", 0},
		// The flag is about the address that the user has: an administrator who
		// sends it does not see the other one.
		{"the flag alone by an administrator", admin("email_verified", "true"), "alice@example.com", true, "new@example.com", 0},
	}
	for _, test := range tests {
		d := newDesk(t, careful())
		d.alice()
		d.mustSet("alice", "email", "new@example.com")
		first := d.MustCode("new@example.com")
		wantErr(t, test.what, test.do(d), nil)
		d.wantEmail("alice", test.email, test.verified)
		if got := d.MustFind("alice").Security.Pending["email"]; got != test.pending {
			t.Errorf("%s: pending %q, want %q", test.what, got, test.pending)
		}
		if got := len(d.Outbox.Sent()) - 1; got != test.codes {
			t.Errorf("%s: %d more codes, want %d", test.what, got, test.codes)
		}
		err := d.verify("alice", "email", first)
		if stays := test.pending == "new@example.com"; stays != (err == nil) {
			t.Errorf("%s: the first code: %v, want it to work: %t", test.what, err, stays)
		}
	}
}

// A change that does not fit writes nothing at all and sends nothing.
func TestARefusedUpdateWritesNothing(t *testing.T) {
	s := verifying()
	s.Schema = []userpool.Attribute{
		{Name: "given_name", Type: userpool.TypeString, Mutable: true, Required: true},
		{Name: "custom:badge", Type: userpool.TypeString},
		{Name: "custom:tenant", Type: userpool.TypeString},
	}
	cannot := func(name string) *fault.Error {
		return user.ErrAttributes.Saying("user.%s: Attribute cannot be updated.\n", name)
	}
	tests := []struct {
		what       string
		attributes []string
		want       *fault.Error
	}{
		{"immutable", []string{"custom:badge", "8"}, cannot("custom:badge")},
		{"immutable, removed", []string{"custom:badge", ""}, cannot("custom:badge")},
		{"immutable, never set", []string{"custom:tenant", "acme"}, cannot("custom:tenant")},
		{"required, removed", []string{"given_name", ""}, user.ErrAttributes.Saying("Invalid user attributes: given_name: Required attribute cannot be deleted.")},
		{"verified flag", []string{"email_verified", "true"}, user.ErrUnwritable},
		{"malformed", []string{"phone_number", "123"}, user.ErrAttributes.Saying("Invalid phone number format.")},
	}
	for _, test := range tests {
		d := newDesk(t, s)
		d.tells = d.MustClient(userpool.ClientSettings{WriteAttributes: []string{"given_name", "email", "phone_number", "custom:badge", "custom:tenant"}})
		d.MustUser("alice", "given_name", "A", "email", "alice@example.com", "email_verified", "true", "custom:badge", "7")
		_, err := d.set("alice", append(test.attributes, "email", "new@example.com")...)
		wantErr(t, test.what, err, test.want)
		d.wantEmail("alice", "alice@example.com", true)
		if n := len(d.Outbox.Sent()); n != 0 {
			t.Errorf("%s: %d messages", test.what, n)
		}
	}
}

// An alias moves to the user who proves that it owns the address, and not before.
func TestAnAliasIsTakenOverByVerifyingIt(t *testing.T) {
	d := newDesk(t, careful())
	d.alice()
	d.MustUser("bob", "email", "bob@example.com", "email_verified", "true")
	d.mustSet("bob", "email", "alice@example.com")
	d.wantEmail("alice", "alice@example.com", true)
	wantErr(t, "verify", d.verify("bob", "email", d.MustCode("alice@example.com")), nil)
	d.wantEmail("alice", "alice@example.com", false)
	d.wantEmail("bob", "alice@example.com", true)
	if got := d.MustFind("alice@example.com").Username; got != "bob" {
		t.Errorf("the alias finds %s, want bob", got)
	}
}

// Where the address is the username, nobody takes another user's.
func TestAUsernameIsNotTakenOver(t *testing.T) {
	for _, before := range [][]string{nil, {"email"}} {
		d := newDesk(t, userpool.Settings{UsernameAttributes: []string{"email"}, AutoVerified: []string{"email"}, VerifiedBeforeUpdate: before})
		d.MustUser("alice@example.com", "email_verified", "true")
		d.MustUser("bob@example.com", "email_verified", "true")
		_, err := d.set("bob@example.com", "email", "alice@example.com")
		if err == nil {
			err = d.verify("bob@example.com", "email", d.MustCode("alice@example.com"))
		}
		wantErr(t, "another user's address", err, user.ErrAliasExists)
		d.wantEmail("alice@example.com", "alice@example.com", true)
		d.wantEmail("bob@example.com", "bob@example.com", true)
	}
}

// A code verifies the value that it was sent to, and no other.
func TestACodeDoesNotVerifyALaterAddress(t *testing.T) {
	for _, s := range []userpool.Settings{verifying(), careful()} {
		d := newDesk(t, s)
		d.alice()
		d.mustSet("alice", "email", "mine@example.com")
		code := d.MustCode("mine@example.com")
		u := d.MustFind("alice") // as a request that began before the next change
		d.Outbox.FailWith(message.ErrNotConfigured)
		_, err := d.set("alice", "email", "victim@example.com")
		wantErr(t, "update without a mail server", err, account.ErrDelivery)
		for _, err := range []error{
			d.Accounts.VerifyContact(t.Context(), d.Pool, u, "email", code),
			d.verify("alice", "email", code),
		} {
			if !errors.Is(err, credential.ErrCodeExpired) && !errors.Is(err, credential.ErrCodeMismatch) {
				t.Errorf("code of the address before: %v, want a refusal", err)
			}
		}
		if u := d.MustFind("alice"); u.Attributes["email"] == "victim@example.com" && u.Verified("email") {
			t.Error("the victim's address is verified")
		}
	}
}

func TestHourlyLimitsOfVerifying(t *testing.T) {
	d := newDesk(t, verifying())
	alice := d.alice()
	send := func() error {
		_, err := d.Accounts.SendVerification(t.Context(), trigger.Occasion{Pool: d.Pool}, alice, "email")
		return err
	}
	for range 5 {
		wantErr(t, "code", send(), nil)
	}
	wantErr(t, "sixth code", send(), credential.ErrAttemptLimit)
	code := d.MustCode("alice@example.com")
	for range 15 {
		wantErr(t, "wrong code", d.verify("alice", "email", enginetest.WrongCode(code)), credential.ErrCodeMismatch)
	}
	wantErr(t, "sixteenth try", d.verify("alice", "email", code), credential.ErrAttemptLimit)
	for i := range 15 {
		d.mustSet("alice", "email", string(rune('a'+i))+"@example.com")
	}
	_, err := d.set("alice", "email", "z@example.com")
	wantErr(t, "sixteenth address", err, credential.ErrAttemptLimit)
	d.wantEmail("alice", "o@example.com", false)
	d.mustSet("alice", "nickname", "al") // needs no code
	d.Advance(time.Hour)
	wantErr(t, "code after an hour", send(), nil)
	d.mustSet("alice", "email", "z@example.com")
}

// An administrator's answer does not wait for the mail server, nor fail with it.
func TestAnAdministratorsUpdateSendsACode(t *testing.T) {
	d := newDesk(t, verifying())
	d.alice()
	set := func(attributes ...string) {
		t.Helper()
		wantErr(t, "update", d.Accounts.SetAttributes(t.Context(), d.Pool, "alice", enginetest.Pairs(attributes...), nil), nil)
	}
	set("email", "new@example.com")
	wantErr(t, "its code", d.verify("alice", "email", d.MustCode("new@example.com")), nil)
	d.Outbox.Clear()
	set("email", "new@example.com", "name", "A")
	set("email", "third@example.com", "email_verified", "true")
	set("email_verified", "false")
	if n := len(d.Outbox.Sent()); n != 0 {
		t.Errorf("%d codes for the same, a verified and no new address", n)
	}
	d.Outbox.FailWith(message.ErrDelivery)
	set("email", "fourth@example.com")
	d.wantEmail("alice", "fourth@example.com", false)
}

// Of many tries with one code, at once, one works.
func TestACodeVerifiesOnce(t *testing.T) {
	d := newDesk(t, careful())
	d.alice()
	d.mustSet("alice", "email", "new@example.com")
	code, alice := d.MustCode("new@example.com"), d.MustFind("alice")
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() { errs[i] = d.Accounts.VerifyContact(t.Context(), d.Pool, alice, "email", code) })
	}
	wait.Wait()
	worked := 0
	for _, err := range errs {
		if err == nil {
			worked++
		} else if !errors.Is(err, credential.ErrCodeExpired) {
			t.Errorf("%v, want %v", err, credential.ErrCodeExpired)
		}
	}
	if worked != 1 {
		t.Errorf("%d tries worked, want one", worked)
	}
	d.wantEmail("alice", "new@example.com", true)
}
