package user_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func draft(d *enginetest.Directory, name string, attributes ...string) (*user.User, error) {
	return d.Users.Draft(d.Pool, user.NewUser{Username: name, Status: user.Confirmed, Attributes: enginetest.Pairs(attributes...)})
}

func TestUsernames(t *testing.T) {
	email, phone, both := []string{"email"}, []string{"phone_number"}, []string{"email", "phone_number"}
	tests := []struct {
		alias, username []string
		name            string
		attributes      []string
		want            string // the error's message; "": accepted
	}{
		{nil, nil, "alice", nil, ""},
		{nil, nil, "alice@example.com", nil, ""},
		{nil, nil, "Åsa_💡", nil, ""},
		{nil, nil, "", nil, "Username cannot be empty or contain spaces."},
		{nil, nil, "a b", nil, "Username cannot be empty or contain spaces."},
		{nil, nil, "a\u00a0b", nil, "Username cannot be empty or contain spaces."},
		{email, nil, "alice", nil, ""},
		{email, nil, "alice@example.com", nil, "Username cannot be of email format, since user pool is configured for email alias."},
		{email, nil, "+15550001111", nil, ""},
		{phone, nil, "+15550001111", nil, "Username cannot be of phone number format, since user pool is configured for phone number alias."},
		{nil, email, "alice@example.com", nil, ""},
		{nil, email, "alice", nil, "Username should be an email."},
		{nil, email, "+15550001111", nil, "Username should be an email."},
		{nil, phone, "+15550001111", nil, ""},
		{nil, phone, "alice@example.com", nil, "Username should be a phone number."},
		{nil, both, "alice@example.com", nil, ""},
		{nil, both, "+15550001111", nil, ""},
		{nil, both, "alice", nil, "Username should be either an email or a phone number."},
		{nil, email, "alice@example.com", []string{"email", "alice@example.com"}, ""},
		{nil, email, "alice@example.com", []string{"email", "bob@example.com"}, "The username and the attribute email differ."},
	}
	for _, test := range tests {
		d := enginetest.New(t, userpool.Settings{AliasAttributes: test.alias, UsernameAttributes: test.username})
		u, err := draft(d, test.name, test.attributes...)
		if test.want != "" {
			if !errors.Is(err, user.ErrUsername) || fault.As(err).Message != test.want {
				t.Errorf("%q with alias %v, username %v: %v, want %q", test.name, test.alias, test.username, err, test.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q with alias %v, username %v: %v", test.name, test.alias, test.username, err)
			continue
		}
		want := test.name
		if test.username != nil {
			want = string(u.Sub)
		}
		if u.Username != want || len(u.Sub) != 36 {
			t.Errorf("%q with username %v: username %q, sub %q", test.name, test.username, u.Username, u.Sub)
		}
	}
}

// Which names find a user depends on the pool's settings and on what is verified.
func TestNamesThatFindAUser(t *testing.T) {
	all := []string{"email", "phone_number", "preferred_username"}
	attributes := []string{"email", "Alice@example.com", "phone_number", "+15550001111", "preferred_username", "Al"}
	verified := append(attributes, "email_verified", "true", "phone_number_verified", "true")
	tests := []struct {
		name  string
		pool  userpool.Settings
		gave  []string
		finds map[string]bool
	}{
		{"no aliases", userpool.Settings{}, verified, map[string]bool{"Alice": true, "alice": false, "Alice@example.com": false, "Al": false}},
		{"folded", userpool.Settings{CaseInsensitive: true}, verified, map[string]bool{"Alice": true, "aLICE": true}},
		{"aliases", userpool.Settings{AliasAttributes: all}, verified, map[string]bool{"Alice@example.com": true, "alice@example.com": false, "+15550001111": true, "Al": true, "al": false}},
		{"aliases, folded", userpool.Settings{AliasAttributes: all, CaseInsensitive: true}, verified, map[string]bool{"alice@EXAMPLE.com": true, "al": true}},
		{"aliases, unverified", userpool.Settings{AliasAttributes: all}, attributes, map[string]bool{"Alice@example.com": false, "+15550001111": false, "Al": true}},
	}
	for _, test := range tests {
		d := enginetest.New(t, test.pool)
		u := d.MustUser("Alice", test.gave...)
		test.finds[string(u.Sub)] = true
		for name, want := range test.finds {
			got, err := d.Users.Find(t.Context(), d.Pool, name)
			if found := err == nil && got.Sub == u.Sub; found != want || !found && !errors.Is(err, user.ErrUserNotFound) {
				t.Errorf("%s: %q found %t (%v), want %t", test.name, name, found, err, want)
			}
		}
	}
	d := enginetest.New(t, userpool.Settings{UsernameAttributes: []string{"email"}})
	u := d.MustUser("alice@example.com") // not verified
	if got := d.MustFind("alice@example.com"); got.Sub != u.Sub || got.Verified("email") {
		t.Errorf("an address that is the username: %+v", got)
	}
}

func TestNamesAreUnique(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{AliasAttributes: []string{"email", "phone_number", "preferred_username"}, CaseInsensitive: true})
	alice := d.MustUser("alice", "email", "alice@example.com", "email_verified", "true", "phone_number", "+15550001111", "phone_number_verified", "true", "preferred_username", "al")
	create := func(name string, attributes ...string) error {
		u, err := draft(d, name, attributes...)
		if err != nil {
			t.Fatal(err)
		}
		return d.Users.Create(t.Context(), d.Pool, u, false)
	}
	tests := []struct {
		what string
		err  error
		want *fault.Error
	}{
		{"username in another case", create("ALICE"), user.ErrUsernameExists},
		{"username that is another user's preferred username", create("al"), user.ErrUsernameExists},
		{"sub for a username", create(string(alice.Sub)), user.ErrUsernameExists},
		{"sub for a preferred username", create("b1", "preferred_username", string(alice.Sub)), user.ErrAliasExists.Saying("An account with the given preferred_username already exists.")},
		{"verified address", create("b2", "email", "ALICE@example.com", "email_verified", "true"), user.ErrAliasExists},
		{"verified number", create("b3", "phone_number", "+15550001111", "phone_number_verified", "true"), user.ErrAliasExists.Saying("An account with the given phone_number already exists.")},
		{"preferred username that is another user's username", create("b4", "preferred_username", "Alice"), user.ErrAliasExists.Saying("An account with the given preferred_username already exists.")},
		{"address that is not verified", create("b5", "email", "alice@example.com"), nil},
	}
	for _, test := range tests {
		if test.want == nil && test.err != nil || test.want != nil && (!errors.Is(test.err, test.want) || fault.As(test.err).Message != test.want.Message) {
			t.Errorf("%s: %v, want %v", test.what, test.err, test.want)
		}
	}
}

// Whoever sets such a name does not own the address, and its owner could neither
// confirm the address nor sign in with it.
func TestAPreferredUsernameIsNoAddressOfSomebodyElse(t *testing.T) {
	const text = "Preferred username cannot be of %s format, since user pool is configured for %[1]s alias."
	for _, test := range []struct {
		aliases     []string
		value, want string
	}{
		{[]string{"email", "phone_number", "preferred_username"}, "bob@example.com", "email"},
		{[]string{"email", "phone_number", "preferred_username"}, "BOB@EXAMPLE.COM", "email"},
		{[]string{"email", "phone_number", "preferred_username"}, "+15550001111", "phone number"},
		{[]string{"email", "phone_number", "preferred_username"}, "bob", ""},
		{[]string{"email", "preferred_username"}, "+15550001111", ""},
		{[]string{"phone_number", "preferred_username"}, "bob@example.com", ""},
		{[]string{"email"}, "bob@example.com", ""},
	} {
		d := enginetest.New(t, userpool.Settings{AliasAttributes: test.aliases, CaseInsensitive: true})
		mallory := d.MustUser("mallory")
		_, drafted := draft(d, "new", "preferred_username", test.value)
		_, set := d.Users.Update(t.Context(), d.Pool, mallory.Sub, user.Change{Apply: func(u *user.User) error {
			return user.SetAttributes(d.Pool, u, map[string]string{"preferred_username": test.value})
		}})
		for what, err := range map[string]error{"new user": drafted, "change": set} {
			if (err != nil) != (test.want != "") || err != nil && fault.As(err).Message != fmt.Sprintf(text, test.want) {
				t.Errorf("aliases %v, %q, %s: %v, want a refusal for its %q format", test.aliases, test.value, what, err, test.want)
			}
		}
		if got := d.MustFind("mallory").Attributes["preferred_username"]; (got != "") != (test.want == "") {
			t.Errorf("aliases %v, %q: stored %q", test.aliases, test.value, got)
		}
	}
}

// If many users take one name at the same time, one of them gets it.
func TestConcurrentUsersOfOneName(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	var got atomic.Int32
	var work sync.WaitGroup
	for range 16 {
		work.Go(func() {
			u, err := draft(d, "alice")
			if err == nil {
				err = d.Users.Create(t.Context(), d.Pool, u, false)
			}
			switch {
			case err == nil:
				got.Add(1)
			case !errors.Is(err, user.ErrUsernameExists):
				t.Errorf("%v, want %v", err, user.ErrUsernameExists)
			}
		})
	}
	work.Wait()
	if got.Load() != 1 {
		t.Errorf("%d users got the name, want 1", got.Load())
	}
}

func TestAnUnverifiedAddressIsTakenAsUsername(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{UsernameAttributes: []string{"email", "phone_number"}})
	d.MustUser("alice@example.com")
	u, err := draft(d, "alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Users.Create(t.Context(), d.Pool, u, false); !errors.Is(err, user.ErrUsernameExists) || fault.As(err).Code != user.ErrUsernameExists.Code {
		t.Errorf("%v, want %v", err, user.ErrUsernameExists)
	}
}

