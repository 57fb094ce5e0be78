package storetest

import (
	"errors"
	"fmt"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

func testIdentities(t *testing.T, s Store) {
	p := newPool(t, s)
	anna, bert := newUser(t, s, p.ID, "anna"), newUser(t, s, p.ID, "bert")
	must(t, s.CreateProvider(ctx(t), &userpool.Provider{Pool: p.ID, Name: "corp", Type: "OIDC", Sealed: []byte("x")}, manyProviders))
	identity := func(u *user.User, attribute, value string) *user.Identity {
		return &user.Identity{Pool: p.ID, Provider: "corp", Type: "OIDC", Attribute: attribute, Value: value, Sub: u.Sub, Linked: asStored(now)}
	}
	mark := user.Change{Apply: func(u *user.User) error { u.Security.Linked = true; return nil }}
	linked := func(u *user.User) bool {
		t.Helper()
		return mustGet[*user.User](t)(s.User(ctx(t), p.ID, u.Sub)).Security.Linked
	}
	first := identity(anna, user.SubjectAttribute, "1")
	must(t, s.LinkIdentity(ctx(t), first, mark))
	wantEqual(t, "Identity", mustGet[*user.Identity](t)(s.Identity(ctx(t), p.ID, "corp", user.SubjectAttribute, "1")), first)
	wantEqual(t, "the user's mark", linked(anna), true)

	wantErr(t, "LinkIdentity again", s.LinkIdentity(ctx(t), first, mark), user.ErrIdentityTaken)
	wantErr(t, "LinkIdentity to another user", s.LinkIdentity(ctx(t), identity(bert, user.SubjectAttribute, "1"), mark), user.ErrIdentityTaken)
	wantEqual(t, "the mark of a user to whom nothing was linked", linked(bert), false)
	nobody := &user.User{Sub: "nobody"}
	wantErr(t, "LinkIdentity to nobody", s.LinkIdentity(ctx(t), identity(nobody, user.SubjectAttribute, "9"), mark), user.ErrUserNotFound)
	elsewhere := identity(anna, user.SubjectAttribute, "9")
	elsewhere.Provider = "none"
	wantErr(t, "LinkIdentity at an unknown provider", s.LinkIdentity(ctx(t), elsewhere, mark), userpool.ErrProviderNotFound)
	failed := errors.New("failed")
	err := s.LinkIdentity(ctx(t), identity(anna, user.SubjectAttribute, "9"), user.Change{Apply: func(*user.User) error { return failed }})
	wantErr(t, "LinkIdentity with a change that fails", err, failed)
	_, err = s.Identity(ctx(t), p.ID, "corp", user.SubjectAttribute, "9")
	wantErr(t, "Identity that was not linked", err, user.ErrUserNotFound)

	for i := range 4 {
		must(t, s.LinkIdentity(ctx(t), identity(anna, fmt.Sprintf("custom:%d", i), "x"), mark))
	}
	wantErr(t, "LinkIdentity with too many", s.LinkIdentity(ctx(t), identity(anna, user.SubjectAttribute, "6"), mark), user.ErrTooManyIdentities)
	wantErr(t, "LinkIdentity by too many attributes", s.LinkIdentity(ctx(t), identity(bert, "custom:4", "x"), mark), user.ErrTooManyIdentities)
	must(t, s.LinkIdentity(ctx(t), identity(bert, user.SubjectAttribute, "2"), mark))
	if all := mustGet[[]*user.Identity](t)(s.Identities(ctx(t), p.ID, []user.Sub{anna.Sub, bert.Sub, "nobody"})); len(all) != 6 {
		t.Errorf("%d identities, want 6", len(all))
	}

	end := func(last bool) user.Change {
		return user.Change{Apply: func(u *user.User) error { u.Security.Linked = !last; return nil }}
	}
	must(t, s.UnlinkIdentity(ctx(t), first, end))
	wantEqual(t, "the mark of a user with more identities", linked(anna), true)
	wantErr(t, "UnlinkIdentity again", s.UnlinkIdentity(ctx(t), first, end), user.ErrUserNotFound)
	must(t, s.UnlinkIdentity(ctx(t), identity(bert, user.SubjectAttribute, "2"), end))
	wantEqual(t, "the mark of a user without identities", linked(bert), false)

	must(t, s.DeleteUser(ctx(t), p.ID, anna.Sub))
	_, err = s.Identity(ctx(t), p.ID, "corp", "custom:0", "x")
	wantErr(t, "Identity of a deleted user", err, user.ErrUserNotFound)
	must(t, s.LinkIdentity(ctx(t), identity(bert, user.SubjectAttribute, "3"), mark))
	must(t, s.DeleteProvider(ctx(t), p.ID, "corp"))
	if all := mustGet[[]*user.Identity](t)(s.Identities(ctx(t), p.ID, []user.Sub{bert.Sub})); len(all) != 0 {
		t.Errorf("identities of a deleted provider: %+v", all)
	}
}
