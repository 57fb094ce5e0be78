package ratelimit

import (
	"crypto/sha256"
	"sync"
	"time"
)

// What has a limit of its own, beside that of a category. Cognito: "API request rate
// quotas".
const (
	UserReads     = "UserReads"     // of one user
	UserWrites    = "UserWrites"    // of one user
	PoolOperation = "PoolOperation" // one operation on one pool or on what belongs to it
	Address       = "Address"       // one address, at the pages and the OAuth endpoints
	Client        = "Client"        // one app client, at the same
	Domain        = "Domain"        // one domain, at the same
)

// singleLimits are Cognito's, in requests a second.
var singleLimits = map[string]int{UserReads: 10, UserWrites: 10, PoolOperation: 5, Address: 300, Client: 300, Domain: 500}

// TakeOf takes one request of one thing of a kind, or returns ErrRate if there were too
// many. It waits for nothing. Only Cognito's own limits have such: without them,
// everything is answered. Each node counts for itself.
func (e *Engine) TakeOf(kind, thing string) error {
	limit := singleLimits[kind]
	if !e.standard || limit == 0 {
		return nil
	}
	taken := e.singles.take(sha256.Sum256([]byte(kind+" "+thing)), limit, e.clock())
	if e.count != nil {
		e.count(kind, taken)
	}
	if !taken {
		return ErrRate
	}
	return nil
}

// singles has the buckets of things that were asked for lately. A bucket is full after a
// second in which nobody asks, and then is as good as a new one. So all that were not
// asked for during forgetAfter are dropped together: memory follows the load, and nobody
// looks through them.
type singles struct {
	mu          sync.Mutex
	recent, old map[[sha256.Size]byte]*bucket // what callers sent may be long, or secret
	turned      time.Time
}

const forgetAfter = 2 * time.Second

func (s *singles) take(key [sha256.Size]byte, limit int, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if passed := now.Sub(s.turned); s.recent == nil || passed >= forgetAfter || passed < 0 {
		s.recent, s.old, s.turned = map[[sha256.Size]byte]*bucket{}, s.recent, now
	}
	b := s.recent[key]
	if b == nil {
		if b = s.old[key]; b == nil {
			b = newBucket(limit, now)
		}
		s.recent[key] = b
	}
	return b.take(now)
}
