package balance

import (
	"sync/atomic"
	"time"
)

// state is what is known of a host. It outlives a set: that of the next
// configuration has it too, and the same mutex guards it.
type state struct {
	busy   atomic.Int64 // requests on their way
	checks map[string]*checked

	row          failures // in a row
	ejectedUntil time.Time
	ejected      bool // until its return is told
	ejections    int  // how often, less one for each quiet interval
}

// Begin counts a request, or a connection for TCP, that goes to the host. End ends it.
func (s *state) Begin() { s.busy.Add(1) }

// Busy returns how many are counted.
func (s *state) Busy() int64 { return s.busy.Load() }

// End is the end of what Begin counted.
func (s *state) End() { s.busy.Add(-1) }
