package userpool

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
)

// PoolID is the id of a pool: "<region>_<name>".
type PoolID string

// NewPoolID returns a new id in region.
func NewPoolID(region string) PoolID { return PoolID(region + "_" + ids.PoolName()) }

// Region returns the part before "_".
func (id PoolID) Region() string {
	region, _, _ := strings.Cut(string(id), "_")
	return region
}

// Name returns the part after "_". SRP calls it the pool name.
func (id PoolID) Name() string {
	_, name, _ := strings.Cut(string(id), "_")
	return name
}

// Errors of pools.
var (
	ErrPoolNotFound  = fault.New(fault.NotFound, "pool_not_found", "User pool does not exist.")
	ErrPoolExists    = fault.New(fault.Conflict, "pool_exists", "A user pool with this id already exists.")
	ErrPoolProtected = fault.New(fault.Invalid, "pool_protected", "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	ErrPoolHasDomain = fault.New(fault.Invalid, "pool_has_domain", "User pool cannot be deleted. It has a domain configured that should be deleted first.")
	ErrSettings      = fault.New(fault.Invalid, "pool_settings", "The settings of the user pool are not valid.")
	ErrTags          = fault.New(fault.Invalid, "pool_tags", "The tags are not valid.")
)

// Pool is a user pool.
type Pool struct {
	ID                PoolID
	Name              string
	Created, Modified time.Time
	Settings          Settings
	// Nobody is the secret from which the users are made up whom the pool pretends to
	// have, sealed. Empty, unless the pool came from another installation with one:
	// it follows from the master keys.
	Nobody []byte
}

// PoolStore keeps pools. See [Store] for what all methods have in common.
type PoolStore interface {
	// CreatePool fails with ErrPoolExists if the id is taken.
	CreatePool(ctx context.Context, p *Pool) error
	// Pool fails with ErrPoolNotFound, as do the methods that change one.
	Pool(ctx context.Context, id PoolID) (*Pool, error)
	UpdatePool(ctx context.Context, id PoolID, change func(*Pool) error) (*Pool, error)
	// DeletePool removes the pool with its users, groups, clients, keys, tokens
	// and resource servers. It calls may inside the transaction, with the pool's
	// domains, and removes nothing if may returns an error. Nobody finds the pool
	// when it returns; the rows of a large one go later, and its id is taken until
	// then.
	DeletePool(ctx context.Context, id PoolID, may func(*Pool, []*Domain) error) error
	Pools(ctx context.Context, after PoolID, limit int) ([]*Pool, error)
}

// Case returns a username or alias in the form in which the pool compares it.
func (p *Pool) Case(name string) string {
	if p.Settings.CaseInsensitive {
		return strings.ToLower(name)
	}
	return name
}

// Protected reports whether the pool may not be deleted.
func (p *Pool) Protected() bool { return p.Settings.DeletionProtection }

// UsernameIs reports whether the attribute may be the username in this pool.
func (p *Pool) UsernameIs(attribute string) bool {
	return slices.Contains(p.Settings.UsernameAttributes, attribute)
}

// AliasIs reports whether the attribute is an alias in this pool: users sign in
// with it besides their username.
func (p *Pool) AliasIs(attribute string) bool {
	return slices.Contains(p.Settings.AliasAttributes, attribute)
}

// VerifiesBeforeUpdate reports whether a new value of the attribute replaces the
// old one only after the user has verified it.
func (p *Pool) VerifiesBeforeUpdate(attribute string) bool {
	return slices.Contains(p.Settings.VerifiedBeforeUpdate, attribute)
}

// AutoVerifies reports whether a code to verify the attribute is sent when it
// is set at sign-up or changed.
func (p *Pool) AutoVerifies(attribute string) bool {
	return slices.Contains(p.Settings.AutoVerified, attribute)
}

// RecoveryOptions returns how users of the pool recover from a forgotten password:
// as the pool says, else first by e-mail, then by phone.
func (p *Pool) RecoveryOptions() []RecoveryOption {
	if len(p.Settings.Recovery) > 0 {
		return p.Settings.Recovery
	}
	return []RecoveryOption{{Name: "verified_email", Priority: 1}, {Name: "verified_phone_number", Priority: 2}}
}

// RecoveryOrder returns what the pool's recovery options name, best first: email,
// phone_number or admin_only.
func (p *Pool) RecoveryOrder() []string {
	options := slices.SortedStableFunc(slices.Values(p.RecoveryOptions()), func(a, b RecoveryOption) int { return a.Priority - b.Priority })
	var order []string
	for _, o := range options {
		order = append(order, strings.TrimPrefix(o.Name, "verified_"))
	}
	return order
}
