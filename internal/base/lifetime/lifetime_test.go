package lifetime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pair is a context and the one of the standard library that it must be as.
type pair struct {
	name         string
	ours, theirs context.Context
	endOurs      func(error) // nil: it has no end of its own
	endTheirs    func(error)
	asked        bool // for its channel
}

// forest has contexts of all kinds that are derived of each other.
type forest struct {
	t       testing.TB
	timers  Timers
	all     []*pair
	watches []*watched
}

// watched is what waits for the end of a context.
type watched struct {
	on           int
	ours         Watch
	stopTheirs   func() bool
	calls, wants chan struct{}
	over         bool
}

type key int

func newForest(t testing.TB, cancelled bool) *forest {
	f := &forest{t: t}
	root := context.WithValue(context.Background(), key(0), "root")
	if !cancelled {
		f.all = append(f.all, &pair{name: "root", ours: root, theirs: root})
		return f
	}
	ours, endOurs := context.WithCancelCause(root)
	theirs, endTheirs := context.WithCancelCause(root)
	f.all = append(f.all, &pair{"root with an end", ours, theirs, endOurs, endTheirs, false})
	return f
}

// valued is a Context with a value of its own, as those who embed one have.
type valued struct {
	Context
	value string
}

func (v *valued) Value(k any) any {
	if k == key(1) {
		return v.value
	}
	return v.Context.Value(k)
}

// derive derives a context of the one with a number.
func (f *forest) derive(of int, kind byte, limit time.Duration) {
	parent := f.all[of]
	p := &pair{name: fmt.Sprintf("%d of %d, kind %d", len(f.all), of, kind%7)}
	switch kind % 7 {
	case 0, 1, 2:
		v := &valued{value: p.name}
		if kind%7 == 0 {
			limit = 0
		}
		var timers *Timers
		if kind%7 == 1 {
			timers = &f.timers
		}
		v.Begin(parent.ours, limit, timers)
		p.ours, p.endOurs = v, v.End
		p.theirs, p.endTheirs = context.WithCancelCause(context.WithValue(parent.theirs, key(1), p.name))
		if limit > 0 {
			var stop context.CancelFunc
			p.theirs, stop = context.WithTimeout(p.theirs, limit)
			context.AfterFunc(p.theirs, stop)
		}
	case 3:
		p.ours, p.theirs = context.WithValue(parent.ours, key(2), p.name), context.WithValue(parent.theirs, key(2), p.name)
	case 4:
		p.ours, p.endOurs = context.WithCancelCause(parent.ours)
		p.theirs, p.endTheirs = context.WithCancelCause(parent.theirs)
	case 5:
		ours, stopOurs := context.WithTimeout(parent.ours, limit)
		theirs, stopTheirs := context.WithTimeout(parent.theirs, limit)
		p.ours, p.endOurs = ours, func(error) { stopOurs() }
		p.theirs, p.endTheirs = theirs, func(error) { stopTheirs() }
	case 6:
		p.ours, p.theirs = context.WithoutCancel(parent.ours), context.WithoutCancel(parent.theirs)
	}
	f.all = append(f.all, p)
}

func (f *forest) end(i int, cause error) {
	if p := f.all[i]; p.endOurs != nil {
		p.endOurs(cause)
		p.endTheirs(cause)
	}
}

func (f *forest) watch(i int) {
	w := &watched{on: i, calls: make(chan struct{}, 1), wants: make(chan struct{}, 1)}
	w.ours.Start(f.all[i].ours, func() { w.calls <- struct{}{} })
	w.stopTheirs = context.AfterFunc(f.all[i].theirs, func() { w.wants <- struct{}{} })
	f.watches = append(f.watches, w)
}

func (f *forest) stop(w *watched) {
	if got, want := w.ours.Stop(), w.stopTheirs(); got != want {
		f.t.Errorf("Stop of a watch of %s: %t, want %t", f.all[w.on].name, got, want)
	}
	w.over = true
}

