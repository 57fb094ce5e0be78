package ratelimit

import "time"

// bucket holds what is left of a limit. It fills within a second, and holds no more
// than the requests of one second.
type bucket struct {
	limit  int     // a second, on all nodes
	share  float64 // of this node
	left   float64
	filled time.Time
	asked  int // since the demand was counted last, with what was refused
}

func newBucket(limit int, now time.Time) *bucket {
	return &bucket{limit: limit, share: 1, left: float64(limit), filled: now}
}

func (b *bucket) take(now time.Time) bool {
	b.asked++
	b.fill(now)
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

func (b *bucket) fill(now time.Time) {
	rate := max(float64(b.limit)*b.share, 1) // a share never stops a node
	if passed := now.Sub(b.filled).Seconds(); passed > 0 {
		b.left += rate * passed
	}
	b.left, b.filled = min(b.left, rate), now
}

// demand returns how many requests a second were asked for, and begins to count anew.
func (b *bucket) demand(seconds float64) int {
	n := float64(b.asked) / seconds
	b.asked = 0
	return int(n + 0.5)
}
