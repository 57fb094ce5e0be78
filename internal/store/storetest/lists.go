package storetest

import (
	"fmt"
	"slices"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// listUsernames reads all pages of a query and returns the usernames.
func listUsernames(t testing.TB, s Store, pool userpool.PoolID, q user.Query) []string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 3
	}
	var names []string
	for range 1000 {
		users, next, err := s.Users(ctx(t), pool, q)
		must(t, err)
		if len(users) > q.Limit || next != "" && len(users) == 0 {
			t.Fatalf("a page has %d users, want at most %d, and some when more follow", len(users), q.Limit)
		}
		for _, u := range users {
			names = append(names, u.Username)
		}
		if next == "" {
			return names
		}
		q.After = next
	}
	t.Fatal("the list did not end after 1000 pages")
	return nil
}

func testLists(t *testing.T, s Store) {
	p := newPool(t, s)
	for i, name := range numberedNames("user", 12) {
		u := unsavedUser(p.ID, name)
		u.Status = []user.Status{user.Confirmed, user.Unconfirmed, user.ForceChangePassword}[i%3]
		u.Enabled = i%4 != 0
		withAlias(u, "email", fmt.Sprintf("Team%d.%s@example.com", i%2, name))
		u.Attributes["name"], u.Search["name"] = "Same Name", "same name"
		u.Attributes["family_name"], u.Search["family_name"] = fmt.Sprintf("Ö%d_%%", i%5), fmt.Sprintf("ö%d_%%", i%5)
		must(t, s.CreateUser(ctx(t), u, false))
	}
	newUser(t, s, newPool(t, s).ID, "elsewhere")

	every := func(keep func(i int) bool) []string {
		var names []string
		for i, name := range numberedNames("user", 12) {
			if keep(i) {
				names = append(names, name)
			}
		}
		return names
	}
	for _, c := range []struct {
		name string
		q    user.Query
		want func(i int) bool
	}{
		{"all users", user.Query{}, func(int) bool { return true }},
		{"username", user.Query{Attribute: "username", Value: "user007"}, func(i int) bool { return i == 7 }},
		{"username in other case", user.Query{Attribute: "username", Value: "User007"}, func(int) bool { return false }},
		{"username prefix", user.Query{Attribute: "username", Value: "user01", Prefix: true}, func(i int) bool { return i >= 10 }},
		{"percent sign in prefix", user.Query{Attribute: "username", Value: "user%", Prefix: true}, func(int) bool { return false }},
		{"empty prefix", user.Query{Attribute: "username", Value: "", Prefix: true}, func(int) bool { return true }},
		{"enabled", user.Query{Attribute: "status", Value: "Enabled"}, func(i int) bool { return i%4 != 0 }},
		{"disabled", user.Query{Attribute: "status", Value: "Disabled"}, func(i int) bool { return i%4 == 0 }},
		{"status", user.Query{Attribute: "cognito:user_status", Value: "CONFIRMED"}, func(i int) bool { return i%3 == 0 }},
		{"status prefix", user.Query{Attribute: "cognito:user_status", Value: "FORCE_", Prefix: true}, func(i int) bool { return i%3 == 2 }},
		{"e-mail", user.Query{Attribute: "email", Value: "team1.user003@example.com"}, func(i int) bool { return i == 3 }},
		{"e-mail prefix", user.Query{Attribute: "email", Value: "team1.", Prefix: true}, func(i int) bool { return i%2 == 1 }},
		{"many users with one value", user.Query{Attribute: "name", Value: "same name"}, func(int) bool { return true }},
		{"many users with one value, prefix", user.Query{Attribute: "name", Value: "same", Prefix: true}, func(int) bool { return true }},
		{"beyond ASCII", user.Query{Attribute: "family_name", Value: "ö3_%"}, func(i int) bool { return i%5 == 3 }},
		{"beyond ASCII, prefix", user.Query{Attribute: "family_name", Value: "ö", Prefix: true}, func(int) bool { return true }},
		{"another attribute", user.Query{Attribute: "given_name", Value: "same name"}, func(int) bool { return false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, limit := range []int{1, 3, 60} {
				c.q.Limit = limit
				got := listUsernames(t, s, p.ID, c.q)
				slices.Sort(got)
				if want := every(c.want); !slices.Equal(got, want) {
					t.Errorf("in pages of %d: got %q, want %q", limit, got, want)
				}
			}
		})
	}
	t.Run("WithoutPasswords", func(t *testing.T) { testListWithoutPasswords(t, s) })
	t.Run("Sub", func(t *testing.T) { testListBySub(t, s) })
	t.Run("LongValues", func(t *testing.T) { testLongValues(t, s) })
	t.Run("Order", func(t *testing.T) { testListOrder(t, s) })
	t.Run("UsersAddedMeanwhile", func(t *testing.T) { testListDuringInserts(t, s) })
}

