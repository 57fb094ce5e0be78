package userpool

import (
	"context"
	"errors"
	"sync"
	"time"

	"gatehouse/internal/base/fault"
)

// patience is how long a read waits for the store if what was read before will do.
const patience = time.Second

// lastPools is the pools as this process last read them. The zero value has none.
type lastPools struct{ byID sync.Map } // PoolID to *Pool, which never changes

// note remembers the outcome of reading a pool.
func (l *lastPools) note(id PoolID, p *Pool, err error) {
	if errors.Is(err, ErrPoolNotFound) {
		l.byID.Delete(id)
	}
	if err != nil {
		return
	}
	if last := l.of(id); last == nil || !last.Modified.Equal(p.Modified) || !last.Created.Equal(p.Created) {
		kept := *p
		l.byID.Store(id, &kept)
	}
}

// of returns a pool, or nil if it is not known. The caller must not change it.
func (l *lastPools) of(id PoolID) *Pool {
	p, _ := l.byID.Load(id)
	last, _ := p.(*Pool)
	return last
}

// PublishedPool returns a pool for what is published of it: its issuer and its keys.
// While the store does not answer, the pool is as this process last read it, and
// the caller must not change it. ErrPoolNotFound.
func (e *Engine) PublishedPool(ctx context.Context, id PoolID) (*Pool, error) {
	last := e.last.of(id)
	if last == nil {
		return e.Pool(ctx, id)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := e.Pool(ctx, id)
	if fault.KindOf(err) == fault.Unavailable {
		return last, nil
	}
	return p, err
}

// PublishedDomains returns the domains of a pool. While the store does not answer,
// they have only their names, and are those of [Engine.KnowsDomain].
func (e *Engine) PublishedDomains(ctx context.Context, pool PoolID) ([]*Domain, error) {
	if !e.known.learned() { // nothing to answer with instead
		return e.DomainsOf(ctx, pool)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	domains, err := e.DomainsOf(ctx, pool)
	if fault.KindOf(err) == fault.Unavailable {
		return e.known.of(pool), nil
	}
	return domains, err
}