func TestSetAttributes(t *testing.T) {
	pool := &userpool.Pool{Settings: userpool.Settings{Schema: []userpool.Attribute{
		{Name: "given_name", Type: userpool.TypeString, Mutable: true, Required: true},
		{Name: "custom:fixed", Type: userpool.TypeString},
		{Name: "custom:flag", Type: userpool.TypeBoolean, Mutable: true},
	}}}
	start := func() *user.User {
		return &user.User{Sub: "s", Attributes: map[string]string{"given_name": "Alice", "custom:fixed": "1", "email": "alice@example.com", "email_verified": "true"}}
	}
	tests := []struct {
		name    string
		changes []string
		want    string // the attributes, or what is said
	}{
		{"another value", []string{"given_name", "Al"}, "map[custom:fixed:1 email:alice@example.com email_verified:true given_name:Al]"},
		{"another address", []string{"email", "al@example.com"}, "map[custom:fixed:1 email:al@example.com email_verified:false given_name:Alice]"},
		{"another address, verified", []string{"email", "al@example.com", "email_verified", "True"}, "map[custom:fixed:1 email:al@example.com email_verified:true given_name:Alice]"},
		{"the same address", []string{"email", "alice@example.com"}, "map[custom:fixed:1 email:alice@example.com email_verified:true given_name:Alice]"},
		{"address removed", []string{"email", ""}, "map[custom:fixed:1 given_name:Alice]"},
		{"flag in another case", []string{"custom:flag", "FALSE"}, "map[custom:fixed:1 custom:flag:false email:alice@example.com email_verified:true given_name:Alice]"},
		{"immutable, the same value", []string{"custom:fixed", "1"}, "map[custom:fixed:1 email:alice@example.com email_verified:true given_name:Alice]"},
		{"immutable, another value", []string{"custom:fixed", "2"}, "user.custom:fixed: Attribute cannot be updated.\n"},
		{"immutable, removed", []string{"custom:fixed", ""}, "user.custom:fixed: Attribute cannot be updated.\n"},
		{"required, removed", []string{"given_name", ""}, "Invalid user attributes: given_name: Required attribute cannot be deleted."},
		{"unknown", []string{"custom:x", "1"}, "user.custom:x: Attribute does not exist in the schema.\n"},
		{"unknown, removed", []string{"custom:x", ""}, "Invalid user attributes: user.custom:x: Attribute does not exist in the schema.\n"},
		{"sub", []string{"sub", "1"}, "user.sub: Attribute cannot be updated.\n"},
		{"bad address", []string{"email", "Alice <alice@example.com>"}, "Invalid email address format."},
		{"bad number", []string{"phone_number", "+1555000111122223"}, "Invalid phone number format."},
		{"verified, but no number", []string{"phone_number_verified", "true"}, "Phone Number is required to verify/un-verify a phone number"},
		{"not verified, but no number", []string{"phone_number_verified", "false"}, "Phone Number is required to verify/un-verify a phone number"},
		{"verified, and removed", []string{"email", "", "email_verified", "true"}, "Email is required to verify/un-verify an email"},
		{"verified alone", []string{"email_verified", "false"}, "map[custom:fixed:1 email:alice@example.com email_verified:false given_name:Alice]"},
		{"one of two is bad", []string{"given_name", "Al", "phone_number", "1"}, "Invalid phone number format."},
	}
	for _, test := range tests {
		u := start()
		err := user.SetAttributes(pool, u, enginetest.Pairs(test.changes...))
		got := fmt.Sprint(u.Attributes)
		if err != nil {
			if got != fmt.Sprint(start().Attributes) {
				t.Errorf("%s: the changes were refused, but the attributes are %s", test.name, got)
			}
			got = fault.As(err).Message
		}
		if got != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.name, got, test.want)
		}
	}
}

