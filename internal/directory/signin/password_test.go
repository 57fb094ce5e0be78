package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func TestPasswordSignsIn(t *testing.T) {
	b := newBench(t, userpool.Settings{AliasAttributes: []string{"email", "phone_number", "preferred_username"}, CaseInsensitive: true}, userpool.ClientSettings{})
	u := b.MustUser("alice", "email", "alice@example.com", "email_verified", "true", "phone_number", "+15550001111", "phone_number_verified", "true", "preferred_username", "ali")
	for _, flow := range []string{"USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"} {
		for _, name := range []string{"alice", "ALICE", "alice@example.com", "Alice@Example.com", "+15550001111", "ali", string(u.Sub)} {
			out, err := b.initiate(flow, "USERNAME", name, "PASSWORD", right.Reveal())
			wantTokens(t, flow+" as "+name, out, err, u)
			if err == nil && (out.Tokens.Refresh == "" || out.Tokens.ExpiresIn != time.Hour) {
				t.Errorf("%s as %s: refresh token %t, life %s; want one, and an hour", flow, name, out.Tokens.Refresh != "", out.Tokens.ExpiresIn)
			}
		}
	}
}

func TestUnverifiedAliasDoesNotSignIn(t *testing.T) {
	b := newBench(t, userpool.Settings{AliasAttributes: []string{"email"}}, userpool.ClientSettings{})
	b.MustUser("alice", "email", "alice@example.com")
	_, err := b.password("alice@example.com", right)
	wantErr(t, "sign-in with an unverified alias", err, user.ErrUserNotFound)
}

// Each row is a user with a status, and the error for the right password. With a
// wrong password the status is not told.
func TestStatusIsToldOnlyWithTheRightPassword(t *testing.T) {
	tests := []struct {
		name string
		edit func(*user.User)
		want *fault.Error
	}{
		{"disabled", func(u *user.User) { u.Enabled = false }, signin.ErrDisabled},
		{"unconfirmed", func(u *user.User) { u.Status = user.Unconfirmed }, signin.ErrNotConfirmed},
		{"to be reset", func(u *user.User) { u.Status = user.ResetRequired }, signin.ErrResetRequired},
		{"disabled and unconfirmed", func(u *user.User) { u.Enabled, u.Status = false, user.Unconfirmed }, signin.ErrDisabled},
		{"of an unknown status", func(u *user.User) { u.Status = "ARCHIVED" }, signin.ErrWrongPassword},
		{"without a password", func(u *user.User) { u.Password = nil }, signin.ErrWrongPassword},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
			b.MustUser("alice")
			b.MustEdit("alice", test.edit)
			_, err := b.password("alice", right)
			wantErr(t, "right password", err, test.want)
			_, err = b.password("alice", "Wrong-Horse-7")
			wantErr(t, "wrong password", err, signin.ErrWrongPassword)
			_, err = b.startSRP("alice", right).answer()
			wantErr(t, "right password over SRP", err, test.want)
			_, err = b.startSRP("alice", "Wrong-Horse-7").answer()
			wantErr(t, "wrong password over SRP", err, signin.ErrWrongPassword)
		})
	}
}

// Cognito: a user of an identity provider has no password that could be right. A client
// that hides who exists is told what it is told of everybody.
func TestUserOfAProviderHasNoPassword(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	tells, hides := b.c, b.MustClient(hiding)
	for name, test := range map[string]struct {
		client  *userpool.Client
		enabled bool
		want    *fault.Error
	}{"alice": {tells, true, signin.ErrNoPassword}, "bob": {tells, false, signin.ErrWrongPassword}, "carol": {hides, true, signin.ErrWrongPassword}} {
		b.c = test.client
		b.MustUser(name)
		b.MustEdit(name, func(u *user.User) { u.Status, u.Password, u.Enabled = user.External, nil, test.enabled })
		_, err := b.password(name, right)
		wantErr(t, name+"'s password", err, test.want)
		_, err = b.startSRP(name, right).answer()
		wantErr(t, name+"'s password over SRP", err, test.want)
	}
}

func TestUnknownUser(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	_, err := b.password("nobody", right)
	wantErr(t, "unknown user, told", err, user.ErrUserNotFound)
	_, err = b.initiate("USER_SRP_AUTH", "USERNAME", "nobody", "SRP_A", "abc123")
	wantErr(t, "unknown user over SRP, told", err, user.ErrUserNotFound)

	b.c = b.MustClient(hiding)
	b.MustUser("alice")
	for _, name := range []string{"nobody", "alice"} {
		_, err = b.password(name, "Wrong-Horse-7")
		wantErr(t, name+" hidden", err, signin.ErrWrongPassword)
		_, err = b.startSRP(name, "Wrong-Horse-7").answer()
		wantErr(t, name+" hidden over SRP", err, signin.ErrWrongPassword)
	}
}

// A name that no user has locks as a user's name does, so that the lock does not
// tell whether the user exists.
func TestUnknownUserLocksLikeAKnownUser(t *testing.T) {
	b := newBench(t, userpool.Settings{}, hiding)
	b.MustUser("alice")
	for _, name := range []string{"nobody", "alice"} {
		var got []string
		for range 7 {
			_, err := b.password(name, "Wrong-Horse-7")
			got = append(got, fault.As(err).Code)
		}
		for i, code := range got {
			want := signin.ErrWrongPassword.Code
			if i >= 5 {
				want = credential.ErrLocked.Code
			}
			if code != want {
				t.Errorf("%s, wrong password %d: %s, want %s", name, i+1, code, want)
			}
		}
	}
}

