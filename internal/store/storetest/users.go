package storetest

import (
	"testing"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testUsers(t *testing.T, s Store) {
	p := newPool(t, s)
	t.Run("RoundTrip", func(t *testing.T) {
		u := withAlias(unsavedUser(p.ID, "Zoë 🦊"), "email", "Zoe@example.com")
		u.Password = &user.Password{Form: user.FormHash, Name: "zoë 🦊", Salt: []byte{1, 2}, Sealed: []byte{0, 255}, Set: asStored(now), Expires: asStored(now.Add(1e9))}
		u.Enabled = false
		must(t, s.CreateUser(ctx(t), u, false))
		wantUser(t, mustGet[*user.User](t)(s.User(ctx(t), p.ID, u.Sub)), u)
		for _, key := range []string{"Zoë 🦊", "Zoe@example.com", string(u.Sub)} {
			wantUser(t, mustGet[*user.User](t)(s.UserByKey(ctx(t), p.ID, key)), u)
		}
	})
	t.Run("NotFound", func(t *testing.T) {
		other := newPool(t, s)
		u := newUser(t, s, p.ID, "here")
		_, err := s.User(ctx(t), other.ID, u.Sub)
		wantErr(t, "User of another pool", err, user.ErrUserNotFound)
		_, err = s.UserByKey(ctx(t), p.ID, "Here")
		wantErr(t, "UserByKey in other case", err, user.ErrUserNotFound)
		_, err = s.UpdateUser(ctx(t), other.ID, u.Sub, user.Change{Apply: func(*user.User) error { return nil }})
		wantErr(t, "UpdateUser of another pool", err, user.ErrUserNotFound)
		wantErr(t, "DeleteUser of another pool", s.DeleteUser(ctx(t), other.ID, u.Sub), user.ErrUserNotFound)
		wantErr(t, "CreateUser in an unknown pool", s.CreateUser(ctx(t), unsavedUser("us-east-1_none", "x"), false), userpool.ErrPoolNotFound)
	})
	t.Run("UsernameIsUniqueInItsPool", func(t *testing.T) {
		newUser(t, s, p.ID, "bob")
		wantErr(t, "CreateUser", s.CreateUser(ctx(t), unsavedUser(p.ID, "bob"), false), user.ErrUsernameExists)
		newUser(t, s, p.ID, "Bob")
		newUser(t, s, newPool(t, s).ID, "bob")
	})
	t.Run("SubCannotBeANameOfAnotherUser", func(t *testing.T) {
		first := newUser(t, s, p.ID, "has a sub")
		wantErr(t, "CreateUser", s.CreateUser(ctx(t), unsavedUser(p.ID, string(first.Sub)), false), user.ErrUsernameExists)
		second := newUser(t, s, p.ID, "wants the sub")
		_, err := s.UpdateUser(ctx(t), p.ID, second.Sub, user.Change{TakeAliases: true, Apply: func(u *user.User) error {
			withAlias(u, "preferred_username", string(first.Sub))
			return nil
		}})
		wantErr(t, "UpdateUser", err, user.ErrAliasExists)
		if got := mustGet[*user.User](t)(s.UserByKey(ctx(t), p.ID, string(first.Sub))); got.Sub != first.Sub {
			t.Errorf("UserByKey with the sub of one user found another user")
		}
		own := unsavedUser(p.ID, "")
		own.Username = string(own.Sub)
		own.Keys[0].Value = own.Username
		must(t, s.CreateUser(ctx(t), own, false))
	})
	t.Run("Update", func(t *testing.T) { testUpdateUser(t, s, p.ID) })
	t.Run("Delete", func(t *testing.T) { testDeleteUser(t, s, p.ID) })
	t.Run("Count", func(t *testing.T) {
		p := newPool(t, s)
		newUser(t, s, p.ID, "one")
		newUser(t, s, p.ID, "two")
		if n := mustGet[int](t)(s.CountUsers(ctx(t), p.ID)); n != 2 {
			t.Errorf("CountUsers = %d, want 2", n)
		}
	})
}

func testUpdateUser(t *testing.T, s Store, pool userpool.PoolID) {
	u := withAlias(unsavedUser(pool, "carol"), "email", "carol@example.com")
	must(t, s.CreateUser(ctx(t), u, false))
	_, err := s.UpdateUser(ctx(t), pool, u.Sub, user.Change{Apply: func(u *user.User) error {
		u.Status = user.ResetRequired
		return errChange
	}})
	wantErr(t, "UpdateUser", err, errChange)
	wantUser(t, mustGet[*user.User](t)(s.User(ctx(t), pool, u.Sub)), u)

	got := mustGet[*user.User](t)(s.UpdateUser(ctx(t), pool, u.Sub, user.Change{Apply: func(got *user.User) error {
		if len(got.Keys) != 2 || got.Search["email"] != "carol@example.com" {
			t.Errorf("loaded with keys %v and search %v, want 2 keys and the email", got.Keys, got.Search)
		}
		got.Username, got.Status, got.Password = "carola", user.ResetRequired, &user.Password{Salt: []byte{1}, Sealed: []byte{2}}
		got.Attributes = map[string]string{"name": "Carola"}
		got.Security.MFA = user.MFA{SMS: true, Preferred: "SMS_MFA"}
		got.Keys = []user.Key{{Kind: "username", Value: "carola"}}
		got.Search = map[string]string{"name": "carola"}
		return nil
	}}))
	wantUser(t, mustGet[*user.User](t)(s.UserByKey(ctx(t), pool, "carola")), got)
	for _, old := range []string{"carol", "carol@example.com"} {
		_, err := s.UserByKey(ctx(t), pool, old)
		wantErr(t, "UserByKey of an old name", err, user.ErrUserNotFound)
	}
	if got := listUsernames(t, s, pool, user.Query{Attribute: "email", Value: "carol@example.com"}); len(got) != 0 {
		t.Errorf("the old value still finds %q", got)
	}
	if got := listUsernames(t, s, pool, user.Query{Attribute: "name", Value: "carola"}); len(got) != 1 {
		t.Errorf("the new value finds %q, want one user", got)
	}
	newUser(t, s, pool, "carol") // the old name must be free
}

func testDeleteUser(t *testing.T, s Store, pool userpool.PoolID) {
	c := newClient(t, s, pool)
	u := withAlias(unsavedUser(pool, "dave"), "email", "dave@example.com")
	must(t, s.CreateUser(ctx(t), u, false))
	must(t, s.CreateGroup(ctx(t), &user.Group{Pool: pool, Name: "daves"}))
	must(t, s.AddMember(ctx(t), pool, "daves", u.Sub, now))
	must(t, s.PutCode(ctx(t), &credential.Code{Pool: pool, Sub: u.Sub, Purpose: credential.ForgotPassword, MAC: []byte{1}}))
	g := newGrant(t, s, c, u)

	must(t, s.DeleteUser(ctx(t), pool, u.Sub))
	wantErr(t, "DeleteUser again", s.DeleteUser(ctx(t), pool, u.Sub), user.ErrUserNotFound)
	_, err := s.UserByKey(ctx(t), pool, "dave@example.com")
	wantErr(t, "UserByKey", err, user.ErrUserNotFound)
	_, err = s.Grant(ctx(t), pool, g.ID)
	wantErr(t, "Grant", err, errGrantNotFound)
	if got := mustGet[[]*user.User](t)(s.Members(ctx(t), pool, "daves", "", 10)); len(got) != 0 {
		t.Errorf("after DeleteUser the group has %d members, want 0", len(got))
	}
	must(t, s.CreateUser(ctx(t), u, false)) // all names must be free
	_, err = s.RedeemCode(ctx(t), pool, u.Sub, credential.ForgotPassword, func(c *credential.Code) error {
		if c != nil {
			t.Error("the code is still there")
		}
		return errChange
	}, user.Change{})
	wantErr(t, "RedeemCode", err, errChange)
}

// wantUser compares two users without Keys and Search, which reading a user does
// not return.
func wantUser(t testing.TB, got, want *user.User) {
	t.Helper()
	g, w := *got, *want
	g.Keys, g.Search, w.Keys, w.Search = nil, nil, nil, nil
	wantEqual(t, "User", &g, &w)
}

func testAliases(t *testing.T, s Store) {
	const mail = "shared@example.com"
	taking := func(take bool) user.Change {
		return user.Change{TakeAliases: take, Apply: func(u *user.User) error { withAlias(u, "email", mail); return nil }}
	}
	t.Run("Refused", func(t *testing.T) {
		p := newPool(t, s)
		must(t, s.CreateUser(ctx(t), withAlias(unsavedUser(p.ID, "first"), "email", mail), false))
		wantErr(t, "CreateUser", s.CreateUser(ctx(t), withAlias(unsavedUser(p.ID, "second"), "email", mail), false), user.ErrAliasExists)
		_, err := s.UserByKey(ctx(t), p.ID, "second")
		wantErr(t, "UserByKey of the refused user", err, user.ErrUserNotFound)
		second := newUser(t, s, p.ID, "second")
		_, err = s.UpdateUser(ctx(t), p.ID, second.Sub, taking(false))
		wantErr(t, "UpdateUser", err, user.ErrAliasExists)
	})
	t.Run("Taken", func(t *testing.T) {
		p := newPool(t, s)
		first := withAlias(unsavedUser(p.ID, "first"), "email", mail)
		must(t, s.CreateUser(ctx(t), first, false))
		second := newUser(t, s, p.ID, "second")
		mustGet[*user.User](t)(s.UpdateUser(ctx(t), p.ID, second.Sub, taking(true)))
		wantOwner(t, s, p.ID, mail, second.Sub)
		lost := mustGet[*user.User](t)(s.User(ctx(t), p.ID, first.Sub))
		if lost.Attributes["email"] != mail || lost.Verified("email") {
			t.Errorf("attributes of the user who lost the alias = %v, want an unverified email", lost.Attributes)
		}
		third := withAlias(unsavedUser(p.ID, "third"), "email", mail)
		must(t, s.CreateUser(ctx(t), third, true))
		wantOwner(t, s, p.ID, mail, third.Sub)
	})
	t.Run("UsernameIsNeverTakenAway", func(t *testing.T) {
		p := newPool(t, s)
		newUser(t, s, p.ID, mail)
		second := newUser(t, s, p.ID, "second")
		_, err := s.UpdateUser(ctx(t), p.ID, second.Sub, taking(true))
		wantErr(t, "UpdateUser", err, user.ErrAliasExists)
	})
	t.Run("NewUsernameCannotTakeAnAlias", func(t *testing.T) {
		p := newPool(t, s)
		must(t, s.CreateUser(ctx(t), withAlias(unsavedUser(p.ID, "first"), "email", mail), false))
		wantErr(t, "CreateUser", s.CreateUser(ctx(t), unsavedUser(p.ID, mail), true), user.ErrUsernameExists)
	})
	t.Run("PreferredUsernameMayBeTheUsername", func(t *testing.T) {
		p := newPool(t, s)
		u := unsavedUser(p.ID, "both")
		u.Keys = append(u.Keys, user.Key{Kind: "preferred_username", Value: "both"})
		must(t, s.CreateUser(ctx(t), u, false))
		wantOwner(t, s, p.ID, "both", u.Sub)
	})
}

func wantOwner(t testing.TB, s Store, pool userpool.PoolID, key string, sub user.Sub) {
	t.Helper()
	if got := mustGet[*user.User](t)(s.UserByKey(ctx(t), pool, key)); got.Sub != sub {
		t.Errorf("the owner of %s is %s, want %s", key, got.Sub, sub)
	}
}