// Nobody could find such a user, or sign in as one.
func TestTheUsernameIsNotRemoved(t *testing.T) {
	const refused = "The attribute is the username and cannot be deleted."
	both := map[string]string{"email": "alice@example.com", "phone_number": "+15550001111"}
	mail := map[string]string{"email": "alice@example.com"}
	tests := map[string]struct {
		has     map[string]string
		status  user.Status
		changes []string
		refused bool
	}{
		"the only one":                  {mail, user.Confirmed, []string{"email", ""}, true},
		"both of two":                   {both, user.Confirmed, []string{"email", "", "phone_number", ""}, true},
		"one of two":                    {both, user.Confirmed, []string{"email", ""}, false},
		"one, and the other comes":      {mail, user.Confirmed, []string{"email", "", "phone_number", "+15550002222"}, false},
		"another one":                   {mail, user.Confirmed, []string{"email", "al@example.com"}, false},
		"one that there is not":         {mail, user.Confirmed, []string{"phone_number", ""}, false},
		"of a user of another provider": {mail, user.External, []string{"email", ""}, false},
	}
	for name, test := range tests {
		pool := &userpool.Pool{Settings: userpool.Settings{UsernameAttributes: []string{"email", "phone_number"}}}
		u := &user.User{Sub: "s", Status: test.status, Attributes: maps.Clone(test.has)}
		err := user.SetAttributes(pool, u, enginetest.Pairs(test.changes...))
		if got := err != nil && strings.Contains(fault.As(err).Message, refused); got != test.refused || err != nil && !got {
			t.Errorf("%s: %v, want it refused: %t", name, err, test.refused)
		}
		if test.refused && !maps.Equal(u.Attributes, test.has) {
			t.Errorf("%s: refused, and the attributes are %v", name, u.Attributes)
		}
	}
}

