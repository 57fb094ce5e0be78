package userpool

import (
	"context"
	"sync"
)

// domainsAtOnce is how many domains one query reads.
const domainsAtOnce = 1000

// knownDomains is the names of all domains, as this process knows them: to find
// out that a host is a pool's, no request waits for the store. The zero value
// knows none.
type knownDomains struct {
	mu      sync.RWMutex
	byName  map[string]knownDomain // nil: not learned yet
	changes int                    // by this process
}

type knownDomain struct {
	pool   PoolID
	custom bool
	tls13  bool // it takes TLS 1.3 alone
}

func known(d *Domain) knownDomain {
	return knownDomain{d.Pool, d.Custom, d.SecurityPolicy == PolicyTLS13}
}

// KnowsDomain reports whether a pool has a domain, as far as this process knows:
// its own changes at once, and those of other processes since the last
// [Engine.LearnDomains]. It does not read the store.
func (e *Engine) KnowsDomain(name string, custom bool) bool {
	e.known.mu.RLock()
	defer e.known.mu.RUnlock()
	d, ok := e.known.byName[name]
	return ok && d.custom == custom
}

// LearnDomains reads the names of all domains from the store, for
// [Engine.KnowsDomain]. After an error, the names known before stay.
func (e *Engine) LearnDomains(ctx context.Context) error {
	for {
		before := e.known.version()
		all, err := e.allDomains(ctx)
		if err != nil {
			return err
		}
		if e.known.replace(all, before) {
			return nil
		}
	}
}

func (e *Engine) allDomains(ctx context.Context) (map[string]knownDomain, error) {
	all, after := map[string]knownDomain{}, ""
	for {
		page, err := e.store.Domains(ctx, after, domainsAtOnce)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			all[d.Name], after = known(d), d.Name
		}
		if len(page) < domainsAtOnce {
			return all, nil
		}
	}
}

func (k *knownDomains) version() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.changes
}

// replace puts the names that were read since before in place. It returns false
// if this process has changed a domain meanwhile: the names may be from before the
// change.
func (k *knownDomains) replace(all map[string]knownDomain, before int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != before {
		return false
	}
	k.byName = all
	return true
}

func (k *knownDomains) learned() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byName != nil
}

// of returns the domains of a pool, with their names alone.
func (k *knownDomains) of(pool PoolID) (domains []*Domain) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for name, d := range k.byName {
		if d.pool == pool {
			domains = append(domains, &Domain{Name: name, Pool: pool, Custom: d.custom})
		}
	}
	return domains
}

func (k *knownDomains) add(d *Domain) {
	k.change(func() { k.byName[d.Name] = known(d) })
}

func (k *knownDomains) remove(name string) {
	k.change(func() { delete(k.byName, name) })
}

func (k *knownDomains) change(do func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	if k.byName == nil {
		k.byName = map[string]knownDomain{}
	}
	do()
}
