package userpool_test

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// A policy that would not act is refused, and changes nothing.
func TestSecurityPolicies(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	elsewhere := userpool.New(userpool.Config{Store: d.Store, Sealer: d.Sealer, Now: d.Now, TLSElsewhere: true})
	const name = "login.example.com"
	if _, err := d.Pools.CreateDomain(t.Context(), userpool.Domain{Name: name, Pool: d.Pool.ID, Custom: true}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		engine *userpool.Engine
		policy string
		want   error
		kept   string
	}{
		{d.Pools, userpool.PolicyTLS10, userpool.ErrDomainName, userpool.PolicyTLS12},
		{elsewhere, userpool.PolicyTLS13, userpool.ErrDomainName, userpool.PolicyTLS12},
		{elsewhere, userpool.PolicyTLS12, nil, userpool.PolicyTLS12},
		{d.Pools, userpool.PolicyTLS13, nil, userpool.PolicyTLS13},
		{d.Pools, userpool.PolicyTLS10, userpool.ErrDomainName, userpool.PolicyTLS13},
	} {
		if _, err := tt.engine.UpdateDomain(t.Context(), d.Pool.ID, name, userpool.DomainChange{SecurityPolicy: &tt.policy}); !errors.Is(err, tt.want) {
			t.Errorf("UpdateDomain with %s: %v, want %v", tt.policy, err, tt.want)
		}
		kept, err := d.Pools.Domain(t.Context(), name)
		if err != nil || kept.LowestTLS() != tt.kept {
			t.Errorf("after %s: %+v, %v; want %s", tt.policy, kept, err, tt.kept)
		}
		if _, err := tt.engine.CreateDomain(t.Context(), userpool.Domain{Name: "other.example.com", Pool: "us-east-1_none", Custom: true, SecurityPolicy: tt.policy}); tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("CreateDomain with %s: %v, want %v", tt.policy, err, tt.want)
		}
	}
	other := userpool.New(userpool.Config{Store: d.Store, Sealer: d.Sealer, Now: d.Now})
	if err := other.LearnDomains(t.Context()); err != nil || !other.NeedsTLS13(name) || other.NeedsTLS13("id.example.com") || !d.Pools.NeedsTLS13(name) {
		t.Errorf("another process has not learned it: %v", err)
	}
}
