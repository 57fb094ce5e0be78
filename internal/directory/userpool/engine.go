package userpool

import (
	"time"

	"gatehouse/internal/base/seal"
)

// Store keeps pools and what belongs to them: one small interface for each
// noun.
//
// Every method is one transaction. A change function may be called more than
// once; if it returns an error, nothing is saved and that error is returned.
// Lists are sorted by id (a resource server's identifier, a provider's name) and start after the
// given one; "" starts at the beginning. The settings in a result may share memory with
// other results, so they are only read; what a change function gets is its own.
type Store interface {
	PoolStore
	ClientStore
	DomainStore
	ResourceServerStore
	ProviderStore
	SAMLKeyStore
}

// Config is what an [Engine] needs. Every field must be set, except where its
// comment says otherwise.
type Config struct {
	Store  Store
	Sealer *seal.Sealer // seals the secrets of app clients and identity providers, and keys
	Now    func() time.Time
	// HostTaken says why a domain could not answer at its host, as a part of a
	// sentence: another part of the installation has that host. "": it could.
	// nil: every domain could.
	HostTaken func(*Domain) (why string)
	// TLSElsewhere is true if another program ends TLS in front of the domains.
	TLSElsewhere bool
	// PoolID and ClientID return the id of a new pool in a region, and of a new client,
	// whose maker names none. nil, and "": a random one.
	PoolID   func(region string) PoolID
	ClientID func() ClientID
	// Network asks identity providers about themselves. nil: none can be reached.
	Network ProviderNetwork
	// CheckTriggers returns an error if a pool cannot have the triggers. nil: it
	// can have every trigger.
	CheckTriggers func(Triggers) error
	// LogsResolve reports whether log entries can be delivered to an ARN. nil: to none.
	LogsResolve func(arn string) bool
}

// Engine answers questions about pools and changes them. Safe for concurrent
// use. Its store is out of reach, so that no caller can go past the rules.
type Engine struct {
	store         Store
	sealer        *seal.Sealer
	clock         func() time.Time
	hostTaken     func(*Domain) string
	tlsElsewhere  bool
	checkTriggers func(Triggers) error
	logsResolve   func(string) bool
	network       ProviderNetwork
	poolID        func(region string) PoolID
	clientID      func() ClientID
	known         knownDomains
	last          lastPools
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	if c.Network == nil {
		c.Network = noNetwork{}
	}
	if c.PoolID == nil {
		c.PoolID = NewPoolID
	}
	if c.ClientID == nil {
		c.ClientID = func() ClientID { return "" }
	}
	return &Engine{store: c.Store, sealer: c.Sealer, clock: c.Now, hostTaken: c.HostTaken, tlsElsewhere: c.TLSElsewhere, checkTriggers: c.CheckTriggers, logsResolve: c.LogsResolve, network: c.Network, poolID: c.PoolID, clientID: c.ClientID}
}

// now returns the time of one operation, in the precision that the store keeps.
func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }
