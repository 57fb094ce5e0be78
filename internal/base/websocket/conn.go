package websocket

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	// longestMessage is where a sender has lost its way: ours begin a new message with
	// each write.
	longestMessage = 16 << 20
	// chunk is how much of a write goes into one message.
	chunk = 32 << 10
	// closeTime limits the closing handshake with a peer that does not read or answer.
	closeTime = time.Second
)

// errText is the end of a connection whose peer sends text.
var errText = errors.New("a message is text; send binary ones")

// Conn is a connection that goes through a WebSocket. One goroutine may read while
// others write. Read returns io.EOF after the peer's last word, and another error after
// the closing handshake.
type Conn struct {
	*outbox // addresses and deadlines are those of the network's connection
	socket  *websocket.Conn

	message io.Reader // that is being read, nil between two
	empty   bool      // nothing of it has come yet
	ended   error     // what every later Read returns

	posting sync.Mutex
	said    bool // our last word

	stopPings context.CancelFunc
}

func newConn(o *outbox, socket *websocket.Conn) *Conn {
	socket.SetReadLimit(longestMessage)
	return &Conn{outbox: o, socket: socket, stopPings: func() {}}
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (n int, err error) {
	for len(p) > 0 && n == 0 && c.ended == nil {
		if c.message == nil {
			c.ended = c.nextMessage()
			continue
		}
		if n, err = c.message.Read(p); err != nil {
			n, c.ended = 0, c.endOfMessage(err) // the library has perhaps not unmasked what came with an error
		}
		c.empty = c.empty && n == 0
	}
	if n == 0 {
		return 0, c.ended
	}
	return n, nil
}

// nextMessage waits until a message begins.
func (c *Conn) nextMessage() error {
	kind, message, err := c.socket.Reader(context.Background())
	if err == nil && kind != websocket.MessageBinary {
		c.end(websocket.StatusUnsupportedData)
		err = errText
	}
	c.message, c.empty = message, true
	return err
}

// endOfMessage returns the error of the connection where reading a message ended with err.
func (c *Conn) endOfMessage(err error) error {
	c.message = nil
	if err == io.EOF && !c.empty {
		return nil
	}
	return err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (n int, err error) {
	for part := range slices.Chunk(p, chunk) {
		if err := c.send(part); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// CloseWrite tells the peer that nothing more comes. It can still be read.
func (c *Conn) CloseWrite() error { return c.send(nil) }

// send sends a message, and waits until it has left.
func (c *Conn) send(message []byte) error {
	if err := c.post(message); err != nil {
		return err
	}
	return c.flush()
}

// post puts a message into the outbox, unless our last word is there. That is the empty
// message.
func (c *Conn) post(message []byte) error {
	c.posting.Lock()
	defer c.posting.Unlock()
	if c.said {
		return net.ErrClosed
	}
	c.said = len(message) == 0
	return c.socket.Write(context.Background(), websocket.MessageBinary, message)
}

// Close ends both directions by the closing handshake. It returns nil: whether the peer
// has answered makes no difference.
func (c *Conn) Close() error {
	c.stopPings()
	c.posting.Lock()
	code := websocket.StatusGoingAway
	if c.said {
		code = websocket.StatusNormalClosure
	}
	c.posting.Unlock()
	c.end(code)
	return nil
}

// end has closeTime for all, the rest of a write under way included.
func (c *Conn) end(code websocket.StatusCode) {
	_ = c.SetDeadline(time.Now().Add(closeTime))
	_ = c.socket.Close(code, "")
}

// IsAway reports whether an error of Read means that the peer closed the connection before
// it had said its last word.
func IsAway(err error) bool { return websocket.CloseStatus(err) == websocket.StatusGoingAway }

// KeepAlive sends a ping again and again, until Close. It may be called once. Between two
// pings no goroutine waits, whose stack would be kept.
func (c *Conn) KeepAlive(every time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	p := &pings{conn: c, ctx: ctx, every: every}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(every, p.send)
	c.stopPings = func() {
		stop()
		p.stop()
	}
}

// pings keep a connection alive until ctx ends.
type pings struct {
	conn  *Conn
	ctx   context.Context
	every time.Duration

	mu    sync.Mutex
	timer *time.Timer
}

func (p *pings) send() {
	if !p.again() || !p.conn.hasRoom(p.ctx, nil) {
		return
	}
	answered, cancel := context.WithTimeout(p.ctx, p.every/2)
	defer cancel()
	_ = p.conn.socket.Ping(answered) // the ping counts, and not its answer
}

// again has the next ping sent, unless ctx has ended.
func (p *pings) again() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return false
	}
	p.timer.Reset(p.every)
	return true
}

func (p *pings) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
}
