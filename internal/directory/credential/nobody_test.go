package credential_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var everyFirst = []string{userpool.FirstPassword, userpool.FirstEmail, userpool.FirstSMS, userpool.FirstPasskey}

// What a user can begin a sign-in with, whatever they have, a made-up one can, too:
// a list that only users have told that one exists.
func TestWhateverAUserHasNobodyHas(t *testing.T) {
	on := true
	schema := []userpool.Attribute{{Name: "phone_number", Type: userpool.TypeString, Required: true, Mutable: true}}
	for name, s := range map[string]userpool.Settings{
		"every factor":                     {FirstFactors: everyFirst},
		"every factor, a second one":       {FirstFactors: everyFirst, MFA: userpool.MFA{Mode: userpool.MFAOptional, TOTP: &on}},
		"every factor, passkeys are two":   {FirstFactors: everyFirst, MFA: userpool.MFA{Mode: userpool.MFAOptional, TOTP: &on}, Passkeys: userpool.Passkeys{MultiFactor: true}},
		"a second one by mail":             {FirstFactors: everyFirst, MFA: userpool.MFA{Mode: userpool.MFAOptional, Email: true}},
		"a second one is demanded":         {FirstFactors: everyFirst, MFA: userpool.MFA{Mode: userpool.MFARequired, TOTP: &on}},
		"password and mail":                {FirstFactors: everyFirst[:2]},
		"without passwords":                {FirstFactors: everyFirst[1:]},
		"everybody has a phone":            {FirstFactors: everyFirst[:3], Schema: schema},
		"one kind of code, and everybody…": {FirstFactors: everyFirst[2:3], Schema: schema},
		"the password alone":               {},
	} {
		t.Run(name, func(t *testing.T) {
			d := enginetest.New(t, userpool.Settings{})
			p := &userpool.Pool{ID: "us-east-1_Nobody001", Settings: s}
			real, madeUp := realLists(p), map[string]bool{}
			for i := 0; len(madeUp) < len(real) && i < 50_000; i++ {
				u := d.Credentials.Nobody(p, fmt.Sprintf("name%d", i))
				madeUp[strings.Join(user.FirstFactors(p, u), " ")] = true
			}
			for list := range real {
				if !madeUp[list] {
					t.Errorf("only users are offered %q", list)
				}
			}
			for list := range madeUp {
				if !real[list] {
					t.Errorf("no user is offered %q", list)
				}
			}
		})
	}
}

// A function of the pool may know whoever we do not: everybody must be able to say the
// password.
func TestNobodyHasAPasswordWhereUsersAreMigrated(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p := &userpool.Pool{ID: "us-east-1_Nobody001", Settings: userpool.Settings{FirstFactors: everyFirst}}
	p.Settings.Triggers.Functions = map[userpool.Trigger]string{userpool.TriggerUserMigration: "arn:aws:lambda:us-east-1:000000000000:function:users"}
	for i := range 500 {
		u := d.Credentials.Nobody(p, fmt.Sprintf("name%d", i))
		if list := user.FirstFactors(p, u); !slices.Contains(list, user.ByPassword) {
			t.Fatalf("%s is offered %q, and no password", u.Username, list)
		}
	}
}

// realLists are the lists of first factors of all kinds of users of a pool that can
// begin a sign-in.
func realLists(p *userpool.Pool) map[string]bool {
	lists := map[string]bool{}
	for kind := range 64 {
		has := func(bit int) bool { return kind>>bit&1 == 1 }
		u := &user.User{Pool: p.ID, Status: user.Confirmed, Attributes: map[string]string{}}
		if has(0) {
			u.Password = &user.Password{}
		}
		if has(1) {
			u.Attributes["email"] = "a@example.com"
		}
		if a := p.Attribute("phone_number"); has(2) || a.Required {
			u.Attributes["phone_number"] = "+15550001111"
		}
		if has(3) {
			u.Security.Passkeys = []passkey.Key{{}}
		}
		if has(4) {
			u.Security.TOTP, u.Security.MFA = &user.TOTP{}, user.MFA{TOTP: true, Email: true}
		}
		if has(5) && u.Password != nil {
			u.Status = user.ForceChangePassword
		}
		if list := user.FirstFactors(p, u); len(list) > 0 {
			lists[strings.Join(list, " ")] = true
		}
	}
	return lists
}

// The same name is always answered alike, in whatever letters, and what was typed is
// not made up.
func TestNobodyIsAlwaysTheSame(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p := &userpool.Pool{ID: "us-east-1_Nobody001", Settings: userpool.Settings{FirstFactors: everyFirst, CaseInsensitive: true}}
	for i := range 100 {
		name := fmt.Sprintf("name%d", i)
		first := d.Credentials.Nobody(p, name)
		if again := d.Credentials.Nobody(p, strings.ToUpper(name)); !reflect.DeepEqual(first, again) {
			t.Fatalf("%s: %+v, then %+v", name, first, again)
		}
		contacts := d.Credentials.NobodysContacts(p, name)
		for contact, value := range first.Attributes {
			if value != contacts[contact] {
				t.Errorf("%s: %s is %s, and %s elsewhere", name, contact, value, contacts[contact])
			}
		}
		for contact, typed := range map[string]string{"email": name + "@example.com", "phone_number": fmt.Sprintf("+1555000%04d", i)} {
			if got := d.Credentials.Nobody(p, typed).Attributes[contact]; got != typed {
				t.Errorf("%s: the %s is %q, want what was typed", typed, contact, got)
			}
		}
	}
	other := &userpool.Pool{ID: "us-east-1_Nobody002", Settings: p.Settings}
	same := func(name string) bool {
		return reflect.DeepEqual(d.Credentials.NobodysContacts(p, name), d.Credentials.NobodysContacts(other, name))
	}
	if !slices.ContainsFunc([]string{"ann", "ben", "cat"}, func(name string) bool { return !same(name) }) {
		t.Error("two pools make up the same addresses")
	}
}
