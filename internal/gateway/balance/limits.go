package balance

import "sync/atomic"

// Limits bounds what is on its way to the hosts of a set at one time. nil: no
// limit.
// Envoy: CircuitBreakers.Thresholds.
type Limits struct {
	Requests *int
	Pending  *int // requests that wait for a connection
	Retries  *int
}

// Enter counts a request, or returns false if there are too many. Leave ends it.
func (s *Set) Enter() bool { return enter(&s.requests, s.cfg.Limits.Requests) }

// Leave is the end of what Enter counted.
func (s *Set) Leave() { s.requests.Add(-1) }

// Waits counts a request that waits for a connection, or returns false if there are
// too many. Waited ends it.
func (s *Set) Waits() bool { return enter(&s.pending, s.cfg.Limits.Pending) }

// Waited is the end of what Waits counted.
func (s *Set) Waited() { s.pending.Add(-1) }

// LimitsWaiting reports whether waiting is limited, so that it must be counted.
func (s *Set) LimitsWaiting() bool { return s.cfg.Limits.Pending != nil }

// Retries counts a request that is sent again, or returns false if there are too
// many. Retried ends it.
func (s *Set) Retries() bool { return enter(&s.retries, s.cfg.Limits.Retries) }

// Retried is the end of what Retries counted.
func (s *Set) Retried() { s.retries.Add(-1) }

func enter(count *atomic.Int64, limit *int) bool {
	if n := count.Add(1); limit != nil && n > int64(*limit) {
		count.Add(-1)
		return false
	}
	return true
}
