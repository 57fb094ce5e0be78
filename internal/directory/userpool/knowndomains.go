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
	custom  map[string]bool // by name: whether the domain is custom
	changes int             // by this process
}

// KnowsDomain reports whether a pool has a domain, as far as this process knows:
// its own changes at once, and those of other processes since the last
// [Engine.LearnDomains]. It does not read the store.
func (e *Engine) KnowsDomain(name string, custom bool) bool {
	e.known.mu.RLock()
	defer e.known.mu.RUnlock()
	is, ok := e.known.custom[name]
	return ok && is == custom
}

// LearnDomains reads the names of all domains from the store, for
// [Engine.KnowsDomain]. After an error, the names known before stay.
func (e *Engine) LearnDomains(ctx context.Context) error {
	for {
		before := e.known.version()
		custom, err := e.allDomains(ctx)
		if err != nil {
			return err
		}
		if e.known.replace(custom, before) {
			return nil
		}
	}
}

func (e *Engine) allDomains(ctx context.Context) (map[string]bool, error) {
	custom, after := map[string]bool{}, ""
	for {
		page, err := e.store.Domains(ctx, after, domainsAtOnce)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			custom[d.Name], after = d.Custom, d.Name
		}
		if len(page) < domainsAtOnce {
			return custom, nil
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
func (k *knownDomains) replace(custom map[string]bool, before int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != before {
		return false
	}
	k.custom = custom
	return true
}

func (k *knownDomains) add(d *Domain) {
	k.change(func() { k.custom[d.Name] = d.Custom })
}

func (k *knownDomains) remove(name string) {
	k.change(func() { delete(k.custom, name) })
}

func (k *knownDomains) change(do func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	if k.custom == nil {
		k.custom = map[string]bool{}
	}
	do()
}
