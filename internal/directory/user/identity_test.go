package user_test

import (
	"context"
	"errors"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// withProvider returns a directory with a provider that maps the e-mail address.
func withProvider(t *testing.T, kind string, s userpool.Settings) (*enginetest.Directory, *userpool.Provider) {
	d := enginetest.New(t, s)
	p := &userpool.Provider{Pool: d.Pool.ID, Name: "corp", Type: kind, Sealed: []byte("x"), Settings: userpool.ProviderSettings{Attributes: map[string]string{"email": "mail"}}}
	if err := d.Store.CreateProvider(t.Context(), p, userpool.MaxProviders); err != nil {
		t.Fatal(err)
	}
	return d, p
}

// federated makes a user with an identity at corp, as its first sign-in there does if
// primary.
func federated(d *enginetest.Directory, name, subject string, primary bool) *user.User {
	u := d.MustUser(name)
	i := &user.Identity{Pool: d.Pool.ID, Provider: "corp", Type: userpool.ProviderOIDC, Attribute: user.SubjectAttribute, Value: subject, Sub: u.Sub, Primary: primary, Linked: d.Now()}
	if err := d.Store.LinkIdentity(context.Background(), i, d.Users.Indexed(d.Pool, user.Change{Apply: func(u *user.User) error { u.Security.Linked = true; return nil }})); err != nil {
		panic(err)
	}
	return u
}

// Anybody can sign up under the name that a provider's user gets. They are not that
// user, and keep nobody from being linked.
func TestNobodyIsTakenForAFederatedUserByTheName(t *testing.T) {
	d, corp := withProvider(t, userpool.ProviderOIDC, userpool.Settings{})
	carol := federated(d, "carol", "1", true)
	federated(d, "linked", "2", false)
	d.MustUser("corp_3")
	for subject, want := range map[string]error{"1": nil, "2": user.ErrUserNotFound, "3": user.ErrUserNotFound, "4": user.ErrUserNotFound} {
		got, err := d.Users.Federated(t.Context(), d.Pool, "corp", subject)
		if !errors.Is(err, want) || want == nil && got.Sub != carol.Sub {
			t.Errorf("the federated user %s is %+v, %v; want %v", subject, got, err, want)
		}
	}
	anna := d.MustUser("anna")
	if err := d.Users.LinkIdentity(t.Context(), d.Pool, anna, corp, user.SubjectAttribute, "3"); err != nil {
		t.Errorf("link an identity, although somebody has the name: %v", err)
	}
}

func TestLinksThatAreRefused(t *testing.T) {
	d, corp := withProvider(t, userpool.ProviderOIDC, userpool.Settings{Schema: []userpool.Attribute{{Name: "custom:fixed", Type: userpool.TypeString}}})
	social := *corp
	social.Type = userpool.ProviderGoogle
	anna := d.MustUser("anna")
	fixed := d.MustUser("fixed", "custom:fixed", "x")
	federated(d, "carol", "77", true)
	for what, c := range map[string]struct {
		who              *user.User
		provider         *userpool.Provider
		attribute, value string
		want             *fault.Error
	}{
		"no value":                      {anna, corp, user.SubjectAttribute, "", user.ErrIdentity},
		"a long value":                  {anna, corp, user.SubjectAttribute, string(make([]byte, 2049)), user.ErrIdentity},
		"no attribute":                  {anna, corp, "", "1", user.ErrIdentity},
		"an attribute not mapped":       {anna, corp, "name", "Anna", user.ErrIdentity},
		"an attribute of a social one":  {anna, &social, "email", "anna@example.com", user.ErrIdentity},
		"an immutable attribute":        {fixed, corp, user.SubjectAttribute, "1", user.ErrIdentity},
		"a user who signed in at there": {anna, corp, user.SubjectAttribute, "77", user.ErrIdentityTaken},
	} {
		if err := d.Users.LinkIdentity(t.Context(), d.Pool, c.who, c.provider, c.attribute, c.value); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
		if rows, err := d.Store.Identities(t.Context(), d.Pool.ID, []user.Sub{c.who.Sub}); err != nil || len(rows) != 0 {
			t.Errorf("%s: stored %+v, %v", what, rows, err)
		}
	}
	if err := d.Users.LinkIdentity(t.Context(), d.Pool, anna, corp, "email", "anna@example.com"); err != nil {
		t.Errorf("a mapped attribute: %v", err)
	}
}
