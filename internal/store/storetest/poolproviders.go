package storetest

import (
	"errors"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

const manyProviders = 1000

func testPoolProviders(t *testing.T, s Store) {
	p := newPool(t, s)
	made := &userpool.Provider{
		Pool: p.ID, Name: "corp", Type: "OIDC", Sealed: []byte{0, 255}, Created: asStored(now), Modified: asStored(now),
		Settings: userpool.ProviderSettings{Details: map[string]string{"client_id": "x"}, Attributes: map[string]string{"email": "mail"}, ACR: map[string]string{"Level1": "a"}, Identifiers: []string{"b", "a"}},
	}
	provider := func(name string) *userpool.Provider {
		return &userpool.Provider{Pool: p.ID, Name: name, Sealed: []byte("x")}
	}
	must(t, s.CreateProvider(ctx(t), made, manyProviders))
	wantEqual(t, "Provider", mustGet[*userpool.Provider](t)(s.Provider(ctx(t), p.ID, "corp")), made)
	wantEqual(t, "ProviderByIdentifier", mustGet[*userpool.Provider](t)(s.ProviderByIdentifier(ctx(t), p.ID, "a")), made)
	group := mustGet[*user.Group](t)(s.Group(ctx(t), p.ID, string(p.ID)+"_corp"))
	if group.Precedence != nil || !group.Created.Equal(now) {
		t.Errorf("the provider's group: %+v", group)
	}

	wantErr(t, "CreateProvider again", s.CreateProvider(ctx(t), made, manyProviders), userpool.ErrProviderExists)
	wantErr(t, "CreateProvider in an unknown pool", s.CreateProvider(ctx(t), &userpool.Provider{Pool: "us-east-1_none", Name: "x", Sealed: []byte("x")}, manyProviders), userpool.ErrPoolNotFound)
	wantErr(t, "CreateProvider in a full pool", s.CreateProvider(ctx(t), provider("more"), 1), userpool.ErrTooManyResources)
	taken := provider("other")
	taken.Settings.Identifiers = []string{"free", "a"}
	wantErr(t, "CreateProvider with an identifier of another", s.CreateProvider(ctx(t), taken, manyProviders), userpool.ErrProviderIdentifier)
	_, err := s.Provider(ctx(t), p.ID, "other")
	wantErr(t, "Provider that was not made", err, userpool.ErrProviderNotFound)
	taken.Settings.Identifiers = nil
	must(t, s.CreateProvider(ctx(t), taken, manyProviders))
	_, err = s.UpdateProvider(ctx(t), p.ID, "other", func(o *userpool.Provider) error { o.Settings.Identifiers = []string{"free", "a"}; return nil })
	wantErr(t, "UpdateProvider with an identifier of another", err, userpool.ErrProviderIdentifier)
	_, err = s.ProviderByIdentifier(ctx(t), p.ID, "free")
	wantErr(t, "ProviderByIdentifier after an update that failed", err, userpool.ErrProviderNotFound)

	changed := mustGet[*userpool.Provider](t)(s.UpdateProvider(ctx(t), p.ID, "corp", func(o *userpool.Provider) error {
		o.Settings.Identifiers, o.Sealed = []string{"a", "c"}, []byte("new")
		return nil
	}))
	wantEqual(t, "ProviderByIdentifier", mustGet[*userpool.Provider](t)(s.ProviderByIdentifier(ctx(t), p.ID, "c")), changed)
	_, err = s.ProviderByIdentifier(ctx(t), p.ID, "b")
	wantErr(t, "ProviderByIdentifier of one taken away", err, userpool.ErrProviderNotFound)

	testOffered(t, s, p.ID)

	must(t, s.DeleteProvider(ctx(t), p.ID, "corp"))
	wantErr(t, "DeleteProvider again", s.DeleteProvider(ctx(t), p.ID, "corp"), userpool.ErrProviderNotFound)
	_, err = s.ProviderByIdentifier(ctx(t), p.ID, "c")
	wantErr(t, "ProviderByIdentifier of a deleted one", err, userpool.ErrProviderNotFound)
	mustGet[*user.Group](t)(s.Group(ctx(t), p.ID, string(p.ID)+"_corp"))
	must(t, s.CreateProvider(ctx(t), provider("corp"), manyProviders)) // its group exists already
	must(t, s.DeleteProvider(ctx(t), p.ID, "corp"))

	must(t, s.DeleteProvider(ctx(t), p.ID, "other"))
	names := numberedNames("p", 5)
	for _, name := range names {
		must(t, s.CreateProvider(ctx(t), provider(name), manyProviders))
	}
	got := readPages(t, 2, func(after string) ([]*userpool.Provider, error) { return s.Providers(ctx(t), p.ID, after, 2) }, func(p *userpool.Provider) string { return p.Name })
	wantEqual(t, "Providers", got, names)
}

// testOffered tests that a client and the providers that it offers hold each other.
func testOffered(t *testing.T, s Store, pool userpool.PoolID) {
	c := &userpool.Client{ID: userpool.ClientID(ids.ClientID()), Pool: pool, Settings: userpool.ClientSettings{Providers: []string{"none", "COGNITO"}}}
	wantErr(t, "CreateClient with an unknown provider", s.CreateClient(ctx(t), c), userpool.ErrProviderNotFound)
	_, err := s.Client(ctx(t), c.ID)
	wantErr(t, "Client that was not made", err, userpool.ErrClientNotFound)
	c.Settings.Providers = []string{"corp", "COGNITO", "corp"}
	must(t, s.CreateClient(ctx(t), c))
	wantErr(t, "DeleteProvider that a client offers", s.DeleteProvider(ctx(t), pool, "corp"), userpool.ErrProviderInUse)
	offer := func(providers ...string) error {
		_, err := s.UpdateClient(ctx(t), pool, c.ID, func(c *userpool.Client) error { c.Settings.Providers = providers; return nil })
		return err
	}
	wantErr(t, "UpdateClient to an unknown provider", offer("none"), userpool.ErrProviderNotFound)
	wantErr(t, "DeleteProvider after an update that failed", s.DeleteProvider(ctx(t), pool, "corp"), userpool.ErrProviderInUse)
	must(t, offer("other"))
	for name, want := range map[string]int{"corp": 0, "other": 1} {
		if clients := mustGet[[]*userpool.Client](t)(s.ClientsOffering(ctx(t), pool, name)); len(clients) != want || want == 1 && clients[0].ID != c.ID {
			t.Errorf("ClientsOffering(%s) = %+v, want %d", name, clients, want)
		}
	}
	wantErr(t, "DeleteProvider that the client offers now", s.DeleteProvider(ctx(t), pool, "other"), userpool.ErrProviderInUse)
	must(t, s.DeleteClient(ctx(t), pool, c.ID))

	gone := newPool(t, s)
	must(t, s.CreateProvider(ctx(t), &userpool.Provider{Pool: gone.ID, Name: "x", Sealed: []byte("x")}, manyProviders))
	must(t, s.CreateClient(ctx(t), &userpool.Client{ID: userpool.ClientID(ids.ClientID()), Pool: gone.ID, Settings: userpool.ClientSettings{Providers: []string{"x"}}}))
	must(t, s.DeletePool(ctx(t), gone.ID, func(*userpool.Pool, []*userpool.Domain) error { return nil }))
	_, err = s.Provider(ctx(t), gone.ID, "x")
	wantErr(t, "Provider of a deleted pool", err, userpool.ErrProviderNotFound)
}

func testSAMLKeys(t *testing.T, s Store) {
	p := newPool(t, s)
	if k, err := s.SAMLKey(ctx(t), p.ID); k != nil || err != nil {
		t.Errorf("SAMLKey of a new pool = %+v, %v", k, err)
	}
	for _, text := range []string{"first", "second"} {
		made := mustGet[*userpool.SAMLKey](t)(s.UpdateSAMLKey(ctx(t), p.ID, func(k *userpool.SAMLKey) error {
			k.Sealed, k.Certificate, k.Issued = append(k.Sealed, text...), []byte(text), asStored(now)
			return nil
		}))
		wantEqual(t, "SAMLKey", mustGet[*userpool.SAMLKey](t)(s.SAMLKey(ctx(t), p.ID)), made)
	}
	failed := errors.New("failed")
	_, err := s.UpdateSAMLKey(ctx(t), p.ID, func(k *userpool.SAMLKey) error { k.Certificate = nil; return failed })
	wantErr(t, "UpdateSAMLKey that fails", err, failed)
	if k := mustGet[*userpool.SAMLKey](t)(s.SAMLKey(ctx(t), p.ID)); string(k.Sealed) != "firstsecond" || string(k.Certificate) != "second" {
		t.Errorf("SAMLKey = %+v", k)
	}
	_, err = s.UpdateSAMLKey(ctx(t), "us-east-1_none", func(*userpool.SAMLKey) error { return nil })
	wantErr(t, "UpdateSAMLKey of an unknown pool", err, userpool.ErrPoolNotFound)
}