func TestRightPasswordIsRefusedWhileLocked(t *testing.T) {
	b := newBench(t, userpool.Settings{AliasAttributes: []string{"email"}}, userpool.ClientSettings{})
	u := b.MustUser("alice", "email", "alice@example.com", "email_verified", "true")
	for _, name := range []string{"alice", "alice@example.com", string(u.Sub), "alice", "alice@example.com"} { // one count for all names
		b.password(name, "Wrong-Horse-7")
	}
	_, err := b.password("alice", right)
	wantErr(t, "right password while locked", err, credential.ErrLocked)
	_, err = b.startSRP("alice", right).answer()
	wantErr(t, "right proof while locked", err, credential.ErrLocked)
	b.Advance(time.Second)
	out, err := b.password("alice", right)
	wantTokens(t, "right password after the lock", out, err, u)
	for range 4 {
		_, err = b.password("alice", "Wrong-Horse-7")
		wantErr(t, "wrong password after success forgave the others", err, signin.ErrWrongPassword)
	}
	out, err = b.password("alice", right)
	wantTokens(t, "after four wrong ones", out, err, u)
}

// Of many guesses at once, among them the right one, few are answered. All others
// get the same error.
func TestBurstOfGuesses(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	const guesses = 60
	errs := make([]error, guesses)
	var work sync.WaitGroup
	for i := range guesses {
		password := seal.Secret("Wrong-Horse-7")
		if i == guesses-1 {
			password = right
		}
		work.Go(func() { _, errs[i] = b.password("alice", password) })
	}
	work.Wait()
	answered := 0
	for i, err := range errs {
		switch {
		case err == nil && i == guesses-1, errors.Is(err, signin.ErrWrongPassword):
			answered++
		case !errors.Is(err, credential.ErrLocked):
			t.Errorf("guess %d: %v, want %v or %v", i, err, signin.ErrWrongPassword, credential.ErrLocked)
		}
	}
	if answered > 10 {
		t.Errorf("%d of %d guesses at once were answered, want at most 10", answered, guesses)
	}
}

func TestFlowsThatAreRefused(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	only := func(flows ...string) *userpool.Client { return b.MustClient(userpool.ClientSettings{AuthFlows: flows}) }
	srpOnly, passwordOnly, legacy, customOnly := only(userpool.FlowUserSRP), only(userpool.FlowUserPassword), only("USER_PASSWORD_AUTH"), only("CUSTOM_AUTH_FLOW_ONLY")
	tests := []struct {
		name   string
		client *userpool.Client
		flow   string
		admin  bool
		give   map[string]string
		want   *fault.Error
	}{
		{"flow that does not exist", b.c, "MAGIC", false, nil, signin.ErrFlowUnknown},
		{"administrators' flow without a key", b.c, "ADMIN_USER_PASSWORD_AUTH", false, nil, signin.ErrFlowUnknown},
		{"password, off", srpOnly, "USER_PASSWORD_AUTH", false, nil, signin.ErrFlowOff.Saying("USER_PASSWORD_AUTH flow not enabled for this client")},
		{"password by an administrator, off", srpOnly, "ADMIN_USER_PASSWORD_AUTH", true, nil, signin.ErrFlowOff},
		{"SRP, off", passwordOnly, "USER_SRP_AUTH", false, nil, signin.ErrFlowOff.Saying("USER_SRP_AUTH is not enabled for the client.")},
		{"refresh, off", passwordOnly, "REFRESH_TOKEN_AUTH", false, nil, signin.ErrFlowOff.Saying("REFRESH_TOKEN_AUTH flow not enabled for this client")},
		{"refresh by its old name, off", passwordOnly, "REFRESH_TOKEN", false, nil, signin.ErrFlowOff.Saying("REFRESH_TOKEN flow not enabled for this client")},
		{"choice, off", srpOnly, "USER_AUTH", false, nil, signin.ErrFlowOff.Saying("USER_AUTH flow not enabled for this client")},
		{"custom, off", b.c, "CUSTOM_AUTH", false, nil, signin.ErrFlowOff.Saying("CUSTOM_AUTH is not enabled for the client.")},
		{"custom, without triggers", customOnly, "CUSTOM_AUTH", false, map[string]string{"USERNAME": "alice"}, signin.ErrFlowOff.Saying("Custom auth lambda trigger is not configured for the user pool.")},
		{"SRP for custom only", customOnly, "USER_SRP_AUTH", false, nil, signin.ErrFlowOff.Saying("USER_SRP_AUTH is not enabled for the client.")},
		{"SRP with an old list", legacy, "USER_SRP_AUTH", false, nil, signin.ErrParameter.Saying("Missing required parameter USERNAME")},
		{"refresh with an old list", legacy, "REFRESH_TOKEN_AUTH", false, nil, signin.ErrParameter.Saying("Missing required parameter REFRESH_TOKEN")},
		{"no name", b.c, "USER_PASSWORD_AUTH", false, nil, signin.ErrParameter.Saying("Missing required parameter USERNAME")},
		{"no password", b.c, "USER_PASSWORD_AUTH", false, map[string]string{"USERNAME": "alice"}, signin.ErrParameter.Saying("Missing required parameter PASSWORD")},
		{"no SRP_A", b.c, "USER_SRP_AUTH", false, map[string]string{"USERNAME": "alice"}, signin.ErrParameter.Saying("Missing required parameter SRP_A")},
		{"no refresh token", b.c, "REFRESH_TOKEN_AUTH", false, nil, signin.ErrParameter.Saying("Missing required parameter REFRESH_TOKEN")},
	}
	for _, test := range tests {
		_, err := b.SignIns.Initiate(t.Context(), b.Pool, test.client, signin.Initiation{Flow: test.flow, Parameters: test.give, Admin: test.admin})
		wantErr(t, test.name, err, test.want)
	}
}
