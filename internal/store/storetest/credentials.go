package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testCodes(t *testing.T, s Store) {
	p := newPool(t, s)
	code := func(u *user.User) *credential.Code {
		return &credential.Code{Pool: p.ID, Sub: u.Sub, Purpose: credential.ConfirmSignUp, MAC: []byte{0, 7}, Attribute: "email", Sent: asStored(now), Expires: asStored(now.Add(time.Hour))}
	}
	confirm := user.Change{Apply: func(u *user.User) error { u.Status = user.Confirmed; return nil }}
	t.Run("Redeem", func(t *testing.T) {
		u := newUser(t, s, p.ID, "redeems")
		c := code(u)
		must(t, s.PutCode(ctx(t), c))
		got := mustGet[*user.User](t)(s.RedeemCode(ctx(t), p.ID, u.Sub, c.Purpose, func(got *credential.Code) error {
			wantEqual(t, "Code", got, c)
			return nil
		}, user.Change{Apply: func(u *user.User) error { u.Status = user.ResetRequired; return nil }}))
		if got.Status != user.ResetRequired {
			t.Errorf("Status = %s, want what the change set", got.Status)
		}
		_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, c.Purpose, wantNoCode(t), confirm)
		wantErr(t, "RedeemCode again", err, errChange)
	})
	t.Run("WrongGuessIsSaved", func(t *testing.T) {
		u := newUser(t, s, p.ID, "guesses")
		must(t, s.PutCode(ctx(t), code(u)))
		for want := range 3 {
			_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, credential.ConfirmSignUp, func(c *credential.Code) error {
				if c.Wrong != want {
					t.Errorf("Wrong = %d, want %d", c.Wrong, want)
				}
				c.Wrong++
				return errChange
			}, confirm)
			wantErr(t, "RedeemCode", err, errChange)
		}
	})
	t.Run("FailedChangeKeepsTheCode", func(t *testing.T) {
		u := newUser(t, s, p.ID, "fails")
		must(t, s.PutCode(ctx(t), code(u)))
		_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, credential.ConfirmSignUp, func(*credential.Code) error { return nil },
			user.Change{Apply: func(*user.User) error { return errChange }})
		wantErr(t, "RedeemCode", err, errChange)
		_, err = s.RedeemCode(ctx(t), p.ID, u.Sub, credential.ConfirmSignUp, func(c *credential.Code) error {
			if c == nil {
				t.Error("the code was deleted")
			}
			return nil
		}, confirm)
		wantErr(t, "RedeemCode", err, nil)
	})
	t.Run("OneCodePerPurpose", func(t *testing.T) {
		u := newUser(t, s, p.ID, "two codes")
		c := code(u)
		c.Wrong = 4
		must(t, s.PutCode(ctx(t), c))
		second := code(u)
		second.MAC = []byte{8}
		must(t, s.PutCode(ctx(t), second))
		other := code(u)
		other.Purpose = credential.ForgotPassword
		must(t, s.PutCode(ctx(t), other))
		_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, c.Purpose, func(got *credential.Code) error {
			wantEqual(t, "Code", got, second)
			return errChange
		}, confirm)
		wantErr(t, "RedeemCode", err, errChange)
		ending(t, s, u, user.Ends{Sent: true})
		for _, purpose := range []credential.Purpose{c.Purpose, other.Purpose} {
			_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, purpose, wantNoCode(t), confirm)
			wantErr(t, "RedeemCode of a deleted code", err, errChange)
		}
	})
	t.Run("UserNotFound", func(t *testing.T) {
		wantErr(t, "PutCode", s.PutCode(ctx(t), &credential.Code{Pool: p.ID, Sub: "nobody", MAC: []byte{1}}), user.ErrUserNotFound)
	})
}

// wantNoCode returns a check for RedeemCode that fails the test if there is a
// code.
func wantNoCode(t *testing.T) func(*credential.Code) error {
	return func(c *credential.Code) error {
		if c != nil {
			t.Errorf("the code is still there: %+v", c)
		}
		return errChange
	}
}

