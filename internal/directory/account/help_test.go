package account_test

import (
	"errors"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const right = enginetest.Password

// desk is a directory with two clients: one tells whether users exist, one hides it.
type desk struct {
	*enginetest.Directory
	t             *testing.T
	tells, hiding *userpool.Client
}

// verifying are the settings of a pool that verifies e-mail addresses.
func verifying() userpool.Settings {
	return userpool.Settings{AutoVerified: []string{"email"}, AliasAttributes: []string{"email"}}
}

func newDesk(t *testing.T, s userpool.Settings) *desk {
	d := enginetest.New(t, s)
	return &desk{d, t, d.MustClient(userpool.ClientSettings{}), d.MustClient(userpool.ClientSettings{HideUserExistence: true})}
}

// alice has a verified address.
func (d *desk) alice() *user.User {
	d.t.Helper()
	return d.MustUser("alice", "email", "alice@example.com", "email_verified", "true")
}

func (d *desk) signUp(c *userpool.Client, name string, password seal.Secret, attributes ...string) (*user.User, *account.Delivery, error) {
	d.t.Helper()
	return d.Accounts.SignUp(d.t.Context(), d.Pool, c, account.SignUp{Username: name, Password: password, Attributes: enginetest.Pairs(attributes...)})
}

func (d *desk) confirm(c *userpool.Client, name string, code seal.Secret) error {
	d.t.Helper()
	return d.Accounts.ConfirmSignUp(d.t.Context(), d.Pool, c, account.Confirmation{Username: name, Code: code})
}

func (d *desk) resend(c *userpool.Client, name string) (*account.Delivery, error) {
	d.t.Helper()
	return d.Accounts.ResendConfirmation(d.t.Context(), d.Pool, c, name, nil, risk.Visit{})
}

func (d *desk) forgot(c *userpool.Client, name string) (*account.Delivery, error) {
	d.t.Helper()
	return d.Accounts.ForgotPassword(d.t.Context(), d.Pool, c, name, nil, risk.Visit{})
}

func (d *desk) reset(c *userpool.Client, name string, code, password seal.Secret) error {
	d.t.Helper()
	return d.Accounts.ConfirmForgotPassword(d.t.Context(), d.Pool, c, account.Reset{Username: name, Code: code, Password: password})
}

// opens returns the error of signing in with the password; nil for tokens or a
// challenge.
func (d *desk) opens(name string, password seal.Secret) error {
	d.t.Helper()
	_, err := d.SignIns.Password(d.t.Context(), d.Pool, d.tells, name, password, risk.Visit{})
	return err
}

func (d *desk) wantStatus(name string, want user.Status) {
	d.t.Helper()
	if got := d.MustFind(name).Status; got != want {
		d.t.Errorf("%s is %s, want %s", name, got, want)
	}
}

// wantErr fails the test unless got is want, with its text.
func wantErr(t *testing.T, what string, got error, want *fault.Error) {
	t.Helper()
	switch {
	case want == nil && got != nil:
		t.Errorf("%s: %v, want no error", what, got)
	case want == nil:
	case !errors.Is(got, want) || fault.As(got).Code != want.Code:
		t.Errorf("%s: error %v, want %v", what, got, want)
	case fault.As(got).Message != want.Message:
		t.Errorf("%s: text %q, want %q", what, fault.As(got).Message, want.Message)
	}
}

func wantDelivery(t *testing.T, what string, got *account.Delivery, err error, want account.Delivery) {
	t.Helper()
	if err != nil || got == nil || *got != want {
		t.Errorf("%s: %+v, %v, want %+v", what, got, err, want)
	}
}

var wrongPassword = signin.ErrWrongPassword
