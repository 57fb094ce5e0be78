package user_test

import (
	"errors"
	"slices"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestMFAPreference(t *testing.T) {
	type change = user.FactorChange
	on := func(f string) change { return change{Factor: f, On: true} }
	preferred := func(f string) change { return change{Factor: f, On: true, Preferred: true} }
	off := func(f string) change { return change{Factor: f} }
	missing := func(f string) string { return "User does not have delivery config set to turn on " + f }
	all := []change{on(user.SMSMFA), on(user.SoftwareTokenMFA), on(user.EmailOTP)}
	tests := []struct {
		name       string
		attributes []string
		app        bool
		before     []change
		changes    []change
		wantOn     []string
		preferred  string
		refused    string // the error's text; "": the change is made
	}{
		{"app before it is verified", nil, false, nil, []change{on(user.SoftwareTokenMFA)}, nil, "", missing(user.SoftwareTokenMFA)},
		{"SMS without a phone", []string{"email", "a@example.com"}, false, nil, []change{on(user.SMSMFA)}, nil, "", missing(user.SMSMFA)},
		{"e-mail without an address", []string{"phone_number", "+15550001111"}, false, nil, []change{on(user.EmailOTP)}, nil, "", missing(user.EmailOTP)},
		{"off without a phone", nil, false, nil, []change{off(user.SMSMFA)}, nil, "", ""},
		{"one on", both, false, nil, []change{on(user.SMSMFA)}, []string{user.SMSMFA}, "", ""},
		{"one on and preferred", both, false, nil, []change{preferred(user.EmailOTP)}, []string{user.EmailOTP}, user.EmailOTP, ""},
		{"preferred but off", both, false, all[:1], []change{{Factor: user.SMSMFA, Preferred: true}}, []string{user.SMSMFA}, "", "A factor that is not enabled cannot be the preferred MFA."},
		{"two preferred", both, false, nil, []change{preferred(user.EmailOTP), preferred(user.SMSMFA)}, nil, "", "Only one MFA method can be the preferred one."},
		{"a fault in the second change", both, false, nil, []change{on(user.EmailOTP), on(user.SoftwareTokenMFA)}, nil, "", missing(user.SoftwareTokenMFA)},
		{"the preference moves", both, true, []change{preferred(user.SMSMFA)}, []change{preferred(user.SoftwareTokenMFA)}, []string{user.SMSMFA, user.SoftwareTokenMFA}, user.SoftwareTokenMFA, ""},
		{"on again without preference", both, true, []change{preferred(user.SMSMFA)}, []change{on(user.SMSMFA)}, []string{user.SMSMFA}, "", ""},
		{"off clears the preference", both, true, append(slices.Clone(all), preferred(user.SMSMFA)), []change{off(user.SMSMFA)}, []string{user.SoftwareTokenMFA, user.EmailOTP}, "", ""},
		{"off keeps another preference", both, true, append(slices.Clone(all), preferred(user.SMSMFA)), []change{off(user.EmailOTP)}, []string{user.SMSMFA, user.SoftwareTokenMFA}, user.SMSMFA, ""},
		{"no change", both, true, all, nil, []string{user.SMSMFA, user.SoftwareTokenMFA, user.EmailOTP}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := enginetest.New(t, userpool.Settings{})
			sub := d.MustUser("alice", test.attributes...).Sub
			if test.app {
				d.MustEdit("alice", func(u *user.User) { u.Security.TOTP = &user.TOTP{Sealed: []byte("x")} })
			}
			if err := d.Users.SetMFA(t.Context(), d.Pool, sub, test.before); err != nil {
				t.Fatal(err)
			}
			err := d.Users.SetMFA(t.Context(), d.Pool, sub, test.changes)
			if refused := errors.Is(err, user.ErrMFA); refused != (test.refused != "") || refused && fault.As(err).Message != test.refused {
				t.Errorf("error %v, want %q", err, test.refused)
			}
			if m := d.MustFind("alice").Security.MFA; !slices.Equal(m.On(), test.wantOn) || m.Preferred != test.preferred {
				t.Errorf("on %v, preferred %q; want %v, %q", m.On(), m.Preferred, test.wantOn, test.preferred)
			}
		})
	}
}

var both = []string{"phone_number", "+15550001111", "email", "a@example.com"}

func TestOldMFAOptions(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	bob := d.MustUser("bob")
	if err := d.Users.SetOptions(t.Context(), d.Pool, bob.Sub, true); !errors.Is(err, user.ErrMFA) || d.MustFind("bob").Security.MFA != (user.MFA{}) {
		t.Errorf("SMS without a phone: %v, %+v", err, d.MustFind("bob").Security.MFA)
	}
	sub := d.MustUser("alice", both...).Sub
	set := func(on bool) user.MFA {
		t.Helper()
		if err := d.Users.SetOptions(t.Context(), d.Pool, sub, on); err != nil {
			t.Fatal(err)
		}
		return d.MustFind("alice").Security.MFA
	}
	if m := set(true); !m.SMS || !m.Options {
		t.Errorf("on: %+v", m)
	}
	if m := set(false); m != (user.MFA{}) {
		t.Errorf("off: %+v", m)
	}
	set(true)
	if err := d.Users.SetMFA(t.Context(), d.Pool, sub, []user.FactorChange{{Factor: user.SMSMFA}}); err != nil {
		t.Fatal(err)
	}
	if m := d.MustFind("alice").Security.MFA; m != (user.MFA{}) {
		t.Errorf("off in the new way: %+v", m)
	}
}
