package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// ballastSize is how much memory the garbage collector takes for used that is not. A
// gateway uses 4 MiB, and would be searched for garbage with every 4 MiB of new memory:
// with 300 requests.
const ballastSize = 6 << 20

// hurry is called first in a process that will serve. Until the garbage collector has run
// once, it waits for 32 MiB of memory in place of 4: nearly all that a start asks for is
// needed, and looking for garbage took a quarter of its time. A start with more goes on
// as usual after that. It does nothing if the environment says how often the collector
// runs.
func hurry() {
	if paced() {
		return
	}
	debug.SetGCPercent(800)
	runtime.AddCleanup(&collected{}, func(int) { usualPace() }, 0)
}

// collected is found by the first run of the garbage collector.
type collected struct{ _ *byte }

// usualPace makes the garbage collector run as often as usual.
func usualPace() { debug.SetGCPercent(100) }

// paced reports whether the environment says how often the garbage collector runs.
func paced() bool { return os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" }

// restAfter is how long after a start its memory is given back: the first requests do not
// wait for that, and find the pages of the program where they are.
const restAfter = time.Second

// settleMemory is called when everything is ready to serve. It gives back what only the
// start has needed, and later what only a time of many requests has. It makes the garbage
// collector run less often, unless the environment says how often. done is called at the
// end.
func settleMemory() (done func()) {
	var left sync.WaitGroup
	ending := make(chan struct{})
	left.Go(func() {
		select {
		case <-ending:
			return
		case <-time.After(restAfter):
		}
		if !paced() {
			usualPace()
		}
		giveBack()
		giveBackWhenCalm(ending)
	})
	end := func() {
		close(ending)
		left.Wait()
	}
	if paced() {
		return end
	}
	ballast := make([]byte, ballastSize) // nothing touches it, so the system gives no memory for it
	return func() {
		end()
		runtime.KeepAlive(ballast)
	}
}

// giveBack gives memory back that nothing needs at the moment.
func giveBack() {
	debug.FreeOSMemory()
	leaveProgram()
}

// calmEvery is how often somebody looks whether the process has become calm.
const calmEvery = 10 * time.Second

// giveBackWhenCalm gives memory back after each time of many requests, until ending is
// closed.
func giveBackWhenCalm(ending <-chan struct{}) {
	tick := time.NewTicker(calmEvery)
	defer tick.Stop()
	c := calm{given: newMemory()}
	for c.last = c.given; ; {
		select {
		case <-ending:
			return
		case <-tick.C:
		}
		if c.after(newMemory()) {
			giveBack()
		}
	}
}

// newMemory returns how many bytes the process has asked for since its start.
func newMemory() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

const (
	calmMemory  = 1 << 20  // of new memory between two looks: a few requests a second
	worthMemory = 16 << 20 // of new memory, before it is worth it to give back
)

// calm says when memory is to be given back: much of it was new since the last time, and
// hardly any since the last look. Giving it back in the middle of requests would cost them
// time, and they would take it again.
type calm struct{ given, last uint64 }

// after is asked at each look, with the new memory so far.
func (c *calm) after(now uint64) (give bool) {
	give = now-c.last < calmMemory && now-c.given > worthMemory
	if c.last = now; give {
		c.given = now
	}
	return give
}
