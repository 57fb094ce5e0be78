package storetest

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/userpool"
)

func testClients(t *testing.T, s Store) {
	p := newPool(t, s)
	long := now.Add(-100 * 24 * time.Hour) // ago; nothing else in the suite is so old
	t.Run("RoundTrip", func(t *testing.T) {
		c := &userpool.Client{
			ID: userpool.ClientID(ids.ClientID()), Pool: p.ID, Name: "web", Created: asStored(now), Modified: asStored(now),
			Secrets:  []userpool.ClientSecret{{ID: "one", Sealed: []byte{0, 1, 255}, Created: asStored(now)}},
			Settings: userpool.ClientSettings{CallbackURLs: []string{"https://app.example.com/cb?a=b&c"}, OAuth: true},
			Origin:   userpool.Untried,
		}
		must(t, s.CreateClient(ctx(t), c))
		wantEqual(t, "Client", mustGet[*userpool.Client](t)(s.Client(ctx(t), c.ID)), c)
		changed := mustGet[*userpool.Client](t)(s.UpdateClient(ctx(t), p.ID, c.ID, func(c *userpool.Client) error {
			c.Name, c.Secrets, c.Modified, c.Origin = "app", nil, asStored(now.Add(1e9)), userpool.ByAnyone
			return nil
		}))
		wantEqual(t, "Client", mustGet[*userpool.Client](t)(s.Client(ctx(t), c.ID)), changed)
	})
	t.Run("NotFound", func(t *testing.T) {
		other := newPool(t, s)
		c := newClient(t, s, p.ID)
		_, err := s.Client(ctx(t), "none")
		wantErr(t, "Client", err, userpool.ErrClientNotFound)
		_, err = s.UpdateClient(ctx(t), other.ID, c.ID, func(*userpool.Client) error { return nil })
		wantErr(t, "UpdateClient in another pool", err, userpool.ErrClientNotFound)
		wantErr(t, "DeleteClient in another pool", s.DeleteClient(ctx(t), other.ID, c.ID), userpool.ErrClientNotFound)
		err = s.CreateClient(ctx(t), &userpool.Client{ID: "x", Pool: "us-east-1_none"})
		wantErr(t, "CreateClient in an unknown pool", err, userpool.ErrPoolNotFound)
	})
	t.Run("IDIsUniqueAcrossPools", func(t *testing.T) {
		c := newClient(t, s, p.ID)
		c.Pool = newPool(t, s).ID
		wantErr(t, "CreateClient", s.CreateClient(ctx(t), c), userpool.ErrClientExists)
	})
	t.Run("DeleteDeletesTheGrants", func(t *testing.T) {
		c, u := newClient(t, s, p.ID), newUser(t, s, p.ID, "gone with the client")
		g := newGrant(t, s, c, u)
		must(t, s.DeleteClient(ctx(t), p.ID, c.ID))
		_, err := s.Grant(ctx(t), p.ID, g.ID)
		wantErr(t, "Grant", err, errGrantNotFound)
		wantErr(t, "DeleteClient again", s.DeleteClient(ctx(t), p.ID, c.ID), userpool.ErrClientNotFound)
	})
	t.Run("Untried", func(t *testing.T) {
		p, other := newPool(t, s), newPool(t, s)
		client := func(pool userpool.PoolID, origin userpool.Origin, created time.Time) *userpool.Client {
			return &userpool.Client{ID: userpool.ClientID(ids.ClientID()), Pool: pool, Origin: origin, Created: asStored(created)}
		}
		old, young, tried := client(p.ID, userpool.Untried, long), client(p.ID, userpool.Untried, now), client(p.ID, userpool.ByAnyone, long)
		for _, c := range []*userpool.Client{old, young, tried} {
			must(t, s.CreateClient(ctx(t), c))
		}
		for range userpool.MaxOpen - 3 {
			must(t, s.CreateClient(ctx(t), client(p.ID, userpool.Untried, now)))
		}
		wantErr(t, "one more than a pool may have", s.CreateClient(ctx(t), client(p.ID, userpool.Untried, now)), userpool.ErrTooManyUntried)
		must(t, s.CreateClient(ctx(t), client(p.ID, userpool.ByOwner, now)))
		must(t, s.CreateClient(ctx(t), client(other.ID, userpool.Untried, now)))
		must(t, s.Sweep(ctx(t), long.Add(userpool.UntriedLife+time.Second)))
		_, err := s.Client(ctx(t), old.ID)
		wantErr(t, "an old one that nobody tried", err, userpool.ErrClientNotFound)
		for _, c := range []*userpool.Client{young, tried} {
			_, err := s.Client(ctx(t), c.ID)
			wantErr(t, "another one", err, nil)
		}
		must(t, s.CreateClient(ctx(t), client(p.ID, userpool.Untried, now)))
	})
	t.Run("Pages", func(t *testing.T) {
		p := newPool(t, s)
		names := numberedNames(ids.Hex(4), 5)
		for _, id := range names {
			must(t, s.CreateClient(ctx(t), &userpool.Client{ID: userpool.ClientID(id), Pool: p.ID}))
		}
		got := readPages(t, 2, func(after string) ([]*userpool.Client, error) {
			return s.Clients(ctx(t), p.ID, userpool.ClientID(after), 2)
		}, func(c *userpool.Client) string { return string(c.ID) })
		wantEqual(t, "Clients", got, names)
	})
}