func testPasswordHistory(t *testing.T, s Store) {
	p := newPool(t, s)
	u := newUser(t, s, p.ID, "changes")
	password := func(i int) *user.Password {
		return &user.Password{Form: user.PasswordForm([]string{"", "hash"}[i%2]), Name: "changes", Salt: []byte{byte(i)}, Sealed: []byte{0, byte(i)}, Set: asStored(now.Add(time.Duration(i) * time.Minute))}
	}
	change := func(i, keep int) {
		t.Helper()
		mustGet[*user.User](t)(s.UpdateUser(ctx(t), p.ID, u.Sub, user.Change{KeepPasswords: keep, Apply: func(u *user.User) error {
			if i > 0 {
				u.Password = password(i)
			}
			return nil
		}}))
	}
	want := func(limit int, former ...int) {
		t.Helper()
		var passwords []*user.Password
		for _, i := range former {
			passwords = append(passwords, password(i))
		}
		wantEqual(t, "FormerPasswords", mustGet[[]*user.Password](t)(s.FormerPasswords(ctx(t), p.ID, u.Sub, limit)), passwords)
	}
	change(1, 0)
	want(9)
	for i := 2; i <= 5; i++ {
		change(i, 3)
	}
	want(9, 4, 3, 2)
	want(2, 4, 3)
	change(0, 3) // another change: the password stays
	want(9, 4, 3, 2)
	change(6, 2)
	want(9, 5, 4)
	change(7, 0)
	want(9, 5, 4)
	_, err := s.UpdateUser(ctx(t), p.ID, u.Sub, user.Change{KeepPasswords: 3, Apply: func(u *user.User) error { u.Password = password(8); return errChange }})
	wantErr(t, "UpdateUser", err, errChange)
	want(9, 5, 4)
	must(t, s.DeleteUser(ctx(t), p.ID, u.Sub))
	want(9)
}

// testPasswordsOfOneMoment checks that former passwords keep their order although all
// were set at the same time, as by a clock that went back.
func testPasswordsOfOneMoment(t *testing.T, s Store) {
	p := newPool(t, s)
	u := newUser(t, s, p.ID, "changes at once")
	for _, salt := range []byte{5, 9, 1, 7, 3} {
		mustGet[*user.User](t)(s.UpdateUser(ctx(t), p.ID, u.Sub, user.Change{KeepPasswords: 3, Apply: func(u *user.User) error {
			u.Password = &user.Password{Salt: []byte{salt}, Sealed: []byte{salt}, Set: asStored(now)}
			return nil
		}}))
	}
	var salts []byte
	for _, former := range mustGet[[]*user.Password](t)(s.FormerPasswords(ctx(t), p.ID, u.Sub, 9)) {
		salts = append(salts, former.Salt...)
	}
	wantEqual(t, "the former passwords, newest first", salts, []byte{7, 1, 9})
}

func testAttempts(t *testing.T, s Store) {
	p := newPool(t, s)
	wantEqual(t, "Attempts of an unknown user", mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, "x")), credential.Attempts{})
	want := credential.Attempts{Count: 3, First: asStored(now), Last: asStored(now.Add(time.Second)), Locked: asStored(now.Add(time.Minute))}
	set := func(a *credential.Attempts) error { *a = want; return nil }
	wantEqual(t, "Count", mustGet[credential.Attempts](t)(s.Count(ctx(t), p.ID, "x", set)), want)
	wantEqual(t, "Attempts", mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, "x")), want)
	wantEqual(t, "Attempts of another subject", mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, "y")), credential.Attempts{})

	_, err := s.Count(ctx(t), p.ID, "x", func(a *credential.Attempts) error { a.Count++; return errChange })
	wantErr(t, "Count", err, errChange)
	wantEqual(t, "Attempts", mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, "x")), want)

	must(t, s.Forget(ctx(t), p.ID, "x"))
	must(t, s.Forget(ctx(t), p.ID, "x"))
	wantEqual(t, "Attempts", mustGet[credential.Attempts](t)(s.Attempts(ctx(t), p.ID, "x")), credential.Attempts{})
	_, err = s.Count(ctx(t), "us-east-1_none", "x", set)
	wantErr(t, "Count in an unknown pool", err, userpool.ErrPoolNotFound)
}
