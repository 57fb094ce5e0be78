package websocket

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// longestMessage is where a sender has lost its way: ours begin a new message with
	// each write.
	longestMessage = 16 << 20
	// chunk is how much of a write goes into one message.
	chunk = 32 << 10
	// closeTime limits the sending of the last frame to a peer that does not read.
	closeTime = time.Second
)

// The reasons of an end that we send (RFC 6455 §7.4.1).
const (
	codeNormal   = 1000 // both sides have said all
	codeAway     = 1001
	codeProtocol = 1002
	codeKind     = 1003
	codeTooBig   = 1009
	codeMissing  = 1005 // is never sent
)

// Error says why a WebSocket ended: with the code of the peer, or with ours if the peer
// broke the protocol.
type Error struct {
	Code int
	Text string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("the WebSocket ended (%d): %s", e.Code, e.Text) }

func protocolError(text string) error { return &Error{codeProtocol, text} }

// Conn is a connection that goes through a WebSocket. One goroutine may read while
// another one writes. Read returns io.EOF after the peer's last word, and an *Error
// after the closing handshake.
type Conn struct {
	net.Conn // of the WebSocket: addresses and deadlines are its own
	reader   *bufio.Reader
	client   bool // our side is the client's: it masks, and the other does not

	frame   header // that is being read
	left    int64  // bytes of it
	partial bool   // the message goes on after it
	size    int64  // of the message so far
	ended   error  // what every later Read returns

	writing turn
	over    bool                   // no frame may be sent any more
	said    bool                   // our last word
	owed    atomic.Pointer[[]byte] // the answer to a ping, for the next who can write

	alive atomic.Pointer[time.Timer]
}

func newConn(conn net.Conn, r *bufio.Reader, client bool) *Conn {
	return &Conn{Conn: conn, reader: r, client: client, writing: make(turn, 1)}
}

// Client returns the client's side of a WebSocket whose handshake is over. r reads what
// the server has sent after it.
func Client(conn net.Conn, r *bufio.Reader) *Conn { return newConn(conn, r, true) }

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	for c.left == 0 && c.ended == nil {
		c.ended = c.nextFrame()
	}
	if c.left == 0 {
		return 0, c.ended
	}
	n, err := c.reader.Read(p[:min(int64(len(p)), c.left)])
	if c.frame.masked {
		xor(p[:n], c.frame.mask, c.frame.length-c.left)
	}
	c.left -= int64(n)
	return n, cutShort(err)
}

// nextFrame reads until a frame with content begins.
func (c *Conn) nextFrame() error {
	h, err := readHeader(c.reader)
	if err == nil && h.masked == c.client { // RFC 6455 §5.1
		err = protocolError("a frame has a mask where none may be, or lacks it")
	}
	if err == nil && h.control() {
		return c.control(h)
	}
	if err == nil {
		err = c.content(h)
	}
	return c.refuse(err)
}

// content begins to read a frame of a message. It returns io.EOF after an empty message.
func (c *Conn) content(h header) error {
	switch {
	case h.op != opBinary && h.op != opText && h.op != opContinue:
		return protocolError("a frame is of an unknown kind")
	case h.op == opText:
		return &Error{codeKind, "a message is text; send binary ones"}
	case (h.op == opContinue) != c.partial:
		return protocolError("a message begins before the last one ended, or goes on without a beginning")
	}
	if h.op == opBinary {
		c.size = 0
	}
	if h.length > longestMessage-c.size {
		return &Error{codeTooBig, fmt.Sprintf("a message is longer than %d bytes", longestMessage)}
	}
	c.frame, c.left, c.partial = h, h.length, !h.final
	c.size += h.length
	if h.final && c.size == 0 {
		return io.EOF
	}
	return nil
}

// refuse tells a peer that broke the protocol so, and returns the error.
func (c *Conn) refuse(err error) error {
	if broken, ok := err.(*Error); ok {
		c.sayEnd(broken.Code)
	}
	return err
}