func testDomains(t *testing.T, s Store) {
	p := newPool(t, s)
	d := &userpool.Domain{Name: "d" + ids.Hex(6), Pool: p.ID, ManagedLoginVersion: 2, Created: asStored(now)}
	must(t, s.CreateDomain(ctx(t), d))
	wantEqual(t, "Domain", mustGet[*userpool.Domain](t)(s.Domain(ctx(t), d.Name)), d)

	other := newPool(t, s)
	wantErr(t, "CreateDomain with a name of another pool", s.CreateDomain(ctx(t), &userpool.Domain{Name: d.Name, Pool: other.ID}), userpool.ErrDomainExists)
	wantErr(t, "CreateDomain of a second domain of one kind", s.CreateDomain(ctx(t), &userpool.Domain{Name: d.Name + "2", Pool: p.ID}), userpool.ErrDomainTaken)
	wantErr(t, "CreateDomain in an unknown pool", s.CreateDomain(ctx(t), &userpool.Domain{Name: d.Name + "3", Pool: "us-east-1_none"}), userpool.ErrPoolNotFound)
	custom := &userpool.Domain{Name: d.Name + ".example.com", Pool: p.ID, Custom: true, CertificateARN: "arn:x", SecurityPolicy: userpool.PolicyTLS13, Created: asStored(now)}
	must(t, s.CreateDomain(ctx(t), custom))
	wantEqual(t, "DomainsOf", mustGet[[]*userpool.Domain](t)(s.DomainsOf(ctx(t), p.ID)), []*userpool.Domain{d, custom})

	all := readPages(t, 1, func(after string) ([]*userpool.Domain, error) {
		if after == "" {
			after = d.Name[:len(d.Name)-1]
		}
		return s.Domains(ctx(t), after, 1)
	}, func(d *userpool.Domain) string { return d.Name })
	if at := slices.Index(all, d.Name); at < 0 || slices.Index(all, custom.Name) != at+1 {
		t.Errorf("Domains = %v, want %s, and %s after it", all, d.Name, custom.Name)
	}

	_, err := s.UpdateDomain(ctx(t), p.ID, custom.Name, func(d *userpool.Domain) error { d.CertificateARN = "arn:y"; return nil })
	must(t, err)
	if got := mustGet[*userpool.Domain](t)(s.Domain(ctx(t), custom.Name)); got.CertificateARN != "arn:y" {
		t.Errorf("CertificateARN = %q, want arn:y", got.CertificateARN)
	}
	_, err = s.UpdateDomain(ctx(t), other.ID, d.Name, func(*userpool.Domain) error { return nil })
	wantErr(t, "UpdateDomain of another pool", err, userpool.ErrDomainNotFound)
	wantErr(t, "DeleteDomain of another pool", s.DeleteDomain(ctx(t), other.ID, d.Name), userpool.ErrDomainNotFound)
	taken := &userpool.Domain{Name: "taken" + d.Name, Pool: other.ID, Created: asStored(now)}
	must(t, s.CreateDomain(ctx(t), taken))
	wantErr(t, "MoveDomain to a name of another pool", s.MoveDomain(ctx(t), &userpool.Domain{Name: taken.Name, Pool: p.ID}), userpool.ErrDomainExists)
	wantEqual(t, "Domain, which stayed", mustGet[*userpool.Domain](t)(s.Domain(ctx(t), d.Name)), d)
	wantErr(t, "MoveDomain in an unknown pool", s.MoveDomain(ctx(t), &userpool.Domain{Name: d.Name + "3", Pool: "us-east-1_none"}), userpool.ErrPoolNotFound)
	old := d.Name
	d.Name += "moved"
	for range 2 { // the second time it is there already
		must(t, s.MoveDomain(ctx(t), d))
	}
	wantEqual(t, "Domain", mustGet[*userpool.Domain](t)(s.Domain(ctx(t), d.Name)), d)
	_, err = s.Domain(ctx(t), old)
	wantErr(t, "Domain under its old name", err, userpool.ErrDomainNotFound)
	mustGet[*userpool.Domain](t)(s.Domain(ctx(t), custom.Name)) // of the other kind

	must(t, s.DeleteDomain(ctx(t), p.ID, d.Name))
	_, err = s.Domain(ctx(t), d.Name)
	wantErr(t, "Domain", err, userpool.ErrDomainNotFound)
}

