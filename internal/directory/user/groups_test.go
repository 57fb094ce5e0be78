package user_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func mustGroup(t *testing.T, d *enginetest.Directory, name string, precedence *int) *user.Group {
	t.Helper()
	g, err := d.Users.CreateGroup(t.Context(), user.Group{Pool: d.Pool.ID, Name: name, Precedence: precedence})
	if err != nil {
		t.Fatalf("create group %s: %v", name, err)
	}
	return g
}

func groupNames(groups []*user.Group) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

func TestCreateGroup(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	g := mustGroup(t, d, "admins", nil)
	if !g.Created.Equal(d.Now()) || !g.Modified.Equal(d.Now()) {
		t.Errorf("created %s, modified %s, want %s", g.Created, g.Modified, d.Now())
	}
	if got, err := d.Users.Group(t.Context(), d.Pool.ID, "admins"); err != nil || got.Name != "admins" {
		t.Errorf("Group = %+v, %v", got, err)
	}
	if _, err := d.Users.CreateGroup(t.Context(), user.Group{Pool: d.Pool.ID, Name: "admins"}); !errors.Is(err, user.ErrGroupExists) {
		t.Errorf("the same name: %v, want %v", err, user.ErrGroupExists)
	}
	if _, err := d.Users.CreateGroup(t.Context(), user.Group{Pool: "us-east-1_none", Name: "x"}); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no such pool: %v, want %v", err, userpool.ErrPoolNotFound)
	}
}

func TestUpdateGroupChangesWhatIsGiven(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	mustGroup(t, d, "admins", new(3))
	update := func(c user.GroupChange) *user.Group {
		t.Helper()
		d.Advance(time.Minute)
		g, err := d.Users.UpdateGroup(t.Context(), d.Pool.ID, "admins", c)
		if err != nil {
			t.Fatal(err)
		}
		if !g.Modified.Equal(d.Now()) || g.Created.Equal(d.Now()) {
			t.Errorf("created %s, modified %s at %s", g.Created, g.Modified, d.Now())
		}
		return g
	}
	if g := update(user.GroupChange{Description: new("those who may"), RoleARN: new("arn:role")}); g.Description != "those who may" || g.RoleARN != "arn:role" || *g.Precedence != 3 {
		t.Errorf("description and role: %+v", g)
	}
	if g := update(user.GroupChange{Precedence: new(0)}); *g.Precedence != 0 || g.Description != "those who may" || g.RoleARN != "arn:role" {
		t.Errorf("precedence: %+v", g)
	}
	if g := update(user.GroupChange{Description: new("")}); g.Description != "" || *g.Precedence != 0 {
		t.Errorf("an empty description: %+v", g)
	}
	if _, err := d.Users.UpdateGroup(t.Context(), d.Pool.ID, "none", user.GroupChange{}); !errors.Is(err, user.ErrGroupNotFound) {
		t.Errorf("no such group: %v", err)
	}
}

func TestMembership(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	mustGroup(t, d, "admins", nil)
	alice := d.MustUser("alice")
	for range 2 { // the second time changes nothing
		if err := d.Users.AddMember(t.Context(), "admins", alice); err != nil {
			t.Errorf("add: %v", err)
		}
	}
	members, next, err := d.Users.ListMembers(t.Context(), d.Pool.ID, "admins", "", 0)
	if err != nil || len(members) != 1 || members[0].Sub != alice.Sub || next != "" {
		t.Errorf("members: %v, %q, %v", members, next, err)
	}
	for range 2 {
		if err := d.Users.RemoveMember(t.Context(), "admins", alice); err != nil {
			t.Errorf("remove: %v", err)
		}
	}
	if groups, err := d.Users.GroupsOf(t.Context(), d.Pool.ID, alice.Sub); err != nil || len(groups) != 0 {
		t.Errorf("groups: %v, %v", groupNames(groups), err)
	}
	for what, do := range map[string]func() error{
		"add":    func() error { return d.Users.AddMember(t.Context(), "none", alice) },
		"remove": func() error { return d.Users.RemoveMember(t.Context(), "none", alice) },
		"list":   func() error { _, _, err := d.Users.ListMembers(t.Context(), d.Pool.ID, "none", "", 0); return err },
		"delete": func() error { return d.Users.DeleteGroup(t.Context(), d.Pool.ID, "none") },
	} {
		if err := do(); !errors.Is(err, user.ErrGroupNotFound) {
			t.Errorf("%s, no such group: %v, want %v", what, err, user.ErrGroupNotFound)
		}
	}
	if err := d.Users.AddMember(t.Context(), "admins", &user.User{Pool: d.Pool.ID, Sub: "none"}); !errors.Is(err, user.ErrUserNotFound) {
		t.Errorf("no such user: %v", err)
	}
}

