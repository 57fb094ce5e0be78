package userpool_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestDomainNames(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	prefixes := map[string]bool{
		"a": true, "staff": true, "staff-1": true, strings.Repeat("a", 63): true,
		"": false, "-a": false, "a-": false, "Staff": false, "a.b": false, "a_b": false, strings.Repeat("a", 64): false,
		"my-aws": false, "amazonian": false, "cognito1": false, "a b": false, "ä": false,
	}
	for name, want := range prefixes {
		_, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: d.Pool.ID})
		if (err == nil) != want || !want && !errors.Is(err, userpool.ErrDomainName) {
			t.Errorf("prefix %q: %v, want it accepted: %t", name, err, want)
		}
		if err == nil {
			if err := d.Pools.DeleteDomain(t.Context(), d.Pool.ID, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range map[string]bool{"id.example.com": true, "example": false, "id..example.com": false, "ID.example.com": false, "*.example.com": false, "id.example.com.": false, "192.0.2.1": false, "a.1": false} {
		_, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: d.Pool.ID, Custom: true})
		if (err == nil) != want {
			t.Errorf("custom domain %q: %v, want it accepted: %t", name, err, want)
		}
	}
}

func TestDomainsAreUnique(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	other, err := d.Pools.CreatePool(t.Context(), "", "us-east-1", "other", userpool.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	create := func(pool userpool.PoolID, name string) error {
		_, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: pool})
		return err
	}
	if err := create(d.Pool.ID, "staff"); err != nil {
		t.Fatal(err)
	}
	if err := create(other.ID, "staff"); !errors.Is(err, userpool.ErrDomainExists) {
		t.Errorf("the domain of another pool: %v", err)
	}
	if err := create(d.Pool.ID, "more"); !errors.Is(err, userpool.ErrDomainTaken) {
		t.Errorf("a second prefix domain: %v", err)
	}
	if err := create("us-east-1_none", "free"); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("no pool: %v", err)
	}
}

func TestUpdateDomain(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	for _, domain := range []userpool.Domain{{Name: "staff"}, {Name: "id.example.com", Custom: true, CertificateARN: "arn:1"}} {
		domain.Pool = d.Pool.ID
		made, err := d.Pools.CreateDomain(t.Context(), domain)
		if err != nil || made.ManagedLoginVersion != 1 || !made.Created.Equal(d.Now()) {
			t.Fatalf("%s: %+v, %v", domain.Name, made, err)
		}
	}
	tests := []struct {
		name        string
		change      userpool.DomainChange
		version     int
		certificate string
	}{
		{"staff", userpool.DomainChange{}, 1, ""},
		{"staff", userpool.DomainChange{ManagedLoginVersion: new(2)}, 2, ""},
		{"id.example.com", userpool.DomainChange{CertificateARN: new("arn:2")}, 1, "arn:2"},
		{"id.example.com", userpool.DomainChange{ManagedLoginVersion: new(2)}, 2, "arn:2"},
	}
	for _, test := range tests {
		got, err := d.Pools.UpdateDomain(t.Context(), d.Pool.ID, test.name, test.change)
		if err != nil || got.ManagedLoginVersion != test.version || got.CertificateARN != test.certificate {
			t.Errorf("%s: %+v, %v, want version %d and certificate %q", test.name, got, err, test.version, test.certificate)
		}
	}
	if _, err := d.Pools.UpdateDomain(t.Context(), d.Pool.ID, "staff", userpool.DomainChange{ManagedLoginVersion: new(1), CertificateARN: new("arn:2")}); !errors.Is(err, userpool.ErrDomainName) {
		t.Errorf("a certificate for a prefix: %v, want ErrDomainName", err)
	}
	if got, err := d.Pools.Domain(t.Context(), "staff"); err != nil || got.ManagedLoginVersion != 2 || got.CertificateARN != "" {
		t.Errorf("after the refusal: %+v, %v", got, err)
	}
	if of, err := d.Pools.DomainsOf(t.Context(), d.Pool.ID); err != nil || len(of) != 2 {
		t.Errorf("DomainsOf = %v, %v", of, err)
	}
	if got, err := d.Pools.Domain(t.Context(), "staff"); err != nil || got.Pool != d.Pool.ID {
		t.Errorf("Domain = %+v, %v", got, err)
	}
}

