package proxy

import (
	"net/http"
	"sync"
	"time"
)

const (
	preflightLife = 10 * time.Minute // how long the answer to a preflight says who may read a failure
	maxPreflights = 256              // of a route that are remembered
	maxPreflight  = 2 << 10          // bytes of one: strangers choose the path
)

// preflights remembers what the upstreams of a route have last answered to preflights:
// when they fail they can't be asked. The zero value is ready for use.
type preflights struct {
	mu   sync.Mutex
	seen map[preflightKey]preflightSeen
}

// preflightKey is what an upstream may tell apart. The method is not in it: who may read
// an answer does not depend on it.
type preflightKey struct{ origin, path string }

type preflightSeen struct {
	header http.Header // those that say which pages may read an answer
	at     time.Time
}

// note remembers the answer to a preflight; a refusal takes back what was said before.
func (p *preflights) note(origin, path string, answer http.Header, now time.Time) {
	key, kept := preflightKey{origin, path}, http.Header{}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !shareHeaders(kept, answer) {
		delete(p.seen, key)
		return
	}
	if len(origin)+len(path)+sizeOf(kept) > maxPreflight {
		return
	}
	if p.seen == nil || len(p.seen) >= maxPreflights {
		p.seen = map[preflightKey]preflightSeen{}
	}
	p.seen[key] = preflightSeen{kept, now}
}

// last returns the newest answer, nil if there is none that counts.
func (p *preflights) last(origin, path string, now time.Time) http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen[preflightKey{origin, path}]
	if now.Sub(seen.at) >= preflightLife {
		return nil
	}
	return seen.header.Clone()
}

// sizeOf returns the bytes of headers.
func sizeOf(h http.Header) (n int) {
	for name, values := range h {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}
