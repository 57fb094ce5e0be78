package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testConcurrency(t *testing.T, s Store) {
	p := newPool(t, s)
	t.Run("OneUserPerName", func(t *testing.T) {
		won := race(t, 100, user.ErrUsernameExists, func(int) error { return s.CreateUser(ctx(t), unsavedUser(p.ID, "wanted"), false) })
		if won != 1 {
			t.Errorf("%d users were created, want 1", won)
		}
		if got := listUsernames(t, s, p.ID, user.Query{Attribute: "username", Value: "wanted"}); len(got) != 1 {
			t.Errorf("%d users have the name, want 1", len(got))
		}
	})
	t.Run("ManyUsers", func(t *testing.T) {
		if won := race(t, 100, nil, func(i int) error { return s.CreateUser(ctx(t), unsavedUser(p.ID, fmt.Sprint("many", i)), false) }); won != 100 {
			t.Errorf("%d users were created, want 100", won)
		}
	})
	t.Run("CodeIsRedeemedOnce", func(t *testing.T) {
		u := newUser(t, s, p.ID, "redeemer")
		must(t, s.PutCode(ctx(t), &credential.Code{Pool: p.ID, Sub: u.Sub, Purpose: "x", MAC: []byte{1}, Expires: now.Add(time.Hour)}))
		won := race(t, 30, errChange, func(i int) error {
			_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, "x", func(c *credential.Code) error {
				if c == nil {
					return errChange
				}
				return nil
			}, user.Change{Apply: func(u *user.User) error { u.Attributes["by"] = strconv.Itoa(i); return nil }})
			return err
		})
		if won != 1 {
			t.Errorf("%d callers redeemed the code, want 1", won)
		}
	})
	t.Run("EveryWrongGuessIsCounted", func(t *testing.T) {
		u := newUser(t, s, p.ID, "guesser")
		must(t, s.PutCode(ctx(t), &credential.Code{Pool: p.ID, Sub: u.Sub, Purpose: "x", MAC: []byte{1}, Expires: now.Add(time.Hour)}))
		race(t, 30, errChange, func(int) error {
			_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, "x", func(c *credential.Code) error { c.Wrong++; return errChange }, user.Change{})
			return err
		})
		_, err := s.RedeemCode(ctx(t), p.ID, u.Sub, "x", func(c *credential.Code) error {
			if c.Wrong != 30 {
				t.Errorf("Wrong = %d, want 30", c.Wrong)
			}
			return errChange
		}, user.Change{})
		wantErr(t, "RedeemCode", err, errChange)
	})
	t.Run("EveryUpdateIsSaved", func(t *testing.T) { testLostUpdates(t, s, p.ID) })
	t.Run("AliasHasOneOwner", func(t *testing.T) {
		const mail = "stolen@example.com"
		var subs []user.Sub
		for _, name := range numberedNames("thief", 8) {
			subs = append(subs, newUser(t, s, p.ID, name).Sub)
		}
		race(t, 40, nil, func(i int) error {
			_, err := s.UpdateUser(ctx(t), p.ID, subs[i%len(subs)], user.Change{TakeAliases: true, Apply: func(u *user.User) error {
				if !u.Verified("email") {
					withAlias(u, "email", mail)
				}
				return nil
			}})
			return err
		})
		owners := 0
		for _, sub := range subs {
			if mustGet[*user.User](t)(s.User(ctx(t), p.ID, sub)).Verified("email") {
				owners++
				wantOwner(t, s, p.ID, mail, sub)
			}
		}
		if owners != 1 {
			t.Errorf("%d users own the alias, want 1", owners)
		}
	})
	t.Run("FailedUpdateDoesNotAffectOthers", func(t *testing.T) {
		won := race(t, 60, errChange, func(i int) error {
			u := createUser(s, t, p.ID, fmt.Sprint("own", i))
			if u == nil {
				return nil
			}
			_, err := s.UpdateUser(ctx(t), p.ID, u.Sub, user.Change{Apply: func(u *user.User) error {
				if u.Attributes["n"] = fmt.Sprint(i); i%3 == 0 {
					return errChange
				}
				return nil
			}})
			return err
		})
		if won != 40 {
			t.Errorf("%d updates succeeded, want 40", won)
		}
		for i := range 60 {
			u := mustGet[*user.User](t)(s.UserByKey(ctx(t), p.ID, fmt.Sprint("own", i)))
			if saved := u.Attributes["n"] != ""; saved != (i%3 != 0) {
				t.Errorf("update %d: saved = %v", i, saved)
			}
		}
	})
	t.Run("PanicDoesNotAffectOthers", func(t *testing.T) { testPanic(t, s, p.ID) })
}

