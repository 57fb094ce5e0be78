package ratelimit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/directory/ratelimit"
)

// takenOf asks n times for one thing and returns how often it was answered.
func (w *world) takenOf(e *ratelimit.Engine, kind, thing string, n int) (answered int) {
	w.t.Helper()
	for range n {
		switch err := e.TakeOf(kind, thing); {
		case err == nil:
			answered++
		case !errors.Is(err, ratelimit.ErrRate):
			w.t.Fatal(err)
		}
	}
	return answered
}

func TestLimitsOfOneThing(t *testing.T) {
	for kind, limit := range map[string]int{
		ratelimit.UserReads: 10, ratelimit.UserWrites: 10, ratelimit.PoolOperation: 5,
		ratelimit.Address: 300, ratelimit.Client: 300, ratelimit.Domain: 500,
	} {
		w := newWorld(t)
		e := w.node()
		w.want(kind, w.takenOf(e, kind, "a", limit+3), limit)
		w.want(kind+" of another", w.takenOf(e, kind, "b", limit), limit)
		for second := range 7 { // through every change of generation
			w.Advance(time.Second)
			w.want(fmt.Sprintf("%s in second %d", kind, second+2), w.takenOf(e, kind, "a", limit+3), limit)
		}
		w.Advance(time.Second / 5)
		w.want(kind+" after a fifth of a second", w.takenOf(e, kind, "a", limit), limit/5)
	}
}

// A thing that is asked for all the time does not get a new bucket when others are
// forgotten.
func TestForgettingForgivesNothing(t *testing.T) {
	w := newWorld(t)
	e := w.node()
	answered := 0
	for range 100 { // ten seconds
		answered += w.takenOf(e, ratelimit.UserReads, "a", 5)
		w.Advance(time.Second / 10)
	}
	if want := 10 + 99; answered > want || answered < want-2 { // what fills in a tenth of a second is rounded
		t.Errorf("ten seconds of load: %d requests were answered, want %d", answered, want)
	}
}

// Only who asks for Cognito's limits has them.
func TestNoLimitsOfOneThing(t *testing.T) {
	w := newWorld(t)
	e := w.node(func(c *ratelimit.Config) { c.CognitosDefaults = false })
	w.want("without Cognito's limits", w.takenOf(e, ratelimit.UserReads, "a", 100), 100)
}
