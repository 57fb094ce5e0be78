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
	// not there has none, or with CognitosDefaults that of Cognito.
	Limits           map[string]int
	CognitosDefaults bool
	// Count counts the requests of a category, or of a kind of [Engine.TakeOf]. nil:
	// nothing counts.
	Count func(category string, answered bool)
}

// Engine counts requests. Safe for concurrent use.
type Engine struct {
	store      Store
	clock      func() time.Time
	configured map[string]int
	standard   bool // what is not configured has Cognito's limit
	count      func(category string, answered bool)
	node       string // this engine among all

	mu       sync.Mutex
	buckets  map[string]*bucket // by category
	followed time.Time          // when the demand was counted last

	singles singles
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	e := &Engine{store: c.Store, clock: c.Now, configured: c.Limits, standard: c.CognitosDefaults, count: c.Count, node: ids.UUID(), buckets: map[string]*bucket{}}
	now := c.Now()
	for category := range defaults {
		e.buckets[category] = newBucket(e.limitOf(category, 0).Provisioned, now)
	}
	e.buckets[UserAuthenticationAnswers] = newBucket(answersFor*e.buckets[UserAuthentication].limit, now)
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
	e.buckets[category].limit = limit
	if category == UserAuthentication {
		e.buckets[UserAuthenticationAnswers].limit = answersFor * limit
	}
}
