package credential_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestPasswordPolicy(t *testing.T) {
	all := userpool.DefaultPasswordPolicy()
	none := userpool.PasswordPolicy{MinimumLength: 6}
	tests := []struct {
		password seal.Secret
		policy   userpool.PasswordPolicy
		want     string // what follows "Password does not conform to policy: "; "": fits
	}{
		{"Abcdef1!", all, ""},
		{"Abcde1!", all, "Password not long enough"},
		{"", none, "Password not long enough"},
		{"ÄÖÜäöü", none, ""}, // characters, not bytes
		{"ÄÖÜäö", none, "Password not long enough"},
		{"abcdef1!", all, "Password must have uppercase characters"},
		{"ABCDEF1!", all, "Password must have lowercase characters"},
		{"Abcdefg!", all, "Password must have numeric characters"},
		{"Abcdefg1", all, "Password must have symbol characters"},
		{"abcdefgh", all, "Password must have uppercase characters"}, // the first broken rule alone
		{"Abc def1", all, ""},                                        // a space inside is a symbol
		{" Abcdef1!", all, "Password must not begin or end with a space"},
		{"Abcdef1! ", all, "Password must not begin or end with a space"},
		{"Abcdef1€", all, "Password must have symbol characters"}, // not one of the list
		{"aaaaaa", none, ""},
		{seal.Secret(strings.Repeat("aB1!", 64)), all, ""},
		{seal.Secret(strings.Repeat("aB1!", 64) + "x"), all, "Password is too long"},
	}
	for _, test := range tests {
		err := credential.CheckPolicy(test.policy, test.password, credential.ChangeWording)
		got := ""
		if err != nil {
			got = strings.TrimPrefix(fault.As(err).Message, "Password does not conform to policy: ")
		}
		if got != test.want {
			t.Errorf("%q: %q, want %q", test.password.Reveal(), got, test.want)
		}
		if err != nil && fault.As(err).Code != credential.ErrPasswordPolicy.Code {
			t.Errorf("%q: %v, want %v", test.password.Reveal(), err, credential.ErrPasswordPolicy)
		}
	}
	for _, symbol := range "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-" {
		if err := credential.CheckPolicy(all, seal.Secret("Abcdef1"+string(symbol)), credential.ChangeWording); err != nil {
			t.Errorf("%c is no symbol: %v", symbol, err)
		}
	}
}

func TestGeneratedPasswordsMeetThePolicy(t *testing.T) {
	seen := map[seal.Secret]bool{}
	for _, length := range []int{6, 8, 12, 40, 99} {
		policy := userpool.DefaultPasswordPolicy()
		policy.MinimumLength = length
		for range 50 {
			password := credential.Generate(policy)
			if err := credential.CheckPolicy(policy, password, credential.ChangeWording); err != nil {
				t.Errorf("%q: %v", password.Reveal(), err)
			}
			if seen[password] {
				t.Errorf("%q came twice", password.Reveal())
			}
			seen[password] = true
		}
	}
}

func TestPasswordsAreKeptSealedForTheirUser(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	alice, bob := d.MustUser("alice"), d.MustUser("bob")
	if ok, err := d.Credentials.Matches(t.Context(), d.Pool, alice, "", enginetest.Password); !ok || err != nil {
		t.Errorf("own password: %t, %v; want true", ok, err)
	}
	alice.Password.Sealed = bob.Password.Sealed
	if ok, err := d.Credentials.Matches(t.Context(), d.Pool, alice, "", enginetest.Password); ok || err == nil {
		t.Errorf("another user's verifier in the row: %t, %v; want an error", ok, err)
	}
	if ok, err := d.Credentials.Matches(t.Context(), d.Pool, nil, "nobody", enginetest.Password); ok || err != nil {
		t.Errorf("nobody's password: %t, %v; want false", ok, err)
	}
}

func TestTemporaryPasswordLife(t *testing.T) {
	for days, want := range map[int]time.Duration{0: 7 * 24 * time.Hour, 1: 24 * time.Hour, 365: 365 * 24 * time.Hour} {
		policy := userpool.DefaultPasswordPolicy()
		policy.TemporaryValidityDays = days
		d := enginetest.New(t, userpool.Settings{PasswordPolicy: policy})
		if u := d.MustInvite("alice"); u.Password.Expires.Sub(d.Now()) != want {
			t.Errorf("%d days: expires in %s, want %s", days, u.Password.Expires.Sub(d.Now()), want)
		}
	}
}
