package userpool

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
)

// Errors of domains.
var (
	ErrDomainNotFound = fault.New(fault.NotFound, "domain_not_found", "No such domain or user pool exists.")
	ErrDomainExists   = fault.New(fault.Conflict, "domain_exists", "Domain already associated with another user pool.")
	ErrDomainTaken    = fault.New(fault.Conflict, "pool_domain_taken", "The user pool already has a domain of this kind.")
	ErrDomainHost     = fault.New(fault.Conflict, "domain_host", "The host of the domain belongs to another part of this installation.")
	ErrDomainName     = fault.New(fault.Invalid, "domain_name", "Domain prefix is not valid.")
)

// Domain is the host name at which a pool's OAuth endpoints and sign-in pages
// answer. A pool has at most one prefix domain and one custom domain.
type Domain struct {
	Name                string // a prefix; a whole host name if Custom
	Pool                PoolID
	Custom              bool
	CertificateARN      string
	SecurityPolicy      string // of a custom domain; "": not chosen
	ManagedLoginVersion int
	Created             time.Time
}

// DomainStore keeps domains. See [Store] for what all methods have in common.
type DomainStore interface {
	// CreateDomain fails with ErrPoolNotFound, with ErrDomainExists if another
	// pool has the name, or with ErrDomainTaken if the pool already has a domain
	// of this kind.
	CreateDomain(ctx context.Context, d *Domain) error
	// MoveDomain is CreateDomain in place of the domain of this kind that the pool
	// has. If it fails, the pool keeps that one.
	MoveDomain(ctx context.Context, d *Domain) error
	// Domain fails with ErrDomainNotFound, as do the methods that change one.
	Domain(ctx context.Context, name string) (*Domain, error)
	DomainsOf(ctx context.Context, pool PoolID) ([]*Domain, error)
	// Domains returns domains of all pools, sorted by name, after a name.
	Domains(ctx context.Context, after string, limit int) ([]*Domain, error)
	UpdateDomain(ctx context.Context, pool PoolID, name string, change func(*Domain) error) (*Domain, error)
	DeleteDomain(ctx context.Context, pool PoolID, name string) error
}
