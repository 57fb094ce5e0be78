package lifetime

import (
	"sync/atomic"
	"time"
)

// Timers keeps a timer for contexts that follow one another, as those of the requests of a
// connection do. The zero value is ready for use, and safe for concurrent use. A nil one
// keeps none.
type Timers struct{ idle atomic.Pointer[alarm] }

// alarm is a timer that ends a life.
type alarm struct {
	timer *time.Timer
	of    *Context
}

// set returns an alarm that ends c after a time.
func (t *Timers) set(c *Context, after time.Duration) *alarm {
	if t != nil {
		if a := t.idle.Swap(nil); a != nil {
			a.of = c
			a.timer.Reset(after)
			return a
		}
	}
	a := &alarm{of: c}
	a.timer = time.AfterFunc(after, a.ring)
	return a
}

func (a *alarm) ring() { a.of.timeOver() }

// off ends the wait, and keeps the alarm unless it rings already. a may be nil.
func (a *alarm) off(keep *Timers) {
	if a == nil || !a.timer.Stop() || keep == nil {
		return
	}
	a.of = nil
	keep.idle.Store(a)
}
