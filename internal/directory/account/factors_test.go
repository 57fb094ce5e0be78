package account_test

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const (
	ownKey    = "6f776e"       // of the passkey whose id is "own"
	stolenKey = "73746f6c656e" // and "stolen"
	phoneKey  = "us-east-1_aa" // of a device
)

// everyFactor gives alice a factor of each kind, and a second passkey.
func (d *desk) everyFactor() *account.Factors {
	d.t.Helper()
	d.MustUser("alice", "email", "alice@example.com", "email_verified", "true", "phone_number", "+15550001111")
	d.MustEdit("alice", func(u *user.User) {
		u.Security.Passkeys = []passkey.Key{{ID: []byte("own"), RP: "example.com", Created: enginetest.Start}, {ID: []byte("stolen"), RP: "example.com"}}
		u.Security.TOTP, u.Security.PendingTOTP = &user.TOTP{Sealed: []byte("app"), Name: "phone"}, &user.TOTP{Sealed: []byte("next")}
		u.Security.RecoveryCodes = &user.RecoveryCodes{Made: enginetest.Start}
		u.Security.MFA = user.MFA{SMS: true, Email: true, TOTP: true, Preferred: user.SMSMFA, Options: true}
	})
	d.confirmDevice(phoneKey)
	return &account.Factors{Pools: d.Pools, Users: d.Users, Devices: d.Devices}
}

func (d *desk) confirmDevice(key device.Key) {
	d.t.Helper()
	v, err := srp.NewVerifier("-group", string(key), "Device-1")
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.Devices.Confirm(d.t.Context(), d.Pool, d.MustFind("alice"), device.Confirmation{
		Key: key, Own: key, Name: "laptop", Salt: base64.StdEncoding.EncodeToString(v.Salt), Verifier: seal.Secret(base64.StdEncoding.EncodeToString(v.V)),
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// wantFactors compares the ids of alice's factors.
func (d *desk) wantFactors(f *account.Factors, want ...string) {
	d.t.Helper()
	list, err := f.List(d.t.Context(), d.Pool.ID, "alice")
	if got := idsOf(list); err != nil || !slices.Equal(got, want) {
		d.t.Errorf("factors %q, %v; want %q", got, err, want)
	}
}

func idsOf(list []account.Factor) (got []string) {
	for _, x := range list {
		got = append(got, x.ID)
	}
	return got
}

func TestFactorsAreListed(t *testing.T) {
	d := newDesk(t, userpool.Settings{Devices: &userpool.Devices{}})
	list, err := d.everyFactor().List(t.Context(), d.Pool.ID, "alice")
	want := []account.Factor{
		{Kind: account.PasskeyFactor, ID: ownKey, Name: "Passkey", Added: enginetest.Start}, {Kind: account.PasskeyFactor, ID: stolenKey, Name: "Passkey"},
		{Kind: user.SoftwareTokenMFA, ID: user.SoftwareTokenMFA, Name: "phone"},
		{Kind: user.SMSMFA, ID: user.SMSMFA, Name: "+15550001111"}, {Kind: user.EmailOTP, ID: user.EmailOTP, Name: "alice@example.com"},
		{Kind: user.RecoveryCode, ID: user.RecoveryCode, Added: enginetest.Start},
		{Kind: account.DeviceFactor, ID: phoneKey, Name: "laptop", Added: d.Now()},
	}
	same := func(a, b account.Factor) bool {
		return a.Kind == b.Kind && a.ID == b.ID && a.Name == b.Name && a.Added.Equal(b.Added)
	}
	if err != nil || !slices.EqualFunc(list, want, same) {
		t.Errorf("got %+v, %v\nwant %+v", list, err, want)
	}
}

// Whoever was signed in when a factor was added can't add the next one.
func TestRemovingFactorsEndsSignIns(t *testing.T) {
	all := []string{ownKey, stolenKey, user.SoftwareTokenMFA, user.SMSMFA, user.EmailOTP, user.RecoveryCode, phoneKey}
	tests := map[string]struct {
		id            string
		removed, left []string
	}{
		"one passkey": {stolenKey, []string{stolenKey}, []string{ownKey, user.SoftwareTokenMFA, user.SMSMFA, user.EmailOTP, user.RecoveryCode, phoneKey}},
		"the app":     {user.SoftwareTokenMFA, []string{user.SoftwareTokenMFA}, []string{ownKey, stolenKey, user.SMSMFA, user.EmailOTP, user.RecoveryCode, phoneKey}},
		"the phone":   {user.SMSMFA, []string{user.SMSMFA}, []string{ownKey, stolenKey, user.SoftwareTokenMFA, user.EmailOTP, user.RecoveryCode, phoneKey}},
		"a device":    {phoneKey, []string{phoneKey}, []string{ownKey, stolenKey, user.SoftwareTokenMFA, user.SMSMFA, user.EmailOTP, user.RecoveryCode}},
		"the codes":   {user.RecoveryCode, []string{user.RecoveryCode}, []string{ownKey, stolenKey, user.SoftwareTokenMFA, user.SMSMFA, user.EmailOTP, phoneKey}},
		"all":         {"", all, nil},
		"unknown":     {"bm8", nil, all},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, userpool.Settings{Devices: &userpool.Devices{}})
			f := d.everyFactor()
			tokens := d.mustTokens("alice")
			browser, _, err := d.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: d.Pool, User: d.MustFind("alice"), Provider: userpool.ProviderCognito})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.forgot(d.tells, "alice"); err != nil {
				t.Fatal(err)
			}
			d.Advance(time.Minute)
			removed, err := f.Remove(t.Context(), d.Pool.ID, "alice", test.id)
			if got := idsOf(removed); err != nil || !slices.Equal(got, test.removed) {
				t.Errorf("removed %q, %v; want %q", got, err, test.removed)
			}
			d.wantFactors(f, test.left...)
			ended, wantEnded := d.works(tokens) != nil, test.removed != nil
			_, err = d.Tokens.Session(t.Context(), d.Pool, browser)
			if ended != wantEnded || (err != nil) != wantEnded {
				t.Errorf("the tokens have ended: %t, the browser session: %v; want %t", ended, err, wantEnded)
			}
			if err := d.reset(d.tells, "alice", "000000", "Other-Horse-8"); wantEnded {
				wantErr(t, "a code of before", err, credential.ErrCodeExpired)
			}
			if s := d.MustFind("alice").Security; test.id == "" && (s.PendingTOTP != nil || s.RecoveryCodes != nil || s.MFA != (user.MFA{})) {
				t.Errorf("left: %+v", s)
			}
		})
	}
}

func TestFactorsOfNobody(t *testing.T) {
	d := newDesk(t, userpool.Settings{})
	f := &account.Factors{Pools: d.Pools, Users: d.Users, Devices: d.Devices}
	_, err := f.List(t.Context(), d.Pool.ID, "nobody")
	wantErr(t, "list", err, user.ErrUserNotFound)
	_, err = f.Remove(t.Context(), d.Pool.ID, "nobody", "")
	wantErr(t, "remove", err, user.ErrUserNotFound)
	_, err = f.Remove(t.Context(), "us-east-1_Nowhere1", "alice", "")
	wantErr(t, "of no pool", err, userpool.ErrPoolNotFound.Saying("User pool us-east-1_Nowhere1 does not exist."))
}
