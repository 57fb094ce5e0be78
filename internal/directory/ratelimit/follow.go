package ratelimit

import (
	"context"
	"time"
)

const (
	// FollowEvery is how often a node calls [Engine.Follow].
	FollowEvery = time.Second
	// lately is for how long the demand of a node counts.
	lately = 3 * FollowEvery
	// notable is the part of a limit from which on a node shares its demand.
	notable = 0.1
)

// Follow learns the limits that the API provisioned, and shares what this node is
// asked for with the others. A node that nobody asks reads and writes nothing.
func (e *Engine) Follow(ctx context.Context) error {
	now := e.clock()
	asked, busy := e.demand(now)
	if !asked {
		return nil
	}
	provisioned, err := e.store.ProvisionedLimits(ctx)
	if err != nil {
		return err
	}
	for _, category := range adjustable {
		e.apply(category, e.limitOf(category, provisioned[category]).Provisioned)
	}
	total := busy
	if len(busy) > 0 {
		if total, err = e.store.ShareDemand(ctx, e.node, busy, now, now.Add(-lately)); err != nil {
			return err
		}
	}
	e.share(busy, total)
	return nil
}

// demand returns what this node was asked for since the last call: whether for
// anything, and for what it is a notable part of the limit.
func (e *Engine) demand(now time.Time) (asked bool, busy map[string]int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	seconds := now.Sub(e.followed).Seconds()
	switch {
	case seconds == 0:
		return false, nil
	case seconds < 0: // the clock was set back: how long it was is not known
		seconds = FollowEvery.Seconds()
	}
	e.followed, busy = now, map[string]int{}
	for category, b := range e.buckets {
		asked = asked || b.asked > 0
		if n := b.demand(seconds); float64(n) >= notable*float64(b.limit) && n > 0 {
			busy[category] = n
		}
	}
	return asked, busy
}

// share sets the shares of this node: its part of all demand, where the demand is
// notable, and otherwise the whole.
func (e *Engine) share(own, total map[string]int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for category, b := range e.buckets {
		b.share = 1
		if n := own[category]; n > 0 && total[category] > n {
			b.share = float64(n) / float64(total[category])
		}
	}
}