func testResourceServers(t *testing.T, s Store) {
	p := newPool(t, s)
	r := &userpool.ResourceServer{Pool: p.ID, Identifier: "https://api.example.com", Name: "API",
		Scopes: []userpool.Scope{{Name: "read", Description: "may read"}}, Created: asStored(now)}
	must(t, s.CreateResourceServer(ctx(t), r))
	wantEqual(t, "ResourceServer", mustGet[*userpool.ResourceServer](t)(s.ResourceServer(ctx(t), p.ID, r.Identifier)), r)
	wantErr(t, "CreateResourceServer again", s.CreateResourceServer(ctx(t), r), userpool.ErrResourceServerExists)
	wantErr(t, "CreateResourceServer in an unknown pool", s.CreateResourceServer(ctx(t), &userpool.ResourceServer{Pool: "us-east-1_none"}), userpool.ErrPoolNotFound)

	changed := mustGet[*userpool.ResourceServer](t)(s.UpdateResourceServer(ctx(t), p.ID, r.Identifier, func(r *userpool.ResourceServer) error {
		r.Scopes = append(r.Scopes, userpool.Scope{Name: "write"})
		return nil
	}))
	wantEqual(t, "ResourceServer", mustGet[*userpool.ResourceServer](t)(s.ResourceServer(ctx(t), p.ID, r.Identifier)), changed)
	if len(changed.Scopes) != 2 {
		t.Errorf("the server has %d scopes, want 2", len(changed.Scopes))
	}

	must(t, s.DeleteResourceServer(ctx(t), p.ID, r.Identifier))
	_, err := s.ResourceServer(ctx(t), p.ID, r.Identifier)
	wantErr(t, "ResourceServer", err, userpool.ErrResourceServerNotFound)
	_, err = s.UpdateResourceServer(ctx(t), p.ID, r.Identifier, func(*userpool.ResourceServer) error { return nil })
	wantErr(t, "UpdateResourceServer", err, userpool.ErrResourceServerNotFound)
	wantErr(t, "DeleteResourceServer", s.DeleteResourceServer(ctx(t), p.ID, r.Identifier), userpool.ErrResourceServerNotFound)

	names := numberedNames("https://", 5)
	for _, id := range names {
		must(t, s.CreateResourceServer(ctx(t), &userpool.ResourceServer{Pool: p.ID, Identifier: id}))
	}
	got := readPages(t, 2, func(after string) ([]*userpool.ResourceServer, error) {
		return s.ResourceServers(ctx(t), p.ID, after, 2)
	}, func(r *userpool.ResourceServer) string { return r.Identifier })
	wantEqual(t, "ResourceServers", got, names)
}