// check compares all. Before settled, nothing is known of what happens in other goroutines.
func (f *forest) check(settled bool) {
	f.t.Helper()
	for _, p := range f.all {
		if got, want := p.ours.Err(), p.theirs.Err(); got != want {
			f.t.Errorf("Err of %s: %v, want %v", p.name, got, want)
		}
		if got, want := context.Cause(p.ours), context.Cause(p.theirs); got != want {
			f.t.Errorf("Cause of %s: %v, want %v", p.name, got, want)
		}
		got, gotOK := p.ours.Deadline()
		want, wantOK := p.theirs.Deadline()
		if !got.Equal(want) || gotOK != wantOK {
			f.t.Errorf("Deadline of %s: %v, %t, want %v, %t", p.name, got, gotOK, want, wantOK)
		}
		for k := range key(4) {
			if got, want := p.ours.Value(k), p.theirs.Value(k); got != want {
				f.t.Errorf("Value of %s: %v, want %v", p.name, got, want)
			}
		}
		if p.asked && closed(p.ours.Done()) != closed(p.theirs.Done()) {
			f.t.Errorf("Done of %s: closed %t, want %t", p.name, closed(p.ours.Done()), closed(p.theirs.Done()))
		}
	}
	for _, w := range f.watches {
		if settled && len(w.calls) != len(w.wants) {
			f.t.Errorf("a watch of %s: %d calls, want %d", f.all[w.on].name, len(w.calls), len(w.wants))
		}
	}
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// play does what the bytes say, and compares after each step.
func (f *forest) play(steps []byte) {
	for len(steps) >= 3 && !f.t.Failed() {
		what, i, n := steps[0], int(steps[1])%len(f.all), steps[2]
		steps = steps[3:]
		switch what % 8 {
		case 0, 1:
			f.derive(i, n, time.Duration(n)*time.Millisecond)
		case 2:
			f.end(i, nil)
		case 3:
			f.end(i, fmt.Errorf("cause %d", n))
		case 4:
			f.watch(i)
		case 5:
			if len(f.watches) > 0 {
				f.stop(f.watches[int(n)%len(f.watches)])
			}
		case 6:
			f.all[i].asked = true
		case 7:
			time.Sleep(time.Duration(n) * time.Millisecond)
			synctest.Wait()
		}
		f.check(false)
		synctest.Wait()
		f.check(true)
	}
	for i := range f.all {
		f.all[i].asked = true
		f.end(i, nil)
	}
	synctest.Wait()
	f.check(true)
}

// Seeds are sequences with a name, for the table and the fuzzer: three bytes a step.
var seeds = map[string][]byte{
	"a request and its exchange":            {0, 0, 0, 0, 1, 2, 4, 2, 0, 5, 0, 0, 2, 2, 0, 2, 1, 0},
	"the client goes away":                  {0, 0, 0, 0, 1, 2, 4, 2, 0, 2, 1, 0},
	"the client goes away for a reason":     {0, 0, 0, 0, 1, 0, 4, 2, 0, 3, 1, 5},
	"nobody waits when the parent ends":     {0, 0, 0, 0, 1, 0, 2, 1, 0, 3, 2, 7},
	"the time is over":                      {0, 0, 1, 4, 1, 0, 7, 0, 200},
	"the time is over, and nobody waited":   {0, 0, 1, 7, 0, 200},
	"the time of a parent is shorter":       {0, 0, 5, 0, 1, 1, 4, 2, 0, 7, 0, 100},
	"two lives with one timer":              {0, 0, 1, 4, 1, 0, 2, 1, 0, 0, 0, 1, 4, 2, 0, 7, 0, 200},
	"an end with a cause":                   {0, 0, 0, 4, 1, 0, 3, 1, 9},
	"a cause, and then the time":            {0, 0, 1, 6, 1, 0, 3, 1, 9, 7, 0, 200},
	"the time, and then a cause":            {0, 0, 1, 6, 1, 0, 7, 0, 200, 3, 1, 9},
	"contexts are derived of it":            {0, 0, 0, 0, 1, 4, 0, 1, 3, 0, 3, 4, 4, 4, 0, 2, 1, 0},
	"derived after the end":                 {0, 0, 0, 3, 1, 2, 0, 1, 4, 0, 1, 0, 4, 3, 0, 0, 1, 1},
	"derived after the time":                {0, 0, 1, 7, 0, 9, 0, 1, 4, 0, 1, 0, 4, 3, 0},
	"the channel is asked for late":         {0, 0, 0, 4, 1, 0, 4, 1, 0, 6, 1, 0, 5, 0, 0, 2, 1, 0},
	"the channel is asked for after an end": {0, 0, 0, 2, 1, 0, 6, 1, 0},
	"a life without the end of its parent":  {0, 0, 0, 0, 1, 6, 0, 2, 2, 4, 3, 0, 2, 1, 0, 7, 0, 9},
	"a watch is stopped twice":              {0, 0, 0, 4, 1, 0, 5, 0, 0, 5, 0, 0},
	"a watch is stopped after the end":      {0, 0, 0, 4, 1, 0, 2, 1, 0, 5, 0, 0},
	"watches are stopped in the middle":     {0, 0, 0, 4, 1, 0, 4, 1, 0, 4, 1, 0, 5, 0, 1, 5, 0, 0, 2, 1, 0},
	"a grandchild":                          {0, 0, 0, 0, 1, 0, 0, 2, 0, 4, 3, 0, 3, 1, 3},
}

func TestALifeIsAsOneOfTheStandardLibrary(t *testing.T) {
	for name, steps := range seeds {
		for _, cancelled := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, root with an end %t", name, cancelled), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newForest(t, cancelled).play(steps) })
			})
		}
	}
}