func createUser(s Store, t *testing.T, pool userpool.PoolID, name string) *user.User {
	u := unsavedUser(pool, name)
	if err := s.CreateUser(ctx(t), u, false); err != nil {
		t.Error(err)
		return nil
	}
	return u
}

func testLostUpdates(t *testing.T, s Store, pool userpool.PoolID) {
	const n = 40
	u := newUser(t, s, pool, "counter")
	next := func(text string) string {
		i, _ := strconv.Atoi(text)
		return strconv.Itoa(i + 1)
	}
	race(t, n, nil, func(int) error {
		_, err := s.UpdateUser(ctx(t), pool, u.Sub, user.Change{Apply: func(u *user.User) error {
			u.Attributes["n"] = next(u.Attributes["n"])
			return nil
		}})
		return err
	})
	if got := mustGet[*user.User](t)(s.User(ctx(t), pool, u.Sub)).Attributes["n"]; got != strconv.Itoa(n) {
		t.Errorf("after %d updates of a user, n = %s", n, got)
	}
	race(t, n, nil, func(int) error {
		_, err := s.UpdatePool(ctx(t), pool, func(p *userpool.Pool) error { p.Name = next(p.Name); return nil })
		return err
	})
	if got := mustGet[*userpool.Pool](t)(s.Pool(ctx(t), pool)).Name; got != strconv.Itoa(n) {
		t.Errorf("after %d updates of a pool, Name = %s", n, got)
	}
	race(t, n, nil, func(int) error {
		_, err := s.Count(ctx(t), pool, "never seen", func(a *credential.Attempts) error { a.Count++; return nil })
		return err
	})
	if got := mustGet[credential.Attempts](t)(s.Attempts(ctx(t), pool, "never seen")).Count; got != n {
		t.Errorf("after %d calls of Count, Count = %d", n, got)
	}
}

// testPanic checks that a change that panics saves nothing, and that the store
// works afterwards.
func testPanic(t *testing.T, s Store, pool userpool.PoolID) {
	u := newUser(t, s, pool, "panics")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("UpdateUser did not pass on the panic")
			}
		}()
		s.UpdateUser(ctx(t), pool, u.Sub, user.Change{Apply: func(u *user.User) error { u.Attributes["x"] = "y"; panic("oh") }})
	}()
	newUser(t, s, pool, "after the panic")
	wantUser(t, mustGet[*user.User](t)(s.User(ctx(t), pool, u.Sub)), u)
}

// testText checks that text that PostgreSQL cannot store is refused by both
// databases, and that long and unusual text is stored.
func testText(t *testing.T, s Store) {
	p := newPool(t, s)
	for name, text := range map[string]string{"NUL": "a\x00b", "not UTF-8": "a\xffb"} {
		err := s.CreateUser(ctx(t), unsavedUser(p.ID, text), false)
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s in a username: error %v, want an error of kind Invalid", name, err)
		}
		if _, err := s.UserByKey(ctx(t), p.ID, text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s in a key: error %v, want an error of kind Invalid", name, err)
		}
	}
	long := strings.Repeat("ü", 2000)
	u := unsavedUser(p.ID, "long")
	u.Attributes["custom:long"] = long
	u.Attributes["custom:quotes"] = `'"\; DROP TABLE users; --` + "\n\t\u2028"
	must(t, s.CreateUser(ctx(t), u, false))
	wantUser(t, mustGet[*user.User](t)(s.User(ctx(t), p.ID, u.Sub)), u)
}
