package storetest

import (
	"testing"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// testReadAtOnce compares what is read at once with what is read one by one.
func testReadAtOnce(t *testing.T, s Store) {
	p := newPool(t, s)
	c, u, other := newClient(t, s, p.ID), newUser(t, s, p.ID, "alice"), newUser(t, s, p.ID, "bob")
	for i, name := range []string{"first", "second"} {
		must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: name, Precedence: new(2 - i), Created: asStored(now), Modified: asStored(now)}))
		must(t, s.AddMember(ctx(t), p.ID, name, u.Sub, now))
	}
	groups := mustGet[[]*user.Group](t)(s.GroupsOf(ctx(t), p.ID, u.Sub))
	if len(groups) != 2 || groups[0].Name != "second" {
		t.Fatalf("GroupsOf = %+v, want two, the second first", groups)
	}
	stored := mustGet[*user.User](t)(s.User(ctx(t), p.ID, u.Sub))
	t.Run("Look", func(t *testing.T) { testLook(t, s, stored, other, groups) })
	t.Run("ClientAndPool", func(t *testing.T) { testClientAndPool(t, s, p, c) })
	t.Run("Refreshing", func(t *testing.T) {
		g := newGrant(t, s, c, u)
		gotGrant, gotUser, gotGroups, err := s.Refreshing(ctx(t), p.ID, g.RefreshHash)
		must(t, err)
		wantEqual(t, "grant", gotGrant, g)
		wantEqual(t, "user", gotUser, stored)
		wantEqual(t, "groups", gotGroups, groups)
		_, _, gotGroups, err = s.Refreshing(ctx(t), p.ID, newGrant(t, s, c, other).RefreshHash)
		if err != nil || gotGroups == nil || len(gotGroups) > 0 {
			t.Errorf("groups of a user without groups: %#v, %v, want an empty list", gotGroups, err)
		}
		_, _, _, err = s.Refreshing(ctx(t), newPool(t, s).ID, g.RefreshHash)
		wantErr(t, "Refreshing in another pool", err, token.ErrGrantNotFound)
		_, _, _, err = s.Refreshing(ctx(t), p.ID, []byte("none"))
		wantErr(t, "Refreshing with an unknown hash", err, token.ErrGrantNotFound)
	})
}

func testLook(t *testing.T, s Store, u, other *user.User, groups []*user.Group) {
	guessers := credential.Guessers{Prefix: "test:user:", Nobody: "test:name"}
	for subject, n := range map[string]int{guessers.Of(u): 3, guessers.Of(nil): 2} {
		_, err := s.Count(ctx(t), u.Pool, subject, func(a *credential.Attempts) error {
			*a = credential.Attempts{Count: n, First: asStored(now), Last: asStored(now), Locked: asStored(now)}
			return nil
		})
		must(t, err)
	}
	for name, want := range map[string]struct {
		user  *user.User
		count int
	}{
		u.Username: {u, 3}, string(u.Sub): {u, 3}, other.Username: {mustGet[*user.User](t)(s.User(ctx(t), u.Pool, other.Sub)), 0}, "nobody": {nil, 2},
	} {
		for _, withGroups := range []bool{true, false} {
			seen, err := s.Look(ctx(t), signin.Look{Pool: u.Pool, Key: name, Guessers: guessers, Groups: withGroups})
			must(t, err)
			wantEqual(t, "user "+name, seen.User, want.user)
			if seen.Attempts.Count != want.count || want.count > 0 && !seen.Attempts.Locked.Equal(asStored(now)) {
				t.Errorf("attempts of %s: %+v, want %d", name, seen.Attempts, want.count)
			}
			switch {
			case !withGroups && seen.Groups != nil, withGroups && seen.Groups == nil:
				t.Errorf("groups of %s: %#v, asked for: %v", name, seen.Groups, withGroups)
			case withGroups && want.user == u:
				wantEqual(t, "groups", seen.Groups, groups)
			case len(seen.Groups) > 0:
				t.Errorf("groups of %s: %#v, want none", name, seen.Groups)
			}
		}
	}
	seen, err := s.Look(ctx(t), signin.Look{Pool: newPool(t, s).ID, Key: string(u.Sub), Guessers: guessers, Groups: true})
	if err != nil || seen.User != nil || seen.Attempts.Count != 0 || len(seen.Groups) > 0 {
		t.Errorf("Look in another pool: %+v, %v, want nothing", seen, err)
	}
}

func testClientAndPool(t *testing.T, s Store, p *userpool.Pool, c *userpool.Client) {
	gotClient, gotPool, err := s.ClientAndPool(ctx(t), c.ID)
	must(t, err)
	wantEqual(t, "client", gotClient, c)
	wantEqual(t, "pool", gotPool, p)
	_, _, err = s.ClientAndPool(ctx(t), "none")
	wantErr(t, "ClientAndPool", err, userpool.ErrClientNotFound)
	gone := newPool(t, s)
	orphan := newClient(t, s, gone.ID)
	must(t, s.DeletePool(ctx(t), gone.ID, func(*userpool.Pool, []*userpool.Domain) error { return nil }))
	_, _, err = s.ClientAndPool(ctx(t), orphan.ID)
	wantErr(t, "ClientAndPool of a deleted pool", err, userpool.ErrClientNotFound)
	removed := newClient(t, s, p.ID)
	must(t, s.DeleteClient(ctx(t), p.ID, removed.ID))
	_, _, err = s.ClientAndPool(ctx(t), removed.ID)
	wantErr(t, "ClientAndPool of a deleted client", err, userpool.ErrClientNotFound)
}
