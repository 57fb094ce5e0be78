package websocket

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// mostWaiting is how much waits in an outbox before pings are no longer answered. A peer that
// reads nothing and sends pings costs no more memory than this.
const mostWaiting = 2 * chunk

// outbox is a connection whose Write does not wait for the peer. Its sent bytes are in
// the order of the writes. Close sends what waits, for at most closeTime.
type outbox struct {
	net.Conn

	mu       sync.Mutex
	changed  sync.Cond // sent or err
	waiting  []byte
	sending  bool
	accepted int64 // bytes written so far
	sent     int64 // bytes of them that have left
	err      error // of the network: nothing is sent after it
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{Conn: conn}
	o.changed.L = &o.mu
	return o
}

// Read implements net.Conn. No WebSocket ends without the closing handshake: the end of the
// connection is never io.EOF, which would look like the end of a message.
func (o *outbox) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Write implements net.Conn.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	o.waiting = append(o.waiting, p...)
	o.accepted += int64(len(p))
	if !o.sending {
		o.sending = true
		go o.send()
	}
	return len(p), nil
}

// send sends what waits, until nothing does.
func (o *outbox) send() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.waiting) > 0 && o.err == nil {
		next := o.waiting
		o.waiting = nil
		o.mu.Unlock()
		n, err := o.Conn.Write(next)
		o.mu.Lock()
		o.sent, o.err = o.sent+int64(n), err
		o.changed.Broadcast()
	}
	o.sending = false
}

// flush waits until everything written before has left.
func (o *outbox) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.accepted
	for o.sent < last && o.err == nil {
		o.changed.Wait()
	}
	if o.sent < last {
		return o.err
	}
	return nil
}

// hasRoom reports whether a ping may be sent or answered.
func (o *outbox) hasRoom(context.Context, []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting) < mostWaiting
}

// Close implements net.Conn.
func (o *outbox) Close() error {
	_ = o.SetWriteDeadline(time.Now().Add(closeTime))
	_ = o.flush()
	return o.Conn.Close()
}