// control obeys a frame that is no part of a message.
func (c *Conn) control(h header) error {
	payload := make([]byte, h.length)
	if _, err := io.ReadFull(c.reader, payload); err != nil {
		return cutShort(err)
	}
	if h.masked {
		xor(payload, h.mask, 0)
	}
	switch h.op {
	case opPing:
		c.owed.Store(&payload)
		c.pay()
		return nil
	case opPong:
		return nil
	case opClose:
		return c.refuse(endOf(payload))
	}
	return c.refuse(protocolError("a frame is of an unknown kind"))
}

// endOf reads the content of the peer's last frame.
func endOf(payload []byte) error {
	switch len(payload) {
	case 0:
		return &Error{codeNormal, "the other side closed it"}
	case 1:
		return protocolError("a reason of one byte")
	}
	code := int(binary.BigEndian.Uint16(payload))
	if code < codeNormal || code >= 5000 || code >= codeMissing-1 && code <= codeMissing+1 {
		return protocolError("a reason that may not be sent")
	}
	return &Error{code, "the other side closed it"}
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), chunk)]
		if err := c.send(opBinary, part); err != nil {
			return n, err
		}
		n, p = n+len(part), p[len(part):]
	}
	return n, nil
}

// CloseWrite tells the peer that nothing more comes. It can still be read.
func (c *Conn) CloseWrite() error {
	defer c.pay()
	c.writing.lock()
	defer c.writing.unlock()
	err := c.write(opBinary, nil)
	c.said = true
	return err
}

// Close ends both directions.
func (c *Conn) Close() error {
	if timer := c.alive.Load(); timer != nil {
		timer.Stop()
	}
	c.sayEnd(codeAway)
	return c.Conn.Close()
}

// sayEnd sends the last frame: with codeNormal if we have said all. A write under way
// has as little time as the frame itself.
func (c *Conn) sayEnd(code int) {
	_ = c.SetWriteDeadline(time.Now().Add(closeTime))
	c.writing.lock()
	defer c.writing.unlock()
	if c.said && code == codeAway {
		code = codeNormal
	}
	_ = c.write(opClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
}

// KeepAlive sends a ping again and again, until the connection is closed.
func (c *Conn) KeepAlive(every time.Duration) {
	c.alive.Store(time.AfterFunc(every, func() {
		if c.ping() {
			c.alive.Load().Reset(every)
		}
	}))
}

// ping reports whether another ping may follow. A write under way is as good as one.
func (c *Conn) ping() bool {
	if !c.writing.tryLock() {
		return true
	}
	err := c.write(opPing, nil)
	c.writing.unlock()
	c.pay()
	return err == nil
}

// pay answers the last ping, unless a write is under way: its sender pays afterwards. A
// reader that waited for it would stop both directions.
func (c *Conn) pay() {
	for c.owed.Load() != nil && c.writing.tryLock() {
		if payload := c.owed.Swap(nil); payload != nil {
			_ = c.write(opPong, *payload) // the next write has the error
		}
		c.writing.unlock()
	}
}

func (c *Conn) send(op byte, payload []byte) error {
	c.writing.lock()
	err := c.write(op, payload)
	c.writing.unlock()
	c.pay()
	return err
}

// write sends a frame. The caller holds c.writing. After a failure nothing may follow: a
// part of the frame is perhaps on its way.
func (c *Conn) write(op byte, payload []byte) error {
	if c.over || c.said && op == opBinary {
		return net.ErrClosed
	}
	buf := frames.Get().(*[longestHeader + chunk]byte)
	defer frames.Put(buf)
	_, err := c.Conn.Write(appendFrame(buf[:0], op, c.client, payload))
	c.over = err != nil || op == opClose
	return err
}

// frames are reused to write.
var frames = sync.Pool{New: func() any { return new([longestHeader + chunk]byte) }}

// turn is a mutex whose waiting a test can see (testing/synctest).
type turn chan struct{}

func (t turn) lock()   { t <- struct{}{} }
func (t turn) unlock() { <-t }

func (t turn) tryLock() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}
