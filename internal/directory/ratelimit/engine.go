package ratelimit

import (
	"sync"
	"time"

	"gatehouse/internal/base/ids"
)

// Config is what an [Engine] needs.
type Config struct {
	Store Store
	Now   func() time.Time
	// Limits are the limits of the configuration, by category. A category that is
	// not there has its default.
	Limits map[string]int
	// NoDefaults takes the limit away from every category that Limits does not have.
	NoDefaults bool
	// Count counts the requests of a category. nil: nothing counts.
	Count func(category string, answered bool)
}

// Engine counts requests. Safe for concurrent use.
type Engine struct {
	store      Store
	clock      func() time.Time
	configured map[string]int
	count      func(category string, answered bool)
	node       string // this engine among all

	mu       sync.Mutex
	buckets  map[string]*bucket // by category; none: no limit
	followed time.Time          // when the demand was counted last
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	e := &Engine{store: c.Store, clock: c.Now, configured: c.Limits, count: c.Count, node: ids.UUID(), buckets: map[string]*bucket{}}
	now := c.Now()
	for category := range defaults {
		if c.NoDefaults && c.Limits[category] == 0 {
			continue
		}
		e.buckets[category] = newBucket(limitOf(category, c.Limits[category], 0).Provisioned, now)
	}
	if first := e.buckets[UserAuthentication]; first != nil {
		e.buckets[UserAuthenticationAnswers] = newBucket(answersFor*first.limit, now)
	}
	e.followed = now
	return e
}

// Take takes one request of a category, or returns ErrRate if there were too many.
// It waits for nothing.
func (e *Engine) Take(category string) error {
	taken := e.take(category)
	if e.count != nil {
		e.count(category, taken)
	}
	if !taken {
		return ErrRate
	}
	return nil
}

func (e *Engine) take(category string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.buckets[category]
	return b == nil || b.take(e.clock())
}

// apply sets the limit of a category, and that of the answers that follows it.
func (e *Engine) apply(category string, limit int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if b := e.buckets[category]; b != nil {
		b.limit = limit
	}
	if b := e.buckets[UserAuthenticationAnswers]; b != nil && category == UserAuthentication {
		b.limit = answersFor * limit
	}
}
