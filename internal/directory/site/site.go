// Package site says where a pool is on the web, for the edges that browsers
// and OAuth clients see:
//
//	https://<prefix>.<suffix>/login      a prefix domain
//	https://login.example.com/login      a custom domain
//	<directory url>/<poolId>/login       always: under the pool's issuer
//
// [Map.Resolve] finds the pool of a request, [Map.Endpoints] the address that
// clients are told, and [Handle] puts a handler where all three forms reach it.
// The package also has the cookie that keeps a browser signed in to a pool,
// which more than one edge reads and writes.
//
// What the endpoints do is left to those edges.
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

// ErrNoPool says that no pool answers at the address of a request.
var ErrNoPool = fault.New(fault.NotFound, "site_no_pool", "No user pool answers at this address.")

// Map says which addresses belong to which pool.
type Map struct {
	Pools   *userpool.Engine
	BaseURL string // the directory's own address; issuers stand under it
	// DomainSuffix is what prefix domains end with, without a dot in front.
	// Empty: they do not answer, and nobody is sent to them.
	DomainSuffix string
	// EndpointsAtIssuer makes clients be told the address under the issuer,
	// whatever domains a pool has: for a machine on which few programs can
	// resolve the domains' names. The domains answer all the same.
	EndpointsAtIssuer bool
}

// Resolve returns the pool that r is for, and the address under which it was
// reached, without a slash at its end. ErrNoPool when there is none.
func (m *Map) Resolve(r *http.Request) (pool *userpool.Pool, base string, err error) {
	if id := r.PathValue("pool"); id != "" {
		return m.resolveIssuer(r, userpool.PoolID(id))
	}
	d, err := m.domain(r.Context(), web.Host(r))
	if err != nil {
		return nil, "", err
	}
	pool, err = m.pool(r.Context(), d.Pool)
	return pool, m.at(d), err
}

// resolveIssuer takes any host but that of a domain: there, one pool's people
// must not be shown another pool's sign-in page.
func (m *Map) resolveIssuer(r *http.Request, id userpool.PoolID) (*userpool.Pool, string, error) {
	host := web.Host(r)
	if own, err := url.Parse(m.BaseURL); err != nil || host != hostname.Of(own.Host) {
		_, err := m.domain(r.Context(), host)
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

// Endpoints returns the address at which clients reach the pool: its custom
// domain, else its prefix domain, else its issuer's.
// Cognito: the discovery document names the custom domain alone.
func (m *Map) Endpoints(ctx context.Context, pool *userpool.Pool) (base string, err error) {
	base = m.home(pool.ID)
	if m.EndpointsAtIssuer {
		return base, nil
	}
	domains, err := m.Pools.DomainsOf(ctx, pool.ID)
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
	p, err := m.Pools.Pool(ctx, id)
	if errors.Is(err, userpool.ErrPoolNotFound) {
		return nil, ErrNoPool
	}
	if err != nil {
		return nil, fmt.Errorf("load pool: %w", err)
	}
	return p, nil
}

// domain finds the domain of a host. A prefix answers under the suffix alone
// and a custom domain under its whole name, so that neither can stand in for
// the other.
func (m *Map) domain(ctx context.Context, host string) (*userpool.Domain, error) {
	name, custom := host, true
	if m.DomainSuffix != "" {
		if prefix, ok := strings.CutSuffix(host, "."+m.DomainSuffix); ok {
			name, custom = prefix, false
		}
	}
	d, err := m.Pools.Domain(ctx, name)
	if errors.Is(err, userpool.ErrDomainNotFound) || err == nil && d.Custom != custom {
		return nil, ErrNoPool
	}
	if err != nil {
		return nil, fmt.Errorf("load domain: %w", err)
	}
	return d, nil
}

func (m *Map) home(id userpool.PoolID) string {
	return strings.TrimSuffix(m.BaseURL, "/") + "/" + string(id)
}

// at returns a domain's address: scheme and port are the directory's own.
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

// Handle registers h for a pattern such as "GET /login", at the root for the
// hosts of domains and under "/{pool}" for issuers.
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
