package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// ballastSize is how much memory the garbage collector takes for used that is not. A
// gateway uses 4 MiB, and would be searched for garbage with every 4 MiB of new memory:
// with 300 requests.
const ballastSize = 6 << 20

// settleMemory is called when everything is ready to serve. It gives back what only the
// start has needed, and makes the garbage collector run less often, unless the
// environment says how often. done is called at the end.
func settleMemory() (done func()) {
	var left sync.WaitGroup
	left.Go(func() { // the first request does not wait for it
		debug.FreeOSMemory()
		leaveProgram()
	})
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return left.Wait
	}
	ballast := make([]byte, ballastSize) // nothing touches it, so the system gives no memory for it
	return func() {
		left.Wait()
		runtime.KeepAlive(ballast)
	}
}