func TestDeleteGroupEndsMemberships(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	mustGroup(t, d, "admins", nil)
	alice := d.MustUser("alice")
	if err := d.Users.AddMember(t.Context(), "admins", alice); err != nil {
		t.Fatal(err)
	}
	if err := d.Users.DeleteGroup(t.Context(), d.Pool.ID, "admins"); err != nil {
		t.Fatal(err)
	}
	mustGroup(t, d, "admins", nil)
	if groups, err := d.Users.GroupsOf(t.Context(), d.Pool.ID, alice.Sub); err != nil || len(groups) != 0 {
		t.Errorf("groups: %v, %v, want none in the new group", groupNames(groups), err)
	}
}

// pages reads a list to its end and returns what was on each page.
func pages[K ~string](t *testing.T, list func(after K) ([]string, K, error)) [][]string {
	t.Helper()
	var all [][]string
	var after K
	for {
		names, next, err := list(after)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names)
		if after = next; after == "" {
			return all
		}
	}
}

func TestListGroups(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for _, name := range []string{"d", "b", "a", "c"} {
		mustGroup(t, d, name, nil)
	}
	got := pages(t, func(after string) ([]string, string, error) {
		groups, next, err := d.Users.ListGroups(t.Context(), d.Pool.ID, after, 2)
		return groupNames(groups), next, err
	})
	if want := "[[a b] [c d]]"; fmt.Sprint(got) != want {
		t.Errorf("pages %v, want %s", got, want)
	}
	if groups, next, err := d.Users.ListGroups(t.Context(), d.Pool.ID, "", 1000); err != nil || len(groups) != 4 || next != "" {
		t.Errorf("a page of 1000: %v, %q, %v", groupNames(groups), next, err)
	}
}

func TestListMembers(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	mustGroup(t, d, "admins", nil)
	var want []string
	for i := range 5 {
		u := d.MustUser(fmt.Sprint("u", i))
		want = append(want, string(u.Sub))
		if err := d.Users.AddMember(t.Context(), "admins", u); err != nil {
			t.Fatal(err)
		}
	}
	got := pages(t, func(after user.Sub) ([]string, user.Sub, error) {
		members, next, err := d.Users.ListMembers(t.Context(), d.Pool.ID, "admins", after, 2)
		var subs []string
		for _, u := range members {
			subs = append(subs, string(u.Sub))
		}
		return subs, next, err
	})
	slices.Sort(want)
	if len(got) != 3 || !slices.Equal(slices.Concat(got...), want) {
		t.Errorf("pages %v, want three with %v", got, want)
	}
}

// A user's groups are sorted by precedence, then by name. A group that is
// deleted between two pages does not lose the reader's place.
func TestListGroupsOf(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	alice := d.MustUser("alice")
	for name, precedence := range map[string]*int{"z": new(0), "b": new(2), "a": new(2), "c": new(10), "none2": nil, "none1": nil} {
		mustGroup(t, d, name, precedence)
		if err := d.Users.AddMember(t.Context(), name, alice); err != nil {
			t.Fatal(err)
		}
	}
	got := pages(t, func(after string) ([]string, string, error) {
		groups, next, err := d.Users.ListGroupsOf(t.Context(), alice, after, 4)
		return groupNames(groups), next, err
	})
	if want := "[[z a b c] [none1 none2]]"; fmt.Sprint(got) != want {
		t.Errorf("pages %v, want %s", got, want)
	}
	_, next, err := d.Users.ListGroupsOf(t.Context(), alice, "", 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Users.DeleteGroup(t.Context(), d.Pool.ID, "a"); err != nil {
		t.Fatal(err)
	}
	groups, _, err := d.Users.ListGroupsOf(t.Context(), alice, next, 2)
	if want := []string{"b", "c"}; err != nil || !slices.Equal(groupNames(groups), want) {
		t.Errorf("after the deletion: %v, %v, want %v", groupNames(groups), err, want)
	}
}
