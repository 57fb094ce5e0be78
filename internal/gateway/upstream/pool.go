package upstream

import (
	"sync"
	"time"
)

// pool keeps idle connections by address. The one that was used last is taken first,
// so that the others grow old and end.
type pool struct {
	perHost, total int
	timeout        time.Duration // 0: no limit

	mu      sync.Mutex
	hosts   map[string][]*conn
	size    int
	sweeper *time.Timer // runs while there are idle connections
	closed  bool
}

// take returns a connection, or nil. Whether it is open and silent is seen when it is
// used.
func (p *pool) take(addr string, now time.Time) *conn {
	for {
		c := p.pop(addr)
		if c == nil {
			return nil
		}
		if p.fresh(c, now) {
			c.reused = true
			return c
		}
		c.nc.Close()
	}
}

func (p *pool) pop(addr string) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.hosts[addr]
	if len(all) == 0 {
		return nil
	}
	last := len(all) - 1
	c := all[last]
	all[last] = nil
	p.hosts[addr] = all[:last]
	p.size--
	return c
}

func (p *pool) fresh(c *conn, now time.Time) bool {
	return p.timeout == 0 || now.Sub(c.since) < p.timeout
}

// put keeps a connection, or closes it if there are enough.
func (p *pool) put(c *conn) {
	c.since = time.Now()
	if !p.keep(c) {
		c.nc.Close()
	}
}

func (p *pool) keep(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || c.raw == nil || p.size >= p.total || len(p.hosts[c.addr]) >= p.perHost {
		return false
	}
	if p.hosts == nil {
		p.hosts = map[string][]*conn{}
	}
	p.hosts[c.addr] = append(p.hosts[c.addr], c)
	p.size++
	if p.sweeper == nil && p.timeout > 0 {
		p.sweeper = time.AfterFunc(p.timeout, p.sweep)
	}
	return true
}

// sweep closes the connections that were idle for too long, or that the other side
// has closed.
func (p *pool) sweep() {
	for _, c := range p.stale(time.Now()) {
		c.nc.Close()
	}
}

func (p *pool) stale(now time.Time) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	var old []*conn
	for addr, all := range p.hosts {
		kept := all[:0]
		for _, c := range all {
			if p.fresh(c, now) && c.silent() {
				kept = append(kept, c)
			} else {
				old = append(old, c)
			}
		}
		clear(all[len(kept):])
		p.hosts[addr] = kept
		if len(kept) == 0 {
			delete(p.hosts, addr)
		}
	}
	p.size -= len(old)
	p.sweeper = nil
	if p.size > 0 && !p.closed {
		p.sweeper = time.AfterFunc(p.timeout/2, p.sweep)
	}
	return old
}

// close closes all connections, and those that come later.
func (p *pool) close() {
	p.mu.Lock()
	hosts := p.hosts
	p.hosts, p.size, p.closed = nil, 0, true
	if p.sweeper != nil {
		p.sweeper.Stop()
	}
	p.mu.Unlock()
	for _, all := range hosts {
		for _, c := range all {
			c.nc.Close()
		}
	}
}
