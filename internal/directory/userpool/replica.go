package userpool

import "gatehouse/internal/base/fault"

// Errors of replicas.
var (
	ErrNoReplicas      = fault.New(fault.Unsupported, "pool_replicas", "The operation is not enabled: this installation is one region, and its nodes share one database.")
	ErrReplicaNotFound = fault.New(fault.NotFound, "pool_replica_not_found", "The user pool has no replica in the region.")
	ErrReplicaPrimary  = fault.New(fault.Invalid, "pool_replica_primary", "The region is that of the user pool itself, which is always active.")
)

// Replica says that a pool is in a region.
type Replica struct {
	Region string
	// Primary is true: every pool is in its own region, and in no other.
	Primary bool
}

// Replicas returns the pool itself. A directory is one region; more nodes share its
// database, and are no replicas.
func (p *Pool) Replicas() []Replica { return []Replica{{Region: p.ID.Region(), Primary: true}} }

// SecondaryIn returns an error, since no pool has a replica in another region:
// ErrReplicaNotFound, or ErrReplicaPrimary for the pool's own.
func (p *Pool) SecondaryIn(region string) error {
	if region == p.ID.Region() {
		return ErrReplicaPrimary
	}
	return ErrReplicaNotFound.Saying("The user pool %s has no replica in the region %s.", p.ID, region)
}
