package userpool

import (
	"context"
	"time"

	"gatehouse/internal/base/seal"
)

// Engine is the directory's pools. Safe for concurrent use.
type Engine struct {
	Store  Store
	Sealer *seal.Sealer
	Now    func() time.Time
}

// Store keeps pools and what belongs to them. Every method is one transaction.
// A change function may be called more than once; if it returns an error,
// nothing is saved and that error is returned. Lists are ordered by id (name,
// identifier) and start after the one given; "" starts at the beginning.
type Store interface {
	// CreatePool fails with ErrPoolExists when the id is taken.
	CreatePool(ctx context.Context, p *Pool) error
	// Pool fails with ErrPoolNotFound.
	Pool(ctx context.Context, id PoolID) (*Pool, error)
	UpdatePool(ctx context.Context, id PoolID, change func(*Pool) error) (*Pool, error)
	// DeletePool removes the pool with its users, groups, clients, keys,
	// tokens and resource servers. may is asked inside the transaction, with
	// the pool's domains.
	DeletePool(ctx context.Context, id PoolID, may func(*Pool, []*Domain) error) error
	Pools(ctx context.Context, after PoolID, limit int) ([]*Pool, error)

	// CreateClient fails with ErrPoolNotFound or ErrClientExists.
	CreateClient(ctx context.Context, c *Client) error
	// Client fails with ErrClientNotFound.
	Client(ctx context.Context, id ClientID) (*Client, error)
	UpdateClient(ctx context.Context, pool PoolID, id ClientID, change func(*Client) error) (*Client, error)
	// DeleteClient removes the client and its tokens. ErrClientNotFound.
	DeleteClient(ctx context.Context, pool PoolID, id ClientID) error
	Clients(ctx context.Context, pool PoolID, after ClientID, limit int) ([]*Client, error)

	// CreateDomain fails with ErrPoolNotFound, ErrDomainExists when the name
	// is taken, ErrDomainTaken when the pool has one of this kind.
	CreateDomain(ctx context.Context, d *Domain) error
	// Domain fails with ErrDomainNotFound.
	Domain(ctx context.Context, name string) (*Domain, error)
	DomainsOf(ctx context.Context, pool PoolID) ([]*Domain, error)
	UpdateDomain(ctx context.Context, pool PoolID, name string, change func(*Domain) error) (*Domain, error)
	DeleteDomain(ctx context.Context, pool PoolID, name string) error

	// CreateResourceServer fails with ErrPoolNotFound, ErrResourceServerExists.
	CreateResourceServer(ctx context.Context, r *ResourceServer) error
	ResourceServer(ctx context.Context, pool PoolID, identifier string) (*ResourceServer, error)
	UpdateResourceServer(ctx context.Context, pool PoolID, identifier string, change func(*ResourceServer) error) (*ResourceServer, error)
	DeleteResourceServer(ctx context.Context, pool PoolID, identifier string) error
	ResourceServers(ctx context.Context, pool PoolID, after string, limit int) ([]*ResourceServer, error)
}