func TestDraftDropsEmptyAttributes(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	u, err := draft(d, "alice", "name", "", "email", "a@example.com", "email_verified", "TRUE")
	if err != nil || fmt.Sprint(u.Attributes) != "map[email:a@example.com email_verified:true]" {
		t.Errorf("%v, %v", u.Attributes, err)
	}
}

func TestPreferredRole(t *testing.T) {
	group := func(precedence int, role string) *user.Group {
		g := &user.Group{RoleARN: role}
		if precedence >= 0 {
			g.Precedence = &precedence
		}
		return g
	}
	tests := []struct {
		name   string
		groups []*user.Group
		want   string
	}{
		{"no groups", nil, ""},
		{"one group", []*user.Group{group(5, "a")}, "a"},
		{"different precedences", []*user.Group{group(0, "a"), group(1, "b")}, "a"},
		{"same precedence, same role", []*user.Group{group(0, "a"), group(0, "a"), group(1, "b")}, "a"},
		{"same precedence, two roles", []*user.Group{group(0, "a"), group(0, "b")}, ""},
		{"no precedence", []*user.Group{group(-1, "a")}, ""},
		{"no role", []*user.Group{group(0, ""), group(1, "b")}, ""},
	}
	for _, test := range tests {
		if got := user.PreferredRole(test.groups); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestUpdateKeepsNamesAndTime(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{AliasAttributes: []string{"email"}})
	u := d.MustUser("alice", "email", "alice@example.com", "email_verified", "true")
	d.Advance(time.Hour)
	d.MustEdit("alice", func(u *user.User) { u.Attributes["email"] = "new@example.com" })
	if got := d.MustFind("new@example.com"); got.Sub != u.Sub || !got.Modified.Equal(d.Now()) || !got.Created.Equal(u.Created) {
		t.Errorf("%+v", got)
	}
	if _, err := d.Users.Find(t.Context(), d.Pool, "alice@example.com"); !errors.Is(err, user.ErrUserNotFound) {
		t.Errorf("the old alias: %v", err)
	}
	boom := errors.New("boom")
	_, err := d.Users.Update(t.Context(), d.Pool, u.Sub, user.Change{Apply: func(u *user.User) error { u.Status = "X"; return boom }})
	if !errors.Is(err, boom) || d.MustFind("alice").Status != user.Confirmed {
		t.Errorf("a change that failed: %v, status %s", err, d.MustFind("alice").Status)
	}
}

func TestListAndCountUsers(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for i := range userpool.MaxPage + 1 {
		d.MustInvite(fmt.Sprint("u", i))
	}
	users, next, err := d.Users.List(t.Context(), d.Pool.ID, user.Query{})
	if err != nil || len(users) != userpool.MaxPage || next == "" {
		t.Errorf("a page without a limit: %d users, next %q, %v", len(users), next, err)
	}
	users, next, err = d.Users.List(t.Context(), d.Pool.ID, user.Query{Limit: 1000, After: next})
	if err != nil || len(users) != 1 || next != "" {
		t.Errorf("the last page: %d users, next %q, %v", len(users), next, err)
	}
	if n, err := d.Users.Count(t.Context(), d.Pool.ID); err != nil || n != userpool.MaxPage+1 {
		t.Errorf("Count = %d, %v", n, err)
	}
}

func TestDeleteUser(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	alice := d.MustUser("alice")
	if err := d.Users.Delete(t.Context(), d.Pool.ID, alice.Sub); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Users.User(t.Context(), d.Pool.ID, alice.Sub); !errors.Is(err, user.ErrUserNotFound) {
		t.Errorf("the deleted user: %v", err)
	}
	if err := d.Users.Delete(t.Context(), d.Pool.ID, alice.Sub); !errors.Is(err, user.ErrUserNotFound) {
		t.Errorf("again: %v", err)
	}
}
