package userpool

import (
	"time"

	"gatehouse/internal/base/fault"
)

// Errors of domains.
var (
	ErrDomainNotFound = fault.New(fault.NotFound, "domain_not_found", "No such domain or user pool exists.")
	ErrDomainExists   = fault.New(fault.Conflict, "domain_exists", "Domain already associated with another user pool.")
	ErrDomainTaken    = fault.New(fault.Conflict, "pool_domain_taken", "The user pool already has a domain of this kind.")
	ErrDomainName     = fault.New(fault.Invalid, "domain_name", "Domain prefix is not valid.")
)

// Domain is where a pool's OAuth endpoints and sign-in pages answer. A pool
// has at most one prefix domain and one custom domain.
type Domain struct {
	Name                string // a prefix, or a whole host name when Custom
	Pool                PoolID
	Custom              bool
	CertificateARN      string
	ManagedLoginVersion int
	Created             time.Time
}
