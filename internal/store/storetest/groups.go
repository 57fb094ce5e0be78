package storetest

import (
	"slices"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testGroups(t *testing.T, s Store) {
	t.Run("RoundTrip", func(t *testing.T) {
		p := newPool(t, s)
		zero := 0
		g := &user.Group{Pool: p.ID, Name: "admins", Description: "all of them", RoleARN: "arn:x", Precedence: &zero, Created: asStored(now), Modified: asStored(now)}
		must(t, s.CreateGroup(ctx(t), g))
		wantEqual(t, "Group", mustGet[*user.Group](t)(s.Group(ctx(t), p.ID, "admins")), g)
		changed := mustGet[*user.Group](t)(s.UpdateGroup(ctx(t), p.ID, "admins", func(g *user.Group) error {
			g.Precedence, g.Description = nil, ""
			return nil
		}))
		wantEqual(t, "Group", mustGet[*user.Group](t)(s.Group(ctx(t), p.ID, "admins")), changed)
		wantErr(t, "CreateGroup again", s.CreateGroup(ctx(t), g), user.ErrGroupExists)
		must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: "Admins"}))
	})
	t.Run("NotFound", func(t *testing.T) {
		p := newPool(t, s)
		u := newUser(t, s, p.ID, "alice")
		_, err := s.Group(ctx(t), p.ID, "none")
		wantErr(t, "Group", err, user.ErrGroupNotFound)
		_, err = s.UpdateGroup(ctx(t), p.ID, "none", func(*user.Group) error { return nil })
		wantErr(t, "UpdateGroup", err, user.ErrGroupNotFound)
		wantErr(t, "DeleteGroup", s.DeleteGroup(ctx(t), p.ID, "none"), user.ErrGroupNotFound)
		wantErr(t, "AddMember", s.AddMember(ctx(t), p.ID, "none", u.Sub, now), user.ErrGroupNotFound)
		wantErr(t, "RemoveMember", s.RemoveMember(ctx(t), p.ID, "none", u.Sub), user.ErrGroupNotFound)
		must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: "some"}))
		wantErr(t, "AddMember of an unknown user", s.AddMember(ctx(t), p.ID, "some", "nobody", now), user.ErrUserNotFound)
		wantErr(t, "RemoveMember of an unknown user", s.RemoveMember(ctx(t), p.ID, "some", "nobody"), user.ErrUserNotFound)
		wantErr(t, "CreateGroup in an unknown pool", s.CreateGroup(ctx(t), &user.Group{Pool: "us-east-1_none"}), userpool.ErrPoolNotFound)
	})
	t.Run("Members", func(t *testing.T) { testMembers(t, s) })
	t.Run("Order", func(t *testing.T) { testGroupOrder(t, s) })
}

func testMembers(t *testing.T, s Store) {
	p := newPool(t, s)
	must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: "team"}))
	var want []string
	for _, name := range numberedNames("m", 7) {
		u := newUser(t, s, p.ID, name)
		want = append(want, string(u.Sub))
		must(t, s.AddMember(ctx(t), p.ID, "team", u.Sub, now))
		must(t, s.AddMember(ctx(t), p.ID, "team", u.Sub, now))
	}
	slices.Sort(want)
	subs := func() []string {
		return readPages(t, 3, func(after string) ([]*user.User, error) {
			return s.Members(ctx(t), p.ID, "team", user.Sub(after), 3)
		}, func(u *user.User) string { return string(u.Sub) })
	}
	wantEqual(t, "Members", subs(), want)
	must(t, s.RemoveMember(ctx(t), p.ID, "team", user.Sub(want[0])))
	must(t, s.RemoveMember(ctx(t), p.ID, "team", user.Sub(want[0])))
	wantEqual(t, "Members", subs(), want[1:])
	must(t, s.DeleteGroup(ctx(t), p.ID, "team"))
	if got := mustGet[[]*user.Group](t)(s.GroupsOf(ctx(t), p.ID, user.Sub(want[1]))); len(got) != 0 {
		t.Errorf("after DeleteGroup the member has %d groups, want 0", len(got))
	}
}

func testGroupOrder(t *testing.T, s Store) {
	p := newPool(t, s)
	u := newUser(t, s, p.ID, "alice")
	one, five := 1, 5
	for name, precedence := range map[string]*int{"z-first": &one, "last b": nil, "second a": &five, "second b": &five, "last a": nil} {
		must(t, s.CreateGroup(ctx(t), &user.Group{Pool: p.ID, Name: name, Precedence: precedence}))
		must(t, s.AddMember(ctx(t), p.ID, name, u.Sub, now))
	}
	name := func(g *user.Group) string { return g.Name }
	var got []string
	for _, g := range mustGet[[]*user.Group](t)(s.GroupsOf(ctx(t), p.ID, u.Sub)) {
		got = append(got, g.Name)
	}
	wantEqual(t, "GroupsOf", got, []string{"z-first", "second a", "second b", "last a", "last b"})
	got = readPages(t, 2, func(after string) ([]*user.Group, error) { return s.Groups(ctx(t), p.ID, after, 2) }, name)
	wantEqual(t, "Groups", got, []string{"last a", "last b", "second a", "second b", "z-first"})
}
