package account_test

import (
	"errors"
	"sync"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// oldPassword breaks the pool's policy: that does not count for somebody who had it
// elsewhere.
const oldPassword = "old"

var badPassword = trigger.ErrRefused.Saying("UserMigration failed with error Bad password.")

// legacy is a desk whose pool asks an older system, which knows carol.
func legacy(t *testing.T, status string) *desk {
	d := newDesk(t, verifying())
	d.On(userpool.TriggerUserMigration, func(e enginetest.Event) error {
		password, typed := e.Request()["password"]
		switch {
		case e["userName"] != "carol":
			return nil
		case typed && password != oldPassword:
			return errors.New("Bad password")
		}
		e.Respond("userAttributes", map[string]any{"email": "carol@example.com", "email_verified": "true", "name": "Carol"})
		e.Respond("finalUserStatus", status)
		e.Respond("messageAction", "SUPPRESS")
		return nil
	})
	return d
}

func TestAUserOfAnotherSystemSignsIn(t *testing.T) {
	d := legacy(t, "CONFIRMED")
	wantErr(t, "the first time", d.opens("carol", oldPassword), nil)
	u := d.MustFind("carol@example.com")
	if u.Username != "carol" || u.Status != user.Confirmed || u.Attributes["name"] != "Carol" || !u.Verified("email") {
		t.Errorf("%+v", u)
	}
	if got := d.Functions.Sources(); got != "UserMigration_Authentication" {
		t.Errorf("events %s", got)
	}
	wantErr(t, "the second time", d.opens("carol", oldPassword), nil)
	wantErr(t, "a wrong password then", d.opens("carol", "other"), signin.ErrWrongPassword)
	if got := d.Functions.Sources(); got != "" {
		t.Errorf("asked again about a user of the pool: %s", got)
	}
	if sent := d.Outbox.Sent(); len(sent) != 0 {
		t.Errorf("%d messages", len(sent))
	}
}

func TestWhoIsNotMadeByAMigration(t *testing.T) {
	d := legacy(t, "CONFIRMED")
	wantErr(t, "a wrong password", d.opens("carol", "guess"), badPassword)
	wantErr(t, "a stranger", d.opens("dave", right), user.ErrUserNotFound)
	_, err := d.SignIns.Password(t.Context(), d.Pool, d.hiding, "dave", right, risk.Visit{})
	wantErr(t, "a stranger, of a client that hides", err, signin.ErrWrongPassword)
	for _, name := range []string{"carol", "dave"} {
		if _, err := d.Users.Find(t.Context(), d.Pool, name); !errors.Is(err, user.ErrUserNotFound) {
			t.Errorf("%s was made: %v", name, err)
		}
	}
	d.On(userpool.TriggerUserMigration, func(e enginetest.Event) error {
		e.Respond("userAttributes", map[string]any{"email": "not an address"})
		return nil
	})
	wantErr(t, "attributes that no user can have", d.opens("erin", right), trigger.ErrOutput.Saying("Exception migrating user in app client %s", d.tells.ID))
}

// Guesses at the passwords of the older system are counted and locked as those at
// the pool's own.
func TestGuessesAtAnotherSystemLock(t *testing.T) {
	d := legacy(t, "CONFIRMED")
	for range 5 {
		wantErr(t, "a guess", d.opens("carol", "guess"), badPassword)
	}
	d.Functions.Sources()
	wantErr(t, "the right password during the lock", d.opens("carol", oldPassword), credential.ErrLocked)
	if got := d.Functions.Sources(); got != "" {
		t.Errorf("the function was asked during the lock: %s", got)
	}
}

func TestAMigratedUserWhoMustResetThePassword(t *testing.T) {
	d := legacy(t, "RESET_REQUIRED")
	wantErr(t, "signing in", d.opens("carol", oldPassword), signin.ErrResetRequired)
	_, err := d.forgot(d.tells, "carol")
	wantErr(t, "asking for a code", err, nil)
	wantErr(t, "the reset", d.reset(d.tells, "carol", d.MustCode("carol@example.com"), "Other-Horse-8"), nil)
	wantErr(t, "the new password", d.opens("carol", "Other-Horse-8"), nil)
}

func TestSomebodyWhoForgotThePasswordOfAnotherSystem(t *testing.T) {
	for _, hides := range []bool{false, true} {
		d := legacy(t, "")
		c := d.tells
		if hides {
			c = d.hiding
		}
		delivery, err := d.forgot(c, "carol")
		wantDelivery(t, "carol", delivery, err, account.Delivery{Destination: "c***@e***", Medium: "EMAIL", Attribute: "email"})
		if got := d.Functions.Sources(); got != "UserMigration_ForgotPassword" {
			t.Errorf("events %s", got)
		}
		wantErr(t, "the reset", d.reset(c, "carol", d.MustCode("carol@example.com"), "Other-Horse-8"), nil)
		wantErr(t, "the new password", d.opens("carol", "Other-Horse-8"), nil)
		for range 6 {
			_, err = d.forgot(c, "dave")
		}
		wantErr(t, "the sixth time for a stranger", err, credential.ErrAttemptLimit)
	}
}

func TestTwoFirstSignInsAtOnceMakeOneUser(t *testing.T) {
	d := legacy(t, "CONFIRMED")
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() { errs[i] = d.opens("carol", seal.Secret(oldPassword)) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("sign-in %d: %v", i, err)
		}
	}
	if users, _, err := d.Users.List(t.Context(), d.Pool.ID, user.Query{}); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v, want one", len(users), err)
	}
}

// The function can demand SMS as the second factor of whom it describes. Without a
// phone number there is nobody to be made.
func TestAMigratedUserWithASecondFactor(t *testing.T) {
	for _, phone := range []string{"+15550001111", ""} {
		d := newDesk(t, verifying())
		d.On(userpool.TriggerUserMigration, func(e enginetest.Event) error {
			attributes := map[string]any{"name": "Carol"}
			if phone != "" {
				attributes["phone_number"] = phone
			}
			e.Respond("userAttributes", attributes)
			e.Respond("finalUserStatus", "CONFIRMED")
			e.Respond("enableSMSMFA", true)
			return nil
		})
		err := d.opens("carol", oldPassword)
		if phone == "" {
			if !errors.Is(err, trigger.ErrOutput) {
				t.Errorf("without a phone number: %v, want %v", err, trigger.ErrOutput)
			}
			_, err := d.Users.Find(t.Context(), d.Pool, "carol")
			wantErr(t, "without a phone number", err, user.ErrUserNotFound)
			continue
		}
		wantErr(t, "with a phone number", err, nil)
		if m := d.MustFind("carol").Security.MFA; !m.SMS {
			t.Errorf("second factors %+v, want SMS", m)
		}
	}
}
