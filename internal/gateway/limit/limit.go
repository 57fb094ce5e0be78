// Package limit limits how often callers may do something. A caller may do it as often
// as the rate says at once; what was used comes back evenly over the rate's time.
//
// Who a caller is, and what is counted, is for the package to say that counts.
package limit

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Rate is how often one caller may do something within a time. The zero value is no
// limit.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Callers counts what callers do. A nil *Callers limits nobody. Safe for concurrent use.
type Callers struct {
	rate Rate
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]time.Time // when all that a caller has used is back
}

// room is how many callers each of the two generations holds. Those who have not called
// for long are forgotten first.
const room = 1 << 15

// New returns nil for no limit, and before if it has the same rate.
func New(r Rate, before *Callers) *Callers {
	switch {
	case r.Requests == 0:
		return nil
	case before != nil && before.rate == r:
		return before
	}
	return &Callers{rate: r, seed: maphash.MakeSeed(), young: map[uint64]time.Time{}}
}

// Take counts one use. It returns how long the caller must wait if there were too many,
// and 0 if there were not.
func (c *Callers) Take(caller string, now time.Time) time.Duration {
	if c == nil {
		return 0
	}
	key := maphash.String(c.seed, caller)
	c.mu.Lock()
	defer c.mu.Unlock()
	back := c.of(key)
	if back.Before(now) {
		back = now
	}
	back = back.Add(c.each())
	if wait := back.Sub(now) - c.rate.Per; wait > 0 {
		return wait
	}
	c.young[key] = back
	if len(c.young) >= room {
		c.old, c.young = c.young, map[uint64]time.Time{}
	}
	return 0
}

// Give takes one use back: it was none that counts.
func (c *Callers) Give(caller string) {
	if c == nil {
		return
	}
	key := maphash.String(c.seed, caller)
	c.mu.Lock()
	defer c.mu.Unlock()
	if back := c.of(key); !back.IsZero() {
		c.young[key] = back.Add(-c.each())
	}
}

func (c *Callers) each() time.Duration { return c.rate.Per / time.Duration(c.rate.Requests) }

func (c *Callers) of(key uint64) time.Time {
	if back, ok := c.young[key]; ok {
		return back
	}
	return c.old[key]
}

// Network returns the caller that an address belongs to. The addresses of an IPv6
// network are one: its computers choose theirs freely.
func Network(addr netip.Addr) string {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	network, _ := addr.Prefix(bits) // the zero prefix for an unknown address
	return "address " + network.String()
}
