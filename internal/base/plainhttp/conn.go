package plainhttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/base/lifetime"
)

// bufferSize is that of a connection's reader. A larger head leaves the short road.
const bufferSize = 4 << 10

// conn is a connection on the short road.
type conn struct {
	server  *Server
	nc      net.Conn
	tls     *tls.ConnectionState // nil: there is no TLS
	remote  string
	base    context.Context // of its requests
	returns int
	r       *bufio.Reader
	until   time.Time // the deadline of reading; zero: none, or it is not known
	known   known
	request http.Request    // of the known headers, until its answer begins
	timers  lifetime.Timers // of the requests
	look    func()          // watchClient

	hijacked bool // only for the goroutine that serves

	mu      sync.Mutex
	idle    bool // no request is being answered
	ending  bool
	current *answer // nil: there is none
	watch   watch
}

// newConn makes a conn of one that net/http had. read has what was read after r.
func newConn(s *Server, nc net.Conn, read *bufio.Reader, r *http.Request) *conn {
	rest, _ := read.Peek(read.Buffered()) // it can't fail
	rest = slices.Clone(rest)
	if strict, ok := nc.(interface{ undo() (net.Conn, []byte) }); ok {
		below, more := strict.undo()
		nc, rest = below, append(rest, more...)
	}
	c := &conn{server: s, nc: nc, tls: r.TLS, remote: r.RemoteAddr, base: context.WithoutCancel(r.Context()), returns: historyOf(r).returns}
	c.r = bufio.NewReaderSize(&readConn{Conn: nc, rest: rest}, bufferSize)
	_, _ = c.r.Peek(min(len(rest), bufferSize)) // it can't fail
	c.look = c.watchClient
	return c
}

// serve answers r and the requests after it. However that ends, the connection is closed,
// unless net/http gets it back, or a handler has hijacked it.
func (c *conn) serve(r *http.Request) {
	defer c.server.over(c)
	next := ends
	defer func() {
		c.recovered(recover())
		switch {
		case c.hijacked: // who did so closes it
		case next == leaves:
			c.leave()
		default:
			c.nc.Close()
		}
	}()
	for c.answer(r) {
		if r, next = c.next(); next != goesOn {
			return
		}
		next = ends
	}
}

// recovered logs a panic, unless p is nil or [http.ErrAbortHandler].
func (c *conn) recovered(p any) {
	if p != nil && p != http.ErrAbortHandler {
		c.server.logf("http: panic serving %s: %v\n%s", c.remote, p, debug.Stack())
	}
}

// answer has the handler answer a request, and reports whether another can follow.
func (c *conn) answer(r *http.Request) (whole bool) {
	w := newAnswer(c, r)
	defer w.release()
	defer w.life.End(nil)
	c.begin(w)
	defer c.stopWatch()
	defer func() {
		if p := recover(); p != nil {
			w.breakOff()
			whole = false
			c.recovered(p)
		}
	}()
	if d := c.server.WriteTimeout; d > 0 {
		_ = w.SetWriteDeadline(time.Now().Add(d)) // fails only if it is closed
	}
	r = r.WithContext(&w.life)
	c.request = http.Request{}
	r.RemoteAddr, r.TLS = c.remote, c.tls
	c.server.handler.ServeHTTP(w, r)
	w.life.End(nil)
	return w.finish()
}

// leave gives the connection back to net/http, with what was read of it.
func (c *conn) leave() {
	_ = c.nc.SetDeadline(time.Time{}) // fails only if it is closed
	rest, _ := c.r.Peek(c.r.Buffered())
	left := newStrict(c.nc, slices.Clone(rest), c.returns+1)
	if c.tls != nil {
		c.server.back.put(strictTLS{left, c.tls})
		return
	}
	c.server.back.put(left)
}

// begin begins a request.
func (c *conn) begin(w *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = w
	c.watch.start(c.look)
}

// gone ends the request: nobody reads its answer.
func (c *conn) gone() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil {
		c.current.life.End(nil)
	}
}

// becomeIdle says that a request is awaited, for a time; 0 is no limit. It reports false
// if no further request is to be answered.
func (c *conn) becomeIdle(limit time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return false
	}
	c.idle = true
	c.awaitFor(limit)
	return true
}

// deadlineSteps is how many times within a limit its deadline moves. To move it with each
// request costs more than the little that a connection may end too soon.
const deadlineSteps = 64

// awaitFor sets the deadline of reading, unless the present one is hardly earlier. It is
// called with c.mu held.
func (c *conn) awaitFor(limit time.Duration) {
	until := after(limit)
	if early := until.Sub(c.until); !c.until.IsZero() && limit > 0 && early >= 0 && early < limit/deadlineSteps {
		return
	}
	c.setReadDeadline(until)
}

// awaitHead gives the rest of a head its time.
func (c *conn) awaitHead(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setReadDeadline(after(limit))
}

// setReadDeadline is called with c.mu held.
func (c *conn) setReadDeadline(until time.Time) {
	c.until = until
	_ = c.nc.SetReadDeadline(until) // fails only if it is closed
}

// becomeBusy says that a request has begun. It reports false if it is not to be answered.
func (c *conn) becomeBusy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = false
	return !c.ending
}

// end ends the connection after its request, or at once if it has none. The connection
// closes itself: TLS sends a last message, for which a client that does not read makes it
// wait for seconds, and the others must not.
func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending = true; c.idle {
		c.setReadDeadline(longAgo)
	}
}

// longAgo is a deadline that ends what waits.
var longAgo = time.Unix(1, 0)

func (c *conn) isEnding() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}