// testListWithoutPasswords checks that nothing but the password is missing.
func testListWithoutPasswords(t *testing.T, s Store) {
	p := newPool(t, s)
	u := unsavedUser(p.ID, "alice")
	u.Attributes["name"] = "Alice"
	u.Security.MFA.Preferred = "EMAIL_OTP"
	u.Password = &user.Password{Salt: []byte("salt"), Sealed: []byte("sealed"), Set: asStored(now)}
	must(t, s.CreateUser(ctx(t), u, false))
	for _, without := range []bool{false, true} {
		got, _, err := s.Users(ctx(t), p.ID, user.Query{Limit: 3, WithoutPasswords: without})
		must(t, err)
		want := *u
		if without {
			want.Password = nil
		}
		if len(got) != 1 {
			t.Fatalf("got %d users, want 1", len(got))
		}
		wantUser(t, got[0], &want)
	}
}

func testListBySub(t *testing.T, s Store) {
	p := newPool(t, s)
	for _, sub := range []user.Sub{"aaaa-1", "aaab-1", "aaab-2", "aaab-3", "aaac-1"} {
		u := unsavedUser(p.ID, string(sub))
		u.Sub = sub
		must(t, s.CreateUser(ctx(t), u, false))
	}
	for _, c := range []struct {
		q    user.Query
		want []string
	}{
		{user.Query{}, []string{"aaaa-1", "aaab-1", "aaab-2", "aaab-3", "aaac-1"}},
		{user.Query{Attribute: "sub", Value: "aaab-1"}, []string{"aaab-1"}},
		{user.Query{Attribute: "sub", Value: "aaab", Prefix: true}, []string{"aaab-1", "aaab-2", "aaab-3"}},
		{user.Query{Attribute: "sub", Value: "aaab-1", Prefix: true}, []string{"aaab-1"}},
		{user.Query{Attribute: "sub", Value: "b", Prefix: true}, nil},
	} {
		for _, limit := range []int{1, 2, 60} {
			c.q.Limit = limit
			if got := listUsernames(t, s, p.ID, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%+v: got %q, want %q", c.q, got, c.want)
			}
		}
	}
}

// testLongValues checks lists by values that are longer than an index entry may
// be. The values are random, so that PostgreSQL cannot compress them.
func testLongValues(t *testing.T, s Store) {
	p := newPool(t, s)
	long := ids.Hex(1000)
	for _, last := range []string{"a", "b"} {
		u := unsavedUser(p.ID, last)
		u.Attributes["name"], u.Search["name"] = long+last, long+last
		must(t, s.CreateUser(ctx(t), u, false))
	}
	for value, want := range map[string][]string{long + "a": {"a"}, long + "c": nil, long: nil} {
		if got := listUsernames(t, s, p.ID, user.Query{Attribute: "name", Value: value}); !slices.Equal(got, want) {
			t.Errorf("equal to …%s: got %q, want %q", value[len(value)-1:], got, want)
		}
	}
	got := listUsernames(t, s, p.ID, user.Query{Attribute: "name", Value: long, Prefix: true, Limit: 1})
	slices.Sort(got)
	wantEqual(t, "users with the prefix", got, []string{"a", "b"})

	err := s.CreateUser(ctx(t), unsavedUser(p.ID, ids.Hex(1000)), false)
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a name of 2000 characters: error %v, want an error of kind Invalid", err)
	}
}

// testListOrder checks that lists are in byte order, whatever the locale of the
// database server is.
func testListOrder(t *testing.T, s Store) {
	p := newPool(t, s)
	want := []string{"A", "Z", "a", "a b", "a-b", "z", "ß", "ä", "\uffff", "🦊"}
	slices.Sort(want)
	for _, name := range slices.Backward(want) {
		newUser(t, s, p.ID, name)
	}
	if got := listUsernames(t, s, p.ID, user.Query{Attribute: "username", Prefix: true}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// testListDuringInserts adds users between the pages of a list. It checks that
// the list has every old user once and every new user at most once.
func testListDuringInserts(t *testing.T, s Store) {
	p := newPool(t, s)
	for _, name := range numberedNames("old", 20) {
		newUser(t, s, p.ID, name)
	}
	seen := map[string]int{}
	q := user.Query{Limit: 3}
	for i := 0; ; i++ {
		users, next, err := s.Users(ctx(t), p.ID, q)
		must(t, err)
		for _, u := range users {
			seen[u.Username]++
		}
		if next == "" {
			break
		}
		q.After = next
		if i < 20 {
			newUser(t, s, p.ID, fmt.Sprintf("new%d", i))
		}
	}
	for _, name := range numberedNames("old", 20) {
		if seen[name] != 1 {
			t.Errorf("%s was listed %d times, want once", name, seen[name])
		}
	}
	for name, n := range seen {
		if n > 1 {
			t.Errorf("%s was listed %d times, want once", name, n)
		}
	}
}
