// Package site knows the addresses of pools, for the edges that browsers and OAuth
// clients use. A pool's sign-in page, for example, is at:
//
//	https://<prefix>.<suffix>/login      a prefix domain
//	https://login.example.com/login      a custom domain
//	<directory url>/<poolId>/login       always: under the pool's issuer
//
// [Map.Resolve] finds the pool of a request. [Map.Endpoints] returns the address
// that clients are told. [Handle] registers a handler for all three forms of
// address. The package also has the cookie that keeps a browser signed in to a pool,
// because more than one edge reads and writes it.
//
// The edges define what the endpoints do.
package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/userpool"
)

// ErrNoPool is the error for an address at which no pool answers.
var ErrNoPool = fault.New(fault.NotFound, "site_no_pool", "No user pool answers at this address.")

// Map finds pools by address and addresses by pool. Pools and BaseURL must be set.
type Map struct {
	Pools   *userpool.Engine
	BaseURL string // the directory's own address; issuers begin with it
	// DomainSuffix is the end of the host names of prefix domains, without the dot
	// before it. If it is empty, prefix domains do not answer and clients are not told
	// their addresses.
	DomainSuffix string
	// EndpointsAtIssuer makes Endpoints return the address under the issuer even if
	// the pool has a domain. It is for development, where many programs cannot resolve
	// the domains' names. The domains answer nevertheless.
	EndpointsAtIssuer bool
}

// Resolve returns the pool of a request and the address at which the request reached
// it, without a slash at its end. ErrNoPool.
func (m *Map) Resolve(r *http.Request) (pool *userpool.Pool, base string, err error) {
	if id := r.PathValue("pool"); id != "" {
		return m.resolveIssuer(r, userpool.PoolID(id))
	}
	d, err := m.Domain(r.Context(), web.Host(r))
	if err != nil {
		return nil, "", err
	}
	pool, err = m.pool(r.Context(), d.Pool)
	return pool, m.at(d), err
}

// resolveIssuer resolves an address under an issuer. It accepts every host except
// the host of a domain: at the domain of one pool, nobody may see the sign-in page of
// another pool.
func (m *Map) resolveIssuer(r *http.Request, id userpool.PoolID) (*userpool.Pool, string, error) {
	host := web.Host(r)
	if own, err := url.Parse(m.BaseURL); err != nil || host != hostname.Of(own.Host) {
		_, err := m.Domain(r.Context(), host)
		if err == nil {
			return nil, "", ErrNoPool
		}
		if !errors.Is(err, ErrNoPool) {
			return nil, "", err
		}
	}
	pool, err := m.pool(r.Context(), id)
	return pool, m.home(id), err
}

// Published is [Map.Resolve] for the documents that a pool publishes under its
// issuer. While the database does not answer, the pool is the last that was read.
// ErrNoPool.
func (m *Map) Published(r *http.Request) (pool *userpool.Pool, base string, err error) {
	if m.Knows(web.Host(r)) {
		return nil, "", ErrNoPool // as resolveIssuer
	}
	id := userpool.PoolID(r.PathValue("pool"))
	pool, err = found(m.Pools.PublishedPool(r.Context(), id))
	return pool, m.home(id), err
}

// Endpoints returns the address that clients are told: the pool's custom domain,
// else its prefix domain, else the address under its issuer. While the database
// does not answer, it goes by the domains that this process knows.
// Cognito: the discovery document names only the custom domain.
func (m *Map) Endpoints(ctx context.Context, pool *userpool.Pool) (base string, err error) {
	base = m.home(pool.ID)
	if m.EndpointsAtIssuer {
		return base, nil
	}
	domains, err := m.Pools.PublishedDomains(ctx, pool.ID)
	if err != nil {
		return "", fmt.Errorf("load domains: %w", err)
	}
	for _, d := range domains {
		if d.Custom {
			return m.at(d), nil
		}
		if m.DomainSuffix != "" {
			base = m.at(d)
		}
	}
	return base, nil
}

func (m *Map) pool(ctx context.Context, id userpool.PoolID) (*userpool.Pool, error) {
	return found(m.Pools.Pool(ctx, id))
}

// found is a pool that was read, with the error of this package.
func found(p *userpool.Pool, err error) (*userpool.Pool, error) {
	if errors.Is(err, userpool.ErrPoolNotFound) {
		return nil, ErrNoPool
	}
	if err != nil {
		return nil, fmt.Errorf("load pool: %w", err)
	}
	return p, nil
}

// Domain returns the domain of a host. ErrNoPool.
func (m *Map) Domain(ctx context.Context, host string) (*userpool.Domain, error) {
	name, custom := m.nameAt(host)
	d, err := m.Pools.Domain(ctx, name)
	if errors.Is(err, userpool.ErrDomainNotFound) || err == nil && d.Custom != custom {
		return nil, ErrNoPool
	}
	if err != nil {
		return nil, fmt.Errorf("load domain: %w", err)
	}
	return d, nil
}

// Knows reports whether a host is the domain of a pool, as far as this process
// knows. See userpool.Engine.KnowsDomain.
func (m *Map) Knows(host string) bool { return m.Pools.KnowsDomain(m.nameAt(host)) }

// nameAt returns the name of the domain that would answer at a host. A prefix
// domain answers only under the suffix, and a custom domain only under its whole
// name, so that neither can answer for the other.
func (m *Map) nameAt(host string) (name string, custom bool) {
	if m.DomainSuffix != "" {
		if prefix, ok := strings.CutSuffix(host, "."+m.DomainSuffix); ok {
			return prefix, false
		}
	}
	return host, true
}

// home returns the address of a pool under its issuer.
func (m *Map) home(id userpool.PoolID) string {
	return strings.TrimSuffix(m.BaseURL, "/") + "/" + string(id)
}

// at returns the address of a domain. Its scheme and port are those of BaseURL.
func (m *Map) at(d *userpool.Domain) string {
	scheme, port := "https", ""
	if u, err := url.Parse(m.BaseURL); err == nil && u.Scheme != "" {
		scheme = u.Scheme
		if u.Port() != "" {
			port = ":" + u.Port()
		}
	}
	host := d.Name
	if !d.Custom {
		host += "." + m.DomainSuffix
	}
	return scheme + "://" + host + port
}

// Handle registers h twice for a pattern such as "GET /login": at the root, for the
// hosts of domains, and under "/{pool}", for issuers.
func Handle(mux *http.ServeMux, pattern string, h http.Handler) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "", pattern
	} else {
		method += " "
	}
	mux.Handle(method+path, h)
	mux.Handle(method+"/{pool}"+path, h)
}
