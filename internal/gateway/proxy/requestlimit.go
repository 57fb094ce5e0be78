package proxy

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/base/fault"
)

// ErrTooMany refuses a request of somebody who has sent too many to a route.
var ErrTooMany = fault.New(fault.Throttled, "too_many_requests_to_route", "You have sent too many requests to this application. Please wait a moment.")

// RequestLimit is how many requests a person, or the address of somebody who is not
// signed in, may send to a route within a time. The zero value is no limit.
type RequestLimit struct {
	Requests int
	Per      time.Duration
}

// limiter counts the requests to a route. A caller may send as many as the limit at
// once; what was used comes back evenly over its time.
type limiter struct {
	RequestLimit
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]time.Time // when all of a caller's requests are back
}

// limiterRoom is how many callers each of the two generations of a limiter holds.
// Those who have not called for long are forgotten first.
const limiterRoom = 1 << 15

// newLimiter returns nil for no limit. before goes on if it has the same one.
func newLimiter(l RequestLimit, before *limiter) *limiter {
	switch {
	case l.Requests == 0:
		return nil
	case before != nil && before.RequestLimit == l:
		return before
	}
	return &limiter{RequestLimit: l, seed: maphash.MakeSeed(), young: map[uint64]time.Time{}}
}

// take counts a request. It returns how long to wait if there are too many, 0 if
// there are not.
func (l *limiter) take(caller string, now time.Time) time.Duration {
	key, each := maphash.String(l.seed, caller), l.Per/time.Duration(l.Requests)
	l.mu.Lock()
	defer l.mu.Unlock()
	back := l.of(key)
	if back.Before(now) {
		back = now
	}
	back = back.Add(each)
	if wait := back.Sub(now) - l.Per; wait > 0 {
		return wait
	}
	l.young[key] = back
	if len(l.young) >= limiterRoom {
		l.old, l.young = l.young, map[uint64]time.Time{}
	}
	return 0
}

func (l *limiter) of(key uint64) time.Time {
	if back, ok := l.young[key]; ok {
		return back
	}
	return l.old[key]
}

// limit counts a request to a route that has a limit.
func (c *chain) limit(w http.ResponseWriter, x *exchange) error {
	l := x.route.limiter
	if l == nil {
		return nil
	}
	wait := l.take(x.caller(), c.now())
	if wait == 0 {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	return ErrTooMany
}

// caller is who sends a request: the person, from wherever, or else the address. The
// addresses of an IPv6 network are one: its computers choose theirs freely.
func (x *exchange) caller() string {
	if x.session != nil {
		return "person " + x.session.Provider + " " + x.session.Identity.UserID
	}
	return "address " + networkOf(x.addr).String()
}

func networkOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	network, _ := addr.Prefix(bits) // the zero prefix for an unknown address
	return network
}
