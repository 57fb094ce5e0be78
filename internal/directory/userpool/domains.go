package userpool

import (
	"context"
	"strings"

	"gatehouse/internal/base/pattern"
)

// Domain returns the domain with a name. ErrDomainNotFound.
func (e *Engine) Domain(ctx context.Context, name string) (*Domain, error) {
	return e.store.Domain(ctx, name)
}

// DomainsOf returns the domains of a pool.
func (e *Engine) DomainsOf(ctx context.Context, pool PoolID) ([]*Domain, error) {
	return e.store.DomainsOf(ctx, pool)
}

// CreateDomain gives a pool a domain. If ManagedLoginVersion is 0, the domain
// gets version 1. ErrDomainName, ErrDomainHost, ErrDomainExists, ErrDomainTaken,
// ErrPoolNotFound.
func (e *Engine) CreateDomain(ctx context.Context, d Domain) (*Domain, error) {
	if err := e.complete(&d); err != nil {
		return nil, err
	}
	if err := e.store.CreateDomain(ctx, &d); err != nil {
		return nil, err
	}
	e.known.add(&d)
	return &d, nil
}

// MoveDomain is CreateDomain in place of the domain of the same kind that the pool
// has, which does not answer any more. ErrDomainName, ErrDomainHost,
// ErrDomainExists, ErrPoolNotFound.
func (e *Engine) MoveDomain(ctx context.Context, d Domain) (*Domain, error) {
	if err := e.complete(&d); err != nil {
		return nil, err
	}
	before, err := e.store.DomainsOf(ctx, d.Pool)
	if err != nil {
		return nil, err
	}
	if err := e.store.MoveDomain(ctx, &d); err != nil {
		return nil, err
	}
	for _, old := range before {
		if old.Custom == d.Custom {
			e.known.remove(old.Name)
		}
	}
	e.known.add(&d)
	return &d, nil
}

// CheckDomain checks whether a pool could have a domain here. ErrDomainName,
// ErrDomainHost.
func (e *Engine) CheckDomain(d *Domain) error {
	if err := checkDomainName(d); err != nil {
		return err
	}
	if err := e.checkPolicy(d); err != nil {
		return err
	}
	return e.checkHost(d)
}

// complete checks a new domain and fills in what it does not say.
func (e *Engine) complete(d *Domain) error {
	d.Created = e.now()
	if d.ManagedLoginVersion == 0 {
		d.ManagedLoginVersion = 1
	}
	return e.CheckDomain(d)
}

// DomainChange is what may change of a domain. A nil field changes nothing.
type DomainChange struct {
	ManagedLoginVersion *int
	CertificateARN      *string // of a custom domain
	SecurityPolicy      *string // of a custom domain
}

// UpdateDomain changes a domain of a pool. ErrDomainNotFound, ErrDomainHost, and
// ErrDomainName for a certificate of a domain that has none.
func (e *Engine) UpdateDomain(ctx context.Context, pool PoolID, name string, change DomainChange) (*Domain, error) {
	d, err := e.store.UpdateDomain(ctx, pool, name, func(d *Domain) error {
		if err := e.checkHost(d); err != nil {
			return err
		}
		if change.CertificateARN != nil && !d.Custom {
			return ErrDomainName.Saying("CustomDomainConfig is for custom domains: %s is a prefix.", d.Name)
		}
		if change.ManagedLoginVersion != nil {
			d.ManagedLoginVersion = *change.ManagedLoginVersion
		}
		if change.CertificateARN != nil {
			d.CertificateARN = *change.CertificateARN
		}
		if change.SecurityPolicy != nil {
			d.SecurityPolicy = *change.SecurityPolicy
			return e.checkPolicy(d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.known.add(d)
	return d, nil
}

// DeleteDomain takes a domain from its pool. ErrDomainNotFound.
func (e *Engine) DeleteDomain(ctx context.Context, pool PoolID, name string) error {
	if err := e.store.DeleteDomain(ctx, pool, name); err != nil {
		return err
	}
	e.known.remove(name)
	return nil
}

// checkHost refuses a domain that could not answer at its host.
func (e *Engine) checkHost(d *Domain) error {
	if e.hostTaken == nil {
		return nil
	}
	if why := e.hostTaken(d); why != "" {
		return ErrDomainHost.Saying("The domain %s cannot be used: %s.", d.Name, why)
	}
	return nil
}

// domainLabel is the form of a prefix domain, and of each label of a custom
// domain. Cognito: DomainType.
var domainLabel = pattern.New(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

func checkDomainName(d *Domain) error {
	if d.Custom {
		return checkCustomDomain(d.Name)
	}
	if !domainLabel.MatchString(d.Name) {
		return ErrDomainName.Saying("Domain prefix %q is not valid.", d.Name)
	}
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(d.Name, word) {
			return ErrDomainName.Saying("Domain cannot contain reserved word: %s", word)
		}
	}
	return nil
}

func checkCustomDomain(name string) error {
	labels := strings.Split(name, ".")
	if last := labels[len(labels)-1]; len(labels) < 2 || len(name) > 253 || strings.Trim(last, "0123456789") == "" { // a number: an address
		return ErrDomainName.Saying("Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record exists for the root domain.")
	}
	for _, l := range labels {
		if !domainLabel.MatchString(l) {
			return ErrDomainName.Saying("Custom domain is not a valid subdomain: %s", name)
		}
	}
	return nil
}
