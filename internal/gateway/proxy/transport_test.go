package proxy

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// closings counts how often the idle connections of a transport are closed.
type closings struct {
	http.RoundTripper
	n atomic.Int32
}

func (c *closings) CloseIdleConnections() { c.n.Add(1) }

// A connection of HTTP/2 that a request used during a reload was kept for a minute and a
// half after it, at every reload another one.
func TestWhatARequestUsedDuringAReloadIsClosedAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used := &closings{}
		(&transports{known: map[transportKey]upstreamTransport{{}: used}}).retire()
		if n := used.n.Load(); n != 1 {
			t.Errorf("at the reload: closed %d times, want once", n)
		}
		time.Sleep(retireAgain)
		synctest.Wait()
		if n := used.n.Load(); n != 2 {
			t.Errorf("after %v: closed %d times, want twice", retireAgain, n)
		}
	})
}