func TestADomainThatAPoolDoesNotHave(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	if _, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: "staff", Pool: d.Pool.ID}); err != nil {
		t.Fatal(err)
	}
	other := userpool.PoolID("us-east-1_Other0001")
	for what, do := range map[string]func() error{
		"find": func() error { _, err := d.Pools.Domain(t.Context(), "none"); return err },
		"update": func() error {
			_, err := d.Pools.UpdateDomain(t.Context(), d.Pool.ID, "none", userpool.DomainChange{})
			return err
		},
		"update another": func() error {
			_, err := d.Pools.UpdateDomain(t.Context(), other, "staff", userpool.DomainChange{})
			return err
		},
		"delete":         func() error { return d.Pools.DeleteDomain(t.Context(), d.Pool.ID, "none") },
		"delete another": func() error { return d.Pools.DeleteDomain(t.Context(), other, "staff") },
	} {
		if err := do(); !errors.Is(err, userpool.ErrDomainNotFound) {
			t.Errorf("%s: %v, want %v", what, err, userpool.ErrDomainNotFound)
		}
	}
}

// A host may be taken after a pool got its domain there. An update would keep a
// domain that cannot answer.
func TestDomainWhoseHostIsTaken(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	taken := ""
	pools := userpool.New(userpool.Config{Store: d.Store, Sealer: d.Sealer, Now: d.Now, HostTaken: func(*userpool.Domain) string { return taken }})
	domain := userpool.Domain{Name: "wiki", Pool: d.Pool.ID}
	if _, err := pools.CreateDomain(t.Context(), domain); err != nil {
		t.Fatal(err)
	}
	taken = "a route has its host"
	if _, err := pools.UpdateDomain(t.Context(), d.Pool.ID, "wiki", userpool.DomainChange{ManagedLoginVersion: new(2)}); !errors.Is(err, userpool.ErrDomainHost) {
		t.Errorf("update: %v, want ErrDomainHost", err)
	}
	if has, err := pools.Domain(t.Context(), "wiki"); err != nil || has.ManagedLoginVersion != 1 {
		t.Errorf("kept %+v, %v, want version 1", has, err)
	}
	if err := pools.DeleteDomain(t.Context(), d.Pool.ID, "wiki"); err != nil {
		t.Errorf("delete: %v, want the host to become free", err)
	}
	_, err := pools.CreateDomain(t.Context(), domain)
	if want := "The domain wiki cannot be used: a route has its host."; !errors.Is(err, userpool.ErrDomainHost) || !strings.Contains(err.Error(), want) {
		t.Errorf("create: %v, want ErrDomainHost with %q", err, want)
	}
	if _, err := pools.Domain(t.Context(), "wiki"); !errors.Is(err, userpool.ErrDomainNotFound) {
		t.Errorf("the refused domain: %v, want it not to be kept", err)
	}
}

// slowDomains is a store in which a domain is made while the list of all domains
// is read.
type slowDomains struct {
	userpool.Store
	during func()
}

func (s *slowDomains) Domains(ctx context.Context, after string, limit int) ([]*userpool.Domain, error) {
	list, err := s.Store.Domains(ctx, after, limit)
	if during := s.during; during != nil {
		s.during = nil
		during()
	}
	return list, err
}

func TestKnowsDomain(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	slow := &slowDomains{Store: d.Store}
	pools := userpool.New(userpool.Config{Store: slow, Sealer: d.Sealer, Now: d.Now})
	want := func(when string, prefix, custom bool) {
		t.Helper()
		if got := pools.KnowsDomain("staff", false); got != prefix {
			t.Errorf("%s: knows the prefix domain: %t, want %t", when, got, prefix)
		}
		if got := pools.KnowsDomain("id.example.com", true); got != custom {
			t.Errorf("%s: knows the custom domain: %t, want %t", when, got, custom)
		}
		if pools.KnowsDomain("staff", true) || pools.KnowsDomain("id.example.com", false) {
			t.Errorf("%s: a domain of one kind is known as one of the other", when)
		}
	}
	learn := func() {
		t.Helper()
		if err := pools.LearnDomains(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d.AddDomain("staff") // by another process
	want("before it is learned", false, false)
	learn()
	want("learned", true, false)
	slow.during = func() {
		if _, err := pools.CreateDomain(t.Context(), userpool.Domain{Name: "id.example.com", Pool: d.Pool.ID, Custom: true}); err != nil {
			t.Error(err)
		}
	}
	learn()
	want("made while the list was read", true, true)
	if err := pools.DeleteDomain(t.Context(), d.Pool.ID, "staff"); err != nil {
		t.Fatal(err)
	}
	want("deleted", false, true)
	if err := d.Pools.DeleteDomain(t.Context(), d.Pool.ID, "id.example.com"); err != nil { // by another process
		t.Fatal(err)
	}
	learn()
	want("deleted elsewhere", false, false)
}