func FuzzLives(f *testing.F) {
	for _, steps := range seeds {
		f.Add(steps, false)
		f.Add(steps, true)
	}
	f.Fuzz(func(t *testing.T, steps []byte, cancelled bool) {
		if len(steps) > 150 {
			t.Skip()
		}
		synctest.Test(t, func(t *testing.T) { newForest(t, cancelled).play(steps) })
	})
}

// What the standard library asks a context for by a key of its own is found out, not known.
func TestTheStandardLibraryAsks(t *testing.T) {
	if innermost == nil {
		t.Fatal("context.Cause asks for nothing: causes, and contexts that are derived, are wrong")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if ctx.Value(innermost) == nil {
		t.Error("a context of the standard library does not know the key")
	}
}

// A life of a usual request takes no memory but its own.
func TestALifeTakesNoMemory(t *testing.T) {
	type connection struct {
		timers Timers
		watch  Watch
		cut    func()
	}
	type request struct{ own, exchange Context }
	c := &connection{cut: func() {}}
	base := context.WithValue(context.Background(), key(0), "base")
	var requests []request
	allocations := testing.AllocsPerRun(100, func() {
		if len(requests) == 0 {
			requests = make([]request, 1000)
		}
		r := &requests[0]
		requests = requests[1:]
		r.own.Begin(base, 0, &c.timers)
		r.exchange.Begin(&r.own, time.Minute, nil)
		c.watch.Start(&r.exchange, c.cut)
		if r.exchange.Err() != nil || r.exchange.Value(key(0)) != "base" || !c.watch.Stop() {
			t.Error("the life is over")
		}
		r.exchange.End(nil)
		r.own.End(nil)
	})
	if allocations != 0 {
		t.Errorf("%.0f allocations, want none", allocations)
	}
}

// A life that has not begun can be ended, as that of an exchange that was refused.
func TestAnEndBeforeTheBeginning(*testing.T) { new(Context).End(nil) }

// Many goroutines use one life. The race detector looks on, and whoever waits hears of the
// end.
func TestManyUseOneLife(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			var timers Timers
			var own, exchange Context
			own.Begin(t.Context(), 0, &timers)
			exchange.Begin(&own, limit, nil)
			var users sync.WaitGroup
			for i := range 16 {
				users.Go(func() {
					var w Watch
					for range 50 {
						told := make(chan struct{})
						w.Start(&exchange, func() { close(told) })
						switch i % 4 {
						case 0:
							exchange.Err()
						case 1:
							ctx, cancel := context.WithCancel(&exchange)
							context.Cause(ctx)
							cancel()
						case 2:
							time.Sleep(time.Microsecond)
						}
						if !w.Stop() {
							<-told
						}
					}
				})
			}
			users.Go(func() { time.Sleep(20 * time.Microsecond); own.End(errors.New("gone")) })
			users.Wait()
			if exchange.Err() == nil || own.Err() == nil {
				t.Error("a life goes on after its end")
			}
		})
	}
}
